from __future__ import annotations

from itertools import pairwise

import pytest

from wiki.accounts.roles import Permission, Role, permissions
from wiki.errors import Invalid


def test_each_role_may_do_all_that_the_ones_before_it_may_and_something_more() -> None:
    for lower, higher in pairwise(Role):
        assert lower < higher
        assert permissions(lower) < permissions(higher)


def test_an_admin_may_do_everything_there_is() -> None:
    assert permissions(Role.ADMIN) == frozenset(Permission)


@pytest.mark.parametrize(
    ("permission", "first"),
    [
        (Permission.READ, Role.READER),
        (Permission.SUGGEST, Role.CONTRIBUTOR),
        (Permission.EDIT, Role.EDITOR),
        (Permission.VERIFY, Role.EDITOR),
        (Permission.ATTACH, Role.EDITOR),
        (Permission.REVERT, Role.EDITOR),
        (Permission.MOVE, Role.MAINTAINER),
        (Permission.DELETE, Role.MAINTAINER),
        (Permission.PROTECT, Role.MAINTAINER),
        (Permission.EDIT_WIKI_FILES, Role.MAINTAINER),
        (Permission.IMPORT, Role.MAINTAINER),
        (Permission.REVIEW, Role.MAINTAINER),
        (Permission.TAKE_BACK, Role.MAINTAINER),
        (Permission.PUSH, Role.EDITOR),
        (Permission.PUSH_SUGGESTIONS, Role.MAINTAINER),
        (Permission.MANAGE_PEOPLE, Role.ADMIN),
        (Permission.MANAGE_SETTINGS, Role.ADMIN),
    ],
)
def test_a_permission_begins_with_its_role(permission: Permission, first: Role) -> None:
    assert {role for role in Role if permission in permissions(role)} == {role for role in Role if role >= first}


def test_an_unknown_role_is_refused_with_the_ones_there_are() -> None:
    with pytest.raises(Invalid) as caught:
        Role.parse("superuser")
    assert caught.value.code == "role.unknown"
    assert caught.value.params["allowed"] == ("reader", "contributor", "editor", "maintainer", "admin")
    assert Role.parse("editor") is Role.EDITOR
