"""A table of facts about tools: one row a tool, one column a field. Only what differs is changed, line by line.

An empty cell says nothing: what the page has stays. Lists have semicolons or lines between their values, or are JSON.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from wiki.catalog.catalog import Catalog
from wiki.editing.forms import changes_from, new_source
from wiki.editing.validation import check_page, new_problems
from wiki.errors import Invalid, NotFound, Problem, WikiError
from wiki.importers.known import Known, address_key
from wiki.importers.listing_table import COLUMNS, MAX_ABOVE
from wiki.importers.plan import Changed, Defaults, Existing, New, Plan, Refused
from wiki.importers.table import Table
from wiki.importers.terms import Terms
from wiki.markup.front_matter import merge, update
from wiki.pages.fields import Field, FieldType, value_at
from wiki.pages.kinds import TOOL
from wiki.pages.page import unsaved_page
from wiki.pages.path import PagePath
from wiki.pages.settings import Settings
from wiki.pages.store import PageStore

PATH = "path"
_FIELDS: Mapping[str, Field] = {item.dotted: item for item in TOOL.flat}
_OTHER_NAMES: Mapping[str, str] = {
    # "What" may be about anything in a table of facts.
    **dict.fromkeys((word for word in COLUMNS["name"] if word != "what"), "title"),
    **dict.fromkeys(COLUMNS["address"], "url"),
    **dict.fromkeys(COLUMNS["category"], "categories"),
    "page": PATH,
    **dict.fromkeys(("description", "descripción", "what it does"), "summary"),
    "function": "functions",
    "type": "functions",
    "cost": "cost.level",
    "vendor": "vendor.name",
    "platform": "platforms",
    "license": "license.type",
}


@dataclass(frozen=True, slots=True)
class Facts:
    """What a table would do. `columns` are its headings, each with the field it is about ("" for none that we know)."""

    plan: Plan
    columns: tuple[tuple[str, str], ...]


def plan(
    table: Table,
    catalog: Catalog,
    store: PageStore,
    settings: Settings,
    revision: str,
    max_bytes: int,
    defaults: Defaults,
    columns: Mapping[str, str] | None = None,
) -> Facts:
    """What becomes of each row of a table at a revision of the wiki, which the catalog has to stand at.

    `columns` says which field a heading is about where it doesn't say so itself. Raises Invalid("import.columns") where no column names the tools.
    """
    if not table.rows:
        raise Invalid("import.empty", where="text")
    start, head = _head(table, columns or {})
    rows = _Rows(Known(catalog, settings.languages[0]), store, settings, revision, max_bytes, defaults)
    for line, cells in table.rows[start + 1 :]:
        given = {name: cell for (_, name), cell in zip(head, cells, strict=False) if name and cell}
        rows.take(line, given)
    return Facts(rows.plan(), head)


def _head(table: Table, columns: Mapping[str, str]) -> tuple[int, tuple[tuple[str, str], ...]]:
    """The first row that names the tools' column: what the table is called may stand above it."""
    heads = [tuple((cell, _field_of(cell, columns)) for cell in cells) for _, cells in table.rows[:MAX_ABOVE]]
    for start, head in enumerate(heads):
        if {"title", PATH} & {name for _, name in head}:
            return start, head
    raise Invalid("import.columns", where="text", found=tuple(heading for heading, _ in heads[0]))


def _field_of(heading: str, columns: Mapping[str, str]) -> str:
    """The dotted name of the field that a column is about."""
    if heading in columns:
        chosen = columns[heading].strip()
        return chosen if chosen == PATH or chosen in _FIELDS else ""
    word = " ".join(heading.split()).casefold()
    name = word.replace(" ", "_")
    if name == PATH or name in _FIELDS:
        return name
    named = next((item.dotted for item in _FIELDS.values() if item.label.casefold() == word), "")
    return _OTHER_NAMES.get(word, named)


class _Rows:
    """Goes through the rows; what two rows say about one page is put together."""

    def __init__(
        self, known: Known, store: PageStore, settings: Settings, revision: str, max_bytes: int, defaults: Defaults
    ) -> None:
        self._known = known
        self._store = store
        self._settings = settings
        self._revision = revision
        self._max_bytes = max_bytes
        self._defaults = defaults
        self._new: dict[str, New] = {}
        self._changed: dict[str, Changed] = {}
        self._existing: list[Existing] = []
        self._refused: list[Refused] = []
        self._terms = {item.dotted: Terms(settings.terms(item)) for item in TOOL.flat if settings.terms(item)}

    def plan(self) -> Plan:
        """What all rows together come to."""
        return Plan(
            tuple(self._new.values()), tuple(self._changed.values()), tuple(self._existing), tuple(self._refused)
        )

    def take(self, line: int, given: Mapping[str, str]) -> None:
        """Plan one row: its cells by field, empty ones left out."""
        label = given.get("title") or given.get(PATH, "")
        try:
            path = self._path(given)
            if path is None:
                self._begin(line, label, given)
            elif path.text in self._new:
                self._existing.append(Existing(label, path.text, self._new[path.text].label, "list", line))
            else:
                self._change(line, label, path, given)
        except Invalid as error:
            problem = error.problems[0]
            self._refused.append(Refused(label, Problem(problem.code, problem.where, problem.params, line)))
        except WikiError as error:
            self._refused.append(Refused(label, Problem(error.code, PATH, error.params, line)))

    def _path(self, given: Mapping[str, str]) -> PagePath | None:
        """The page that a row is about; None for one that isn't there yet."""
        asked = given.get(PATH, "").strip("/")
        if asked:
            try:
                path = PagePath.lookup(asked)
            except NotFound:
                raise Invalid("path.character", where=PATH, segment=asked[:80], character="")
            there = path.text in self._new or self._store.entry(path, self._revision) is not None
            return path if there else None
        if not given.get("title"):
            raise Invalid("import.no_name", where="title")
        match = self._known.match(given["title"], given.get("url", ""))
        return PagePath(match.path) if match is not None else None

    def _begin(self, line: int, label: str, given: Mapping[str, str]) -> None:
        fields = merge({"kind": TOOL.id, "status": "stub"}, self._changes(given, {}))
        asked = given.get(PATH, "").strip("/")
        folder = asked.partition("/")[0] if "/" in asked else self._defaults.category
        otherwise = {
            "summary": self._defaults.summary,
            "categories": [folder] if folder else [],
            "functions": list(self._defaults.functions),
        }
        fields |= {key: value for key, value in otherwise.items() if value and not fields.get(key)}
        if not fields.get("title"):
            raise Invalid("import.no_name", where="title")
        if not fields.get("categories"):
            raise Invalid("field.required", where="categories")
        home, known = str(fields["categories"][0]), self._settings.category_ids
        if home not in known:
            raise Invalid("choice.unknown", where="categories", value=home[:200], allowed=", ".join(known))
        path = PagePath.parse(asked) if asked else self._known.free_path(home, str(fields["title"]))
        source = new_source(TOOL, fields, "")
        self._check(path, source, None)
        self._known.add(path, str(fields["title"]), str(fields.get("url") or ""))
        self._new[path.text] = New(label, path, source, line)

    def _change(self, line: int, label: str, path: PagePath, given: Mapping[str, str]) -> None:
        page = self._store.get(path, self._revision)
        if page.kind.id != TOOL.id or page.problem is not None:
            raise Invalid("import.not_a_tool", where=PATH, path=path.text)
        before = self._changed.get(path.text)
        source = before.source if before is not None else page.source
        present = unsaved_page(path, source, self._settings)
        changes = self._changes(given, present.fields)
        after = update(source, changes, TOOL.order)
        if after == source:
            self._existing.append(Existing(label or page.title, path.text, page.title, "same", line))
            return
        self._check(path, after, page.source)
        names = tuple(dict.fromkeys((*(before.fields if before else ()), *_dotted(changes))))
        self._changed[path.text] = Changed(label or page.title, path, after, names, line)

    def _check(self, path: PagePath, source: str, before: str | None) -> None:
        problems = self._problems(path, source)
        if before is not None and problems:
            problems = new_problems(self._problems(path, before), problems)
        if problems:
            raise Invalid(problems=tuple(problems))

    def _problems(self, path: PagePath, source: str) -> list[Problem]:
        page = unsaved_page(path, source, self._settings)
        return check_page(page, self._settings, self._max_bytes)

    def _changes(self, given: Mapping[str, str], fields: Mapping[str, Any]) -> dict[str, Any]:
        submitted: dict[str, Sequence[str]] = {}
        rows: dict[str, Any] = {}
        for name, cell in given.items():
            item = _FIELDS.get(name)
            if item is None:
                continue
            if item.type is FieldType.ROWS:
                value = _rows_in(item, cell)
                if value != value_at(fields, name):
                    rows = merge(rows, _nested(name, value))
            elif item.is_list:
                submitted[name] = ["\n".join(self._value(item, part) for part in _parts(cell))]
            elif name != "url" or address_key(cell) != address_key(str(fields.get("url") or "")):
                submitted[name] = [self._value(item, cell)]
        return merge(changes_from(TOOL, submitted, fields), rows)

    def _value(self, item: Field, text: str) -> str:
        """A choice by its slug, whichever word the table has for it; anything else as it is."""
        terms = self._terms.get(item.dotted)
        return (terms.find(text) if terms is not None else None) or text


def _rows_in(item: Field, cell: str) -> list[dict[str, Any]]:
    """The value of a field of several rows, which a table holds as JSON."""
    try:
        value = json.loads(cell)
    except ValueError:
        value = None
    if not isinstance(value, list) or not all(isinstance(row, dict) for row in value):
        raise Invalid("import.rows", where=item.dotted)
    return value


def _parts(cell: str) -> list[str]:
    """The values of a list: one a line, with semicolons between them, or as JSON."""
    try:
        value = json.loads(cell) if cell.startswith("[") else None
    except ValueError:
        value = None
    texts = [str(part) for part in value] if isinstance(value, list) else cell.replace(";", "\n").split("\n")
    return [text.strip() for text in texts if text.strip()]


def _nested(dotted: str, value: Any) -> dict[str, Any]:
    for key in reversed(dotted.split(".")):
        value = {key: value}
    return dict(value)


def _dotted(changes: Mapping[str, Any], above: str = "") -> list[str]:
    """The names of the fields that changes touch."""
    names: list[str] = []
    for key, value in changes.items():
        names += _dotted(value, f"{above}{key}.") if isinstance(value, Mapping) else [f"{above}{key}"]
    return names
