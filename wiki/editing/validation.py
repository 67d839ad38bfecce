"""What must hold of a page before it may be stored; the same for a form, a push, an import and `check`.

Problems carry codes and places; the faces put them into words.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from wiki.accounts.roles import Role
from wiki.editing.facts import check_facts
from wiki.errors import Invalid, Problem
from wiki.markup import yaml_tree
from wiki.markup.front_matter import CLOSING, OPENING
from wiki.pages.accent import accent_of
from wiki.pages.page import Page, read_page
from wiki.pages.path import SETTINGS, PagePath
from wiki.pages.settings import Settings
from wiki.pages.settings_files import check_settings, read_settings
from wiki.storage.objects import kind_of

ATTACHMENT_ENDINGS = (
    *("png", "jpg", "jpeg", "gif", "webp", "pdf", "txt", "csv", "ods", "odt", "odp", "docx", "xlsx", "pptx", "ics"),
)
# Files at the top that belong to the repository and not to the wiki.
OTHER_FILES = (".gitignore", ".mailmap", "CONTRIBUTING.md", "LICENSE", "LICENSE.md", "README.md")
MAX_PROBLEMS = 50
_CONFLICT = (re.compile(r"^<{7} ", re.M), re.compile(r"^={7}$", re.M), re.compile(r"^>{7} ", re.M))
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_NAME = re.compile(r"[\w][\w .()+-]{0,99}")
_ROLES = tuple(role.value for role in Role if role is not Role.READER)


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
        return [
            *problems,
            *check_settings(page.path.name.removesuffix(".yml"), page.source),
            *_check_roles(page),
            *_check_accent(page),
        ]
    if all(pattern.search(page.body) for pattern in _CONFLICT):
        first = _CONFLICT[0].search(page.body)
        line = page.body_line + page.body.count("\n", 0, first.start() if first else 0)
        problems.append(Problem("body.conflict_markers", "body", {}, line))
    found = list(check_facts(page, settings))
    lines = field_lines(page.source) if found else {}
    for problem in found[:MAX_PROBLEMS]:
        problems.append(Problem(problem.code, problem.where, problem.params, _line_of(problem.where, lines)))
    return problems


def check_file(
    file: str, mode: int | str, data: bytes, settings: Settings, max_bytes: int, max_attachment: int
) -> list[Problem]:
    """Everything that is wrong with a file somebody wants to put into the repository, of whatever sort it is."""
    problems = check_kind(file, int(mode, 8) if isinstance(mode, str) else mode)
    if problems:
        return problems
    path = PagePath.of_file(file)
    if path is None:
        too_large = len(data) > max_attachment
        return [Problem("file.too_large", file, {"size": len(data), "allowed": max_attachment})] if too_large else []
    return check_page(read_page(path, "", "", data, settings), settings, max_bytes)


def check_kind(file: str, mode: int) -> list[Problem]:
    """What is wrong with a file by its mode and its name alone."""
    kind = kind_of(mode)
    if kind != "blob":
        return [Problem({"link": "file.symlink", "submodule": "file.submodule"}.get(kind, "file.mode"), file)]
    if file in OTHER_FILES:
        return []
    try:
        if file.startswith(f"{SETTINGS}/"):
            PagePath.parse(file)
        elif file.endswith(".md"):
            PagePath.parse(file.removesuffix(".md"))
        elif (path := PagePath.of_file(file)) is not None:
            raise Invalid("file.markdown", where=file, name=f"{path.name[:100]}.md")
        else:
            check_attachment_name(file)
    except Invalid as error:
        return [Problem(problem.code, file, problem.params) for problem in error.problems]
    return []


def check_attachment_name(file: str) -> None:
    """Raise Invalid where a file name can't be an attachment's."""
    folder, _, name = file.rpartition("/")
    stem, dot, ending = name.rpartition(".")
    if not folder:
        raise Invalid("file.place", where=file)
    PagePath.parse(folder)
    if not dot or ending not in ATTACHMENT_ENDINGS:
        raise Invalid("file.type", where=file, ending=ending[:20], allowed=ATTACHMENT_ENDINGS)
    if not _NAME.fullmatch(stem) or stem.endswith((" ", ".")):
        raise Invalid("file.name", where=file)


def new_problems(before: Iterable[Problem], after: Iterable[Problem]) -> list[Problem]:
    """The problems that an edit would add; what was wrong already doesn't stop a person from mending something else."""
    known = {_identity(problem) for problem in before}
    return [problem for problem in after if _identity(problem) not in known]


def field_lines(source: str) -> dict[str, int]:
    """The line of each fact in a file, from 1, by its dotted name: ``cost.level``, ``items.0.page``, ``platforms``."""
    opening = OPENING.match(source)
    closing = CLOSING.search(source, opening.end()) if opening else None
    if opening is None or closing is None:
        return {}
    text = source[opening.end() : closing.start()]
    try:
        root = yaml_tree.parse(text, first_line=2)
    except Invalid:
        return {}
    lines: dict[str, int] = {}
    position, line = 0, 2
    for name, start in sorted(_starts(root, ""), key=lambda found: found[1]) if root is not None else ():
        line += text.count("\n", position, start)
        position = start
        lines[name] = line
    return lines


def _starts(node: yaml_tree.Node, prefix: str) -> Iterator[tuple[str, int]]:
    for number, item in enumerate(node.items or ()):
        key, value = item if isinstance(item, tuple) else (None, item)
        name = f"{prefix}{key.value if key is not None else number}"
        yield name, (key or value).start
        yield from _starts(value, f"{name}.")


def _line_of(where: str, lines: Mapping[str, int]) -> int:
    while where and where not in lines:
        where = where.rpartition(".")[0]
    return lines.get(where, 1)


def _identity(problem: Problem) -> tuple[str, str, str]:
    return problem.code, problem.where, str(problem.params.get("value", ""))


def _check_roles(page: Page) -> list[Problem]:
    if page.path.name != "protection.yml":
        return []
    protection = read_settings(lambda name: page.source if name == "protection" else None).protection
    return [
        Problem("choice.unknown", str(page.path), {"value": role[:80], "allowed": _ROLES}, 1)
        for role in protection.values()
        if role not in _ROLES
    ]


def _check_accent(page: Page) -> list[Problem]:
    """The wiki goes on in its own colour where that of the settings can't be read on its paper; here it is named."""
    if page.path.name != "site.yml":
        return []
    accent = read_settings(lambda name: page.source if name == "site" else None).accent
    if not accent or accent_of(accent) is not None:
        return []
    lines = page.source.splitlines()
    line = next((number for number, text in enumerate(lines, 1) if text.lstrip().startswith("accent:")), 1)
    return [Problem("settings.accent", str(page.path), {"value": accent[:80]}, line)]
