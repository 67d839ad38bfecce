"""What must hold of a page before it may be stored; the same for a form, a push, an import and `check`.

Problems carry codes and places; the faces put them into words.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any
from urllib.parse import urlsplit

from wiki.errors import Invalid, Problem
from wiki.pages.fields import Field, FieldType
from wiki.pages.page import Page, read_page
from wiki.pages.path import PagePath
from wiki.pages.settings import Settings, check_settings

ATTACHMENT_ENDINGS = (
    *("png", "jpg", "jpeg", "gif", "webp", "pdf", "txt", "csv", "ods", "odt", "odp", "docx", "xlsx", "pptx", "ics"),
)
MAX_PROBLEMS = 50
_CONFLICT = (re.compile(r"^<{7} ", re.M), re.compile(r"^={7}$", re.M), re.compile(r"^>{7} ", re.M))
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_ROLES = ("contributor", "editor", "maintainer", "admin")


def check_page(page: Page, settings: Settings, max_bytes: int) -> list[Problem]:
    """Everything that is wrong with a page; empty if it may be stored."""
    problems: list[Problem] = []
    size = len(page.source.encode("utf-8", "replace"))
    if size > max_bytes:
        problems.append(Problem("page.too_large", "body", {"size": size, "allowed": max_bytes}))
    control = _CONTROL.search(page.source)
    if control:
        line = page.source.count("\n", 0, control.start()) + 1
        problems.append(Problem("page.control_character", "body", {"character": f"U+{ord(control.group()):04X}"}, line))
    if page.problem is not None:
        return [page.problem, *problems]
    if page.path.is_settings:
        return [*problems, *check_settings(page.path.name.removesuffix(".yml"), page.source), *_check_roles(page)]
    if all(pattern.search(page.body) for pattern in _CONFLICT):
        first = _CONFLICT[0].search(page.body)
        line = page.body_line + page.body.count("\n", 0, first.start() if first else 0)
        problems.append(Problem("body.conflict_markers", "body", {}, line))
    lines = _field_lines(page)
    for problem in _check_fields(page, settings):
        line = lines.get(problem.where) or lines.get(problem.where.partition(".")[0], 0)
        problems.append(Problem(problem.code, problem.where, problem.params, line or 1))
    return problems[:MAX_PROBLEMS]


def check_file(
    file: str, mode: str, data: bytes, settings: Settings, max_bytes: int, max_attachment: int
) -> list[Problem]:
    """Everything that is wrong with a file somebody wants to put into the repository, of whatever sort it is."""
    if mode not in ("100644", "100755"):
        kind = {"120000": "file.symlink", "160000": "file.submodule"}.get(mode, "file.mode")
        return [Problem(kind, file)]
    try:
        if file.endswith((".md", ".yml")):
            path = PagePath.parse(file if file.startswith("_wiki/") else file.removesuffix(".md"))
        else:
            check_attachment_name(file)
            if len(data) > max_attachment:
                return [Problem("file.too_large", file, {"size": len(data), "allowed": max_attachment})]
            return []
    except Invalid as error:
        return [Problem(problem.code, file, problem.params) for problem in error.problems]
    page = read_page(path, "", "", data, settings)
    return check_page(page, settings, max_bytes)


def check_attachment_name(file: str) -> None:
    """Raise Invalid where a file name can't be an attachment's."""
    folder, _, name = file.rpartition("/")
    stem, dot, ending = name.rpartition(".")
    if not folder:
        raise Invalid("file.place", where=file)
    PagePath.parse(folder)
    if not dot or ending not in ATTACHMENT_ENDINGS:
        raise Invalid("file.type", where=file, ending=ending[:20], allowed=ATTACHMENT_ENDINGS)
    if not re.fullmatch(r"[\w][\w .()+-]{0,99}", stem) or stem.endswith((" ", ".")):
        raise Invalid("file.name", where=file)


def new_problems(before: Iterable[Problem], after: Iterable[Problem]) -> list[Problem]:
    """The problems that an edit would add; what was wrong already doesn't stop a person from mending something else."""
    known = {(problem.code, problem.where, str(problem.params.get("value", ""))) for problem in before}
    return [
        problem for problem in after if (problem.code, problem.where, str(problem.params.get("value", ""))) not in known
    ]


def _check_roles(page: Page) -> list[Problem]:
    if page.path.name != "protection.yml":
        return []
    from wiki.pages.settings import read_settings

    protection = read_settings(lambda name: page.source if name == "protection" else None).protection
    return [
        Problem("choice.unknown", str(page.path), {"value": role, "allowed": _ROLES}, 1)
        for role in protection.values()
        if role not in _ROLES
    ]


def _check_fields(page: Page, settings: Settings) -> list[Problem]:
    fields = page.fields
    if not fields and page.kind.id == "page":
        return []
    problems: list[Problem] = []
    kind = fields.get("kind")
    if kind is not None and kind != page.kind.id:
        problems.append(Problem("choice.unknown", "kind", {"value": str(kind)[:80], "allowed": _kinds()}))
    translation = fields.get("translation")
    is_translation = isinstance(translation, dict)
    for item in page.kind.fields:
        value = fields.get(item.name)
        if is_translation:
            if item.name in fields and not item.prose and not _has_prose(item):
                problems.append(Problem("translation.fact", item.name))
            if not item.prose:
                continue
        problems += _check_value(item, value, settings, item.name)
    if page.kind.id == "tool" and fields.get("status") == "retired" and not fields.get("status_note"):
        problems.append(Problem("field.required", "status_note"))
    return problems


def _has_prose(item: Field) -> bool:
    return any(inner.prose for inner in item.fields)


def _kinds() -> tuple[str, ...]:
    from wiki.pages.kinds import KINDS

    return tuple(kind for kind in KINDS if kind != "settings")


def _check_value(item: Field, value: Any, settings: Settings, where: str) -> list[Problem]:
    if value is None or value == "" or value == [] or value == {}:
        return [Problem("field.required", where)] if item.required else []
    if item.type is FieldType.MAPPING:
        if not isinstance(value, dict):
            return [Problem("field.shape", where, {"expected": "mapping"})]
        return [
            problem
            for inner in item.fields
            for problem in _check_value(inner, value.get(inner.name), settings, f"{where}.{inner.name}")
        ]
    if item.type is FieldType.ROWS:
        return _check_rows(item, value, settings, where)
    if item.is_list:
        if not isinstance(value, list):
            return [Problem("field.shape", where, {"expected": "list"})]
        if len(value) > item.limit:
            return [Problem("list.too_long", where, {"count": len(value), "allowed": item.limit})]
        return [problem for part in value for problem in _check_scalar(item, part, settings, where)]
    return _check_scalar(item, value, settings, where)


def _check_rows(item: Field, value: Any, settings: Settings, where: str) -> list[Problem]:
    if not isinstance(value, list):
        return [Problem("field.shape", where, {"expected": "list"})]
    if len(value) > item.limit:
        return [Problem("list.too_long", where, {"count": len(value), "allowed": item.limit})]
    problems = []
    for number, row in enumerate(value):
        if not isinstance(row, dict):
            problems.append(Problem("field.shape", f"{where}.{number}", {"expected": "mapping"}))
            continue
        for inner in item.fields:
            problems += _check_value(inner, row.get(inner.name), settings, f"{where}.{number}.{inner.name}")
        if item.name == "items" and not row.get("page") and not row.get("url"):
            problems.append(Problem("field.required", f"{where}.{number}.page"))
    return problems


def _check_scalar(item: Field, value: Any, settings: Settings, where: str) -> list[Problem]:
    if item.type is FieldType.FLAG:
        return [] if isinstance(value, bool) else [Problem("field.shape", where, {"expected": "true or false"})]
    if item.type is FieldType.NUMBER:
        good = isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 1e12
        return [] if good else [Problem("number.wrong", where, {"value": str(value)[:80]})]
    if isinstance(value, dict | list):
        return [Problem("field.shape", where, {"expected": "text"})]
    text = str(value)
    if item.type in (FieldType.CHOICE, FieldType.CHOICES):
        allowed = tuple(settings.terms(item))
        if allowed and text not in allowed:
            return [Problem("choice.unknown", where, {"value": text[:80], "allowed": allowed})]
        return []
    if item.type is FieldType.DATE:
        return _check_date(text, where)
    if item.type in (FieldType.URL, FieldType.LINKS):
        return [] if is_web_address(text) else [Problem("url.wrong", where, {"value": text[:200]})]
    if item.type in (FieldType.PAGE, FieldType.PAGES):
        return _check_page_path(text, where)
    limit = item.limit if not item.is_list else 300
    if len(unicodedata.normalize("NFC", text)) > limit:
        return [Problem("text.too_long", where, {"length": len(text), "allowed": limit})]
    if item.type is not FieldType.TEXT and "\n" in text.strip():
        return [Problem("text.one_line", where)]
    return []


def _check_date(text: str, where: str) -> list[Problem]:
    try:
        if 1900 <= date.fromisoformat(text).year <= 2200 and len(text) == 10:
            return []
    except ValueError:
        pass
    return [Problem("date.wrong", where, {"value": text[:80]})]


def _check_page_path(text: str, where: str) -> list[Problem]:
    try:
        PagePath.parse(text.strip("/"))
    except Invalid as error:
        return [Problem(problem.code, where, problem.params) for problem in error.problems]
    return []


def is_web_address(text: str) -> bool:
    """Whether this is an http or https address with a host, and nothing a browser could take for a script."""
    if re.search(r"[\s<>\"\\\x00-\x1f]", text) or len(text) > 2000:
        return False
    try:
        parts = urlsplit(text)
        return parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        return False


def _field_lines(page: Page) -> Mapping[str, int]:
    """The line of each key in the front matter, dotted for keys inside a mapping; good enough to point at."""
    lines: dict[str, int] = {}
    stack: list[tuple[int, str]] = []
    rows: Sequence[str] = page.source.splitlines()[: max(page.body_line - 1, 0)]
    for number, row in enumerate(rows, 1):
        found = re.match(r"^( *)(?:- )?([A-Za-z_][\w-]*):", row)
        if not found:
            continue
        indent = len(found.group(1))
        while stack and stack[-1][0] >= indent:
            stack.pop()
        name = ".".join([*(key for _, key in stack), found.group(2)])
        lines.setdefault(name, number)
        stack.append((indent, found.group(2)))
    return lines
