"""Who may do what. Code asks for a permission, never for a role."""

from __future__ import annotations

from enum import Enum, unique
from functools import total_ordering

from wiki.errors import Invalid


@unique
class Permission(Enum):
    """One thing that a person may be allowed to do."""

    READ = "read"
    SUGGEST = "suggest"
    EDIT = "edit"
    VERIFY = "verify"
    ATTACH = "attach"
    REVERT = "revert"
    MOVE = "move"
    DELETE = "delete"
    PROTECT = "protect"
    EDIT_WIKI_FILES = "edit_wiki_files"
    IMPORT = "import"
    REVIEW = "review"
    TAKE_BACK = "take_back"
    PUSH = "push"
    PUSH_SUGGESTIONS = "push_suggestions"
    MANAGE_PEOPLE = "manage_people"
    MANAGE_SETTINGS = "manage_settings"


@total_ordering
@unique
class Role(Enum):
    """What an account is trusted with; each role may do all that the ones before it may."""

    READER = "reader"
    CONTRIBUTOR = "contributor"
    EDITOR = "editor"
    MAINTAINER = "maintainer"
    ADMIN = "admin"

    @classmethod
    def parse(cls, text: str) -> Role:
        """The role of this name. Raises Invalid("role.unknown")."""
        try:
            return cls(text)
        except ValueError:
            raise Invalid("role.unknown", where="role", role=text[:40], allowed=tuple(role.value for role in cls))

    def __lt__(self, other: Role) -> bool:
        return _ORDER.index(self) < _ORDER.index(other)


_ORDER = list(Role)

_ADDED = {
    Role.READER: {Permission.READ},
    Role.CONTRIBUTOR: {Permission.SUGGEST},
    Role.EDITOR: {Permission.EDIT, Permission.VERIFY, Permission.ATTACH, Permission.REVERT, Permission.PUSH},
    Role.MAINTAINER: {
        Permission.MOVE,
        Permission.DELETE,
        Permission.PROTECT,
        Permission.EDIT_WIKI_FILES,
        Permission.IMPORT,
        Permission.REVIEW,
        Permission.TAKE_BACK,
        Permission.PUSH_SUGGESTIONS,
    },
    Role.ADMIN: {Permission.MANAGE_PEOPLE, Permission.MANAGE_SETTINGS},
}

_PERMISSIONS: dict[Role, frozenset[Permission]] = {
    role: frozenset(permission for lower in _ORDER if lower <= role for permission in _ADDED[lower]) for role in _ORDER
}


def permissions(role: Role) -> frozenset[Permission]:
    """All that an account of this role may do."""
    return _PERMISSIONS[role]
