"""The inputs of a form for the facts of a page, from the declarations of its kind.

An input without its value is the same on every page of a kind: it is made once and kept (`wiki.web.kept`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup, escape

from wiki.editing.forms import PLACE
from wiki.errors import Problem
from wiki.pages.fields import Field, FieldType, Group, PageKind
from wiki.web.context import localize, settings, wiki
from wiki.web.kept import Kept, Mould, Varies, call, hole
from wiki.web.translations import gettext
from wiki.web.words import describe, label_of

MAX_RADIOS = 7
# Of a longer list of boxes the ticked ones stand first and the others fold.
MAX_BOXES = 10
MAX_LINES = 12
LONGEST_NOTE = 160
MANY_ROWS = 3
_MACROS = "_macros/forms.html"
_TYPES = {
    FieldType.LINE: "text",
    FieldType.TEXT: "textarea",
    FieldType.URL: "url",
    FieldType.DATE: "date",
    FieldType.NUMBER: "number",
    FieldType.FLAG: "select",
    FieldType.CHOICE: "select",
    FieldType.WORDS: "tags",
    FieldType.PAGE: "page",
    FieldType.PAGES: "pages",
    FieldType.LINKS: "tags",
}
_CHOICES = (FieldType.CHOICE, FieldType.CHOICES, FieldType.FLAG)


class Inputs:
    """The inputs of one form as HTML: `lead` stands open above the text, `groups` are folded below it.

    What is needed and missing stands in `lead`, whatever its group.
    """

    def __init__(
        self,
        kept: Kept,
        kind: PageKind,
        values: Mapping[str, Any],
        problems: Sequence[Problem],
        translation: bool = False,
    ) -> None:
        self._kept, self._kind, self._values = kept, kind, values
        # Most fields of most pages hold nothing.
        self._empty: dict[str, Markup] = kept.once(("empty", kind.id), dict)
        self._errors: dict[str, str] = {}
        for problem in problems:
            self._errors.setdefault(problem.where, describe(problem))
        lead: list[Field] = []
        grouped: dict[Group, list[Field]] = {}
        rare: list[Field] = []
        for item in kind.flat:
            value = values.get(item.dotted)
            if translation and not item.prose:
                continue
            if item.lead or (item.required and not value):
                lead.append(item)
            elif item.rare and not value and not self._wrong(item):
                rare.append(item)
            else:
                grouped.setdefault(item.group, []).append(item)
        self.lead = self._all(lead)
        self.groups = [self._group(gettext(group.value), grouped[group]) for group in Group if group in grouped]
        if rare:
            self.groups.append(self._group(gettext("More facts, for those who know them"), rare))

    def _all(self, items: Sequence[Field]) -> Markup:
        return Markup("".join([self._input(item) for item in items]))

    def _group(self, title: str, items: Sequence[Field]) -> Markup:
        wrong = any(self._wrong(item) for item in items)
        filled = ((item, value) for item in items if (value := self._values.get(item.dotted)))
        note = " · ".join(words for item, value in filled for words in self._shown(item, value))

        def make() -> Mould:
            return Mould(call(_MACROS, "folded", title=title, open=wrong, note=hole(0), inputs=hole(1)), 2)

        return self._kept.once(("folded", title, wrong), make).filled(_short(note), self._all(items))

    def _wrong(self, item: Field) -> bool:
        if not self._errors:
            return False
        prefix = f"{item.dotted}."
        return any(where == item.dotted or where.startswith(prefix) for where in self._errors)

    def _shown(self, item: Field, value: Any) -> list[str]:
        """What is recorded in a field, for the line that stands for what is folded."""
        if not value or item.type is FieldType.FLAG:
            return []
        if item.type in (FieldType.ROWS, FieldType.PAGES):
            return [f"{gettext(item.label)}: {len(value)}"]
        labels = self._labels(item)
        return [labels.get(one, one)[:60] for one in (value if item.is_list else [value])]

    def _labels(self, item: Field) -> dict[str, str]:
        """What the values that a field may have are called; {} where anything may be written."""
        if item.type not in _CHOICES:
            return {}
        key = ("labels", self._kind.id, item.dotted)
        return self._kept.once(key, lambda: {option["value"]: option["label"] for option in options(item)})

    def _input(self, item: Field) -> Markup:
        value = self._values.get(item.dotted)
        if value or self._wrong(item):
            return self._made(item, value or ([] if item.is_list else ""))
        if item.dotted not in self._empty:
            self._empty[item.dotted] = self._made(item, [] if item.is_list else "")
        return self._empty[item.dotted]

    def _made(self, item: Field, value: Any) -> Markup:
        if item.type is FieldType.ROWS:
            return self._rows(item, value)
        return self._field(item, item.dotted, value)

    def _rows(self, item: Field, rows: Sequence[Mapping[str, Any]]) -> Markup:
        """The rows there are and an empty one, for those without scripts."""
        html = []
        pages = [inner.name for inner in item.fields if inner.type is FieldType.PAGE]
        known = wiki().catalog.cards_of([str(row[name]) for row in rows for name in pages if row.get(name)])
        for index, row in enumerate([*rows, {}]):
            prefix = f"{item.dotted}.{index}"
            inputs = [self._field(inner, f"{prefix}.{inner.name}", row.get(inner.name, "")) for inner in item.fields]
            wrong = any(where.startswith(f"{prefix}.") for where in self._errors)
            said = [words for inner in item.fields for words in self._shown(inner, row.get(inner.name))]
            note = " · ".join(known[words].title if words in known else words for words in said)
            around = {
                "number": Varies(index + 1),
                "inputs": Varies(Markup("".join(inputs))),
                "note": Varies(_short(note)),
                "place": Varies(f"{prefix}.{PLACE}"),
            }
            # Of many rows those that hold something fold, so that the list can be seen whole.
            opened = wrong or not row or len(rows) < MANY_ROWS
            given = {"label": gettext(item.label), "open": opened, "ordered": item.ordered}
            html.append(self._kept.macro(_MACROS, "row", **given, **around))
        return self._around("rows", item, item.dotted, rows=Markup("".join(html)))

    def _field(self, item: Field, name: str, value: Any) -> Markup:
        error, labels = self._errors.get(name, ""), self._labels(item)
        if labels and item.is_list:
            return self._boxes(item, name, value)
        if error or (labels and value and value not in labels):
            return Markup(call(_MACROS, "field", f=_view(item, name, value, error)))
        if labels:
            return self._one_of(item, name, value)
        if item.is_list:
            lines = min(max(3, len(value) + 1), MAX_LINES)
            return self._mould(item, name, [hole(0)], lines).filled("\n".join(value))
        return self._mould(item, name, hole(0)).filled(value)

    def _mould(self, item: Field, name: str, value: Any, lines: int = 0) -> Mould:
        def make() -> Mould:
            return Mould(call(_MACROS, "field", f=_view(item, name, value, "", lines)))

        return self._kept.once(("input", self._kind.id, name, lines), make)

    def _one_of(self, item: Field, name: str, value: str) -> Markup:
        """Made with nothing chosen, and then one of them chosen."""
        html = str(self._mould(item, name, "").filled())
        if value:
            mark, chosen = "selected" if "<select" in html else "checked", f'value="{escape(value)}"'
            html = html.replace(f'value="" {mark}', 'value=""', 1).replace(chosen, f"{chosen} {mark}", 1)
        return Markup(html)

    def _boxes(self, item: Field, name: str, values: Sequence[str]) -> Markup:
        """Any of several. What somebody wrote by other means and isn't in the list stays while it is ticked."""
        boxes = dict(self._kept.once(("boxes", self._kind.id, name), lambda: _boxes(item, name)))
        long = len(boxes) > MAX_BOXES
        for value in values:
            html = boxes.get(value) or _box(name, _option(value, value))
            boxes[value] = html.replace('type="checkbox"', 'type="checkbox" checked', 1)
        first = values if long else boxes
        further = [html for value, html in boxes.items() if value not in values] if long else []
        ticked = {"boxes": Markup("".join(boxes[value] for value in first)), "more": Markup("".join(further))}
        return self._around("ticks", item, name, long=long, any=bool(values), always=True, **ticked)

    def _around(self, macro: str, item: Field, name: str, **html: Any) -> Markup:
        """A fieldset with inputs that are made already."""
        given = {
            "name": name,
            "label": gettext(item.label),
            "hint": gettext(item.hint) if item.hint else "",
            "required": "needed" if item.required else None,
            "error": self._errors.get(name, ""),
        }
        holes = {key: value if type(value) is bool else Varies(value) for key, value in html.items()}
        return self._kept.macro(_MACROS, macro, **given, **holes)


def _view(item: Field, name: str, value: Any, error: str, lines: int = 0) -> dict[str, Any]:
    """An input as the macro `field` takes it."""
    choices = options(item)
    kind = _TYPES.get(item.type, "tags")
    if item.type is FieldType.CHOICE and len(choices) <= MAX_RADIOS and not item.rare:
        # Where a choice has no list to choose from, anything may be written.
        kind = "radios" if choices else "text"
    if item.type is FieldType.LINE and item.lead and item.name != "title":
        # A sentence is seen whole on a phone, too; line ends in it count for nothing.
        kind = "textarea"
    if choices and value and all(value != option["value"] for option in choices):
        # What somebody wrote by other means stays until somebody chooses something else.
        choices.append(_option(value, value))
    return {
        "name": name,
        "type": kind,
        "label": gettext(item.label),
        "hint": gettext(item.hint) if item.hint else "",
        "required": item.required,
        "error": error,
        "value": value,
        "options": choices,
        "lines": lines,
        "maxlength": item.limit if item.type is FieldType.LINE else None,
        "complete": "tags" if item.facet == "tag" else "",
        "row": item.lead,
    }


def options(item: Field) -> list[dict[str, str]]:
    """The choices of a field with labels and descriptions; [] for fields that anything may be written in."""
    if item.type is FieldType.FLAG:
        return [_option("true", gettext("yes")), _option("false", gettext("no"))]
    if item.type not in _CHOICES:
        return []
    return [
        _option(slug, label_of(item, slug, term), localize(term.description))
        for slug, term in settings().terms(item).items()
    ]


def _short(note: str) -> str:
    return note if len(note) <= LONGEST_NOTE else f"{note[:LONGEST_NOTE]}…"


def _option(value: str, label: str, description: str = "") -> dict[str, str]:
    return {"value": value, "label": label, "description": description}


def _boxes(item: Field, name: str) -> dict[str, str]:
    """A box to tick for each value, none of them ticked."""
    return {option["value"]: _box(name, option) for option in options(item)}


def _box(name: str, option: Mapping[str, str]) -> str:
    return str(Mould(call(_MACROS, "box", name=name, option=option), 0).filled())
