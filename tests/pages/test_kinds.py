from __future__ import annotations

import pytest

from wiki.pages.fields import LISTS, Field, FieldType, PageKind
from wiki.pages.kinds import KINDS, usual_kind

kinds = pytest.mark.parametrize("kind", KINDS.values(), ids=lambda kind: kind.id)


@kinds
def test_every_field_is_declared_once_and_found_by_its_dotted_name(kind: PageKind) -> None:
    names = [item.dotted for item in kind.flat]
    assert len(names) == len(set(names))
    for item in kind.flat:
        assert kind.field(item.dotted) == item
    assert kind.order == ("kind", *(item.name for item in kind.fields))
    assert kind.field("nothing.at.all") is None


@kinds
def test_every_choice_has_something_to_choose_from(kind: PageKind) -> None:
    def choices(fields: tuple[Field, ...]) -> list[Field]:
        inner = [item for outer in fields for item in choices(outer.fields)]
        return [item for item in fields if item.type in (FieldType.CHOICE, FieldType.CHOICES)] + inner

    assert [item.name for item in choices(kind.fields) if not item.vocabulary and not item.allowed] == []


@kinds
def test_every_field_has_words_and_bounds(kind: PageKind) -> None:
    for item in kind.flat:
        assert item.label
        assert item.limit > 0
        assert not item.facet or item.type not in (FieldType.TEXT, FieldType.ROWS)
        assert item.type is not FieldType.MAPPING
        assert item.is_list == (item.type in LISTS)
        assert (item.type is FieldType.ROWS) == bool(item.fields)


@kinds
def test_a_translation_needs_no_fact_of_its_own(kind: PageKind) -> None:
    translated = [item.name for item in kind.fields if item.prose]
    assert set(translated) >= {"title"} or kind.id == "settings"
    assert {"url", "cost", "status", "last_verified"}.isdisjoint(translated)


def test_a_new_page_is_of_the_kind_that_is_usual_in_its_folder() -> None:
    categories = ("field", "tips")
    usual = {path: usual_kind(path, categories) for path in ("field/x", "tips/a/b", "field", "glossary/x", "about")}
    assert usual == {"field/x": "tool", "tips/a/b": "tool", "field": "page", "glossary/x": "term", "about": "page"}
