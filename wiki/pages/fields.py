"""What a field of a page is: one declaration that form, check, facts box, facets, comparison and search follow from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


def N_(text: str) -> str:
    """Mark a text for translation; the faces translate it where they show it."""
    return text


class FieldType(StrEnum):
    """How the value of a field looks in front matter and which input a form shows for it."""

    LINE = "line"  # one line of text
    TEXT = "text"  # several lines
    URL = "url"  # http or https address
    DATE = "date"  # 2026-03-11
    NUMBER = "number"  # a number that is not negative
    FLAG = "flag"  # true or false; absent is neither
    CHOICE = "choice"  # one of a vocabulary
    CHOICES = "choices"  # several of a vocabulary
    WORDS = "words"  # a list of free words
    PAGE = "page"  # the path of a page
    PAGES = "pages"  # paths of pages
    LINKS = "links"  # addresses
    MAPPING = "mapping"  # fields of its own
    ROWS = "rows"  # a list of mappings


LISTS = frozenset({FieldType.CHOICES, FieldType.WORDS, FieldType.PAGES, FieldType.LINKS, FieldType.ROWS})


class Group(StrEnum):
    """The part of the form and of the facts box in which a field stands, in this order."""

    BASICS = N_("The basics")
    COST = N_("Cost")
    WHERE = N_("Where it runs")
    FIT = N_("Who it is for")
    PRIVACY = N_("Privacy and safety")
    DATA = N_("Data and connections")
    MORE = N_("More")
    CHECKED = N_("Checked")


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a kind of page.

    `name` is the key in front matter. `vocabulary` names the list in ``_wiki/vocabulary.yml`` that the value must be
    from; `allowed` is the built-in list used where that file has none. In the form `lead` fields stand open above the text,
    others are folded below it, `rare` ones that hold nothing at the very end. `facet`
    is the name under which lists are narrowed by it, in the address and in search; `compare` fields are rows of a comparison; `prose` fields are translated, others are inherited
    by translations. `past` dates say when somebody looked. People choose the order of `ordered` rows. `limit` is the most characters (or entries) a value may have.
    """

    name: str
    type: FieldType
    label: str
    hint: str = ""
    required: bool = False
    vocabulary: str = ""
    allowed: tuple[str, ...] = ()
    fields: tuple[Field, ...] = ()
    group: Group = Group.BASICS
    rare: bool = False
    lead: bool = False
    facet: str = ""
    compare: bool = False
    infobox: bool = False
    prose: bool = False
    past: bool = False
    ordered: bool = False
    limit: int = 500
    path: str = ""
    # Asked for a hundred times a form: whether the value is a list, and the full name, such as ``cost.level`` for a field inside
    # a mapping.
    is_list: bool = field(init=False, repr=False, compare=False)
    dotted: str = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "is_list", self.type in LISTS)
        object.__setattr__(self, "dotted", self.path or self.name)


@dataclass(frozen=True, slots=True)
class PageKind:
    """A kind of page: its fields in the order of the form, and the outline that a new page starts with."""

    id: str
    label: str
    plural: str
    fields: tuple[Field, ...]
    outline: tuple[str, ...] = ()
    folder: str = ""
    # All fields, those inside mappings in the place of the mapping.
    flat: tuple[Field, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "flat", tuple(leaf for item in self.fields for leaf in _leaves(item)))

    def field(self, dotted: str) -> Field | None:
        """The field with this name; ``cost.level`` names a field inside a mapping."""
        return _find(self.fields, dotted)

    @property
    def order(self) -> tuple[str, ...]:
        """The keys of the front matter in the order in which new ones are written."""
        return ("kind", *(item.name for item in self.fields))

    @property
    def facets(self) -> tuple[Field, ...]:
        """The fields by which lists are narrowed."""
        return tuple(item for item in self.flat if item.facet)


def value_at(fields: Mapping[str, Any], dotted: str) -> Any:
    """The value of the field ``cost.level`` among the facts of a page; None where it is not recorded."""
    if "." not in dotted:
        return fields.get(dotted)
    first, _, rest = dotted.partition(".")
    inner = fields.get(first)
    return value_at(inner, rest) if isinstance(inner, dict) else None


def _leaves(item: Field) -> tuple[Field, ...]:
    if item.type is FieldType.MAPPING:
        return tuple(leaf for inner in item.fields for leaf in _leaves(inner))
    return (item,)


def _find(fields: tuple[Field, ...], dotted: str) -> Field | None:
    first, _, rest = dotted.partition(".")
    for item in fields:
        if item.name == first:
            return _find(item.fields, rest) if rest else item
    return None
