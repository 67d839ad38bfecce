"""Keep docs/reference true: `python tools/reference.py` writes what follows from the code into it, `--check` only looks.

Between `<!-- generated: NAME -->` and `<!-- end -->` stands what one of the functions in GENERATED makes; the rest of a
document is written by hand. Commands, addresses, files and tests that any document names have to be there, too.
"""

from __future__ import annotations

import argparse
import inspect
import re
import sys
import tomllib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import fields
from functools import cache
from pathlib import Path

import click
from flask import Flask
from werkzeug.routing import Rule

from wiki import config
from wiki.accounts.roles import Permission, Role, permissions
from wiki.cli.command import cli
from wiki.pages.fields import Field, FieldType, PageKind
from wiki.pages.kinds import KINDS
from wiki.web import application
from wiki.web.api import openapi
from wiki.web.api.declaring import OPERATIONS
from wiki.web.git import MOUNT
from wiki.web.lists import FACETS

ROOT = Path(__file__).resolve().parent.parent
WIDTH = 100
_BLOCK = re.compile(r"(<!-- generated: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)
_COMMAND = re.compile(r"movement-wiki((?: --\w[\w-]*(?: [\w./$~-]*[/.][\w./$~-]*)?)*)((?: [a-z][a-z-]+)+)")
_ADDRESS = re.compile(r"(?<![\w/])/-/([a-z][a-z.-]*)")
_FILE = re.compile(r"`((?:wiki|tests|templates|static|seed|tools|benchmarks|requirements)/[\w./-]*)(?:::(\w+))?`")
_HOLDS = {
    FieldType.LINE: "one line",
    FieldType.TEXT: "text of several lines",
    FieldType.URL: "http or https address",
    FieldType.DATE: "date, as `2027-03-31`",
    FieldType.NUMBER: "number",
    FieldType.FLAG: "`true` or `false`",
    FieldType.CHOICE: "one of",
    FieldType.CHOICES: "list of",
    FieldType.WORDS: "list of words",
    FieldType.PAGE: "path of a page",
    FieldType.PAGES: "list of paths of pages",
    FieldType.LINKS: "list of addresses",
    FieldType.ROWS: "list of entries with the keys below",
}
_MAY = {
    Permission.READ: "read",
    Permission.SUGGEST: "suggest changes",
    Permission.EDIT: "save changes to pages that are not protected",
    Permission.VERIFY: "say “still true”",
    Permission.ATTACH: "attach files",
    Permission.REVERT: "take one change back, put an earlier version in place again",
    Permission.MOVE: "move pages and folders",
    Permission.DELETE: "delete pages",
    Permission.PROTECT: "say who may change a page or a folder",
    Permission.EDIT_WIKI_FILES: "change the files in `_wiki/`",
    Permission.IMPORT: "import",
    Permission.REVIEW: "see suggestions and decide about them",
    Permission.TAKE_BACK: "take back all that one account did since a day",
    Permission.PUSH: "push with git what the browser would let them save",
    Permission.PUSH_SUGGESTIONS: "fetch and push suggestions with git, and bring in what other accounts wrote",
    Permission.MANAGE_PEOPLE: "look after people: invite, let in, give roles, shut accounts",
    Permission.MANAGE_SETTINGS: "see the engine's settings, its health and the log",
}


def settings() -> Iterator[str]:
    """Every setting of wiki/config.py."""
    for name, section in config.SECTIONS.items():
        rows = []
        for item in fields(section):
            meaning = item.metadata["meaning"]
            choices = config.CHOICES.get(f"{name}.{item.name}")
            if choices and not all(choice in meaning for choice in choices):
                meaning += f" One of: {', '.join(choices)}."
            rows.append((f"`{item.name}`", f"`{_toml(item.default)}`", meaning))
        yield f"### [{name}]\n\n{_table(('key', 'default', 'meaning'), rows)}"


def kinds() -> Iterator[str]:
    """Every kind of page with its fields, from wiki/pages/kinds/."""
    for kind in KINDS.values():
        if kind.id == "settings":
            continue
        folder = f" Usual in `{kind.folder}/`." if kind.folder else ""
        outline = f" A new one starts with: {' · '.join(kind.outline)}." if kind.outline else ""
        yield f"### kind: {kind.id}\n\n{kind.label}.{folder}{outline}\n\n" + _fields_of(kind)


def commands() -> Iterator[str]:
    """The help of every command."""
    top = click.Context(cli, info_name="movement-wiki", terminal_width=WIDTH, max_content_width=WIDTH)
    yield f"```text\n{cli.get_help(top)}\n```"
    for context in _contexts(top):
        yield f"### {context.command_path}\n\n```text\n{context.command.get_help(context)}\n```"


def addresses() -> Iterator[str]:
    """Every address with what it is, from the views' own words."""
    app = _app()
    rows: dict[str, list[tuple[str, str, str]]] = {"Content and the rest": [], "The engine": []}
    for rule in sorted(app.url_map.iter_rules(), key=_in_order):
        words = (inspect.getdoc(app.view_functions[rule.endpoint]) or "").partition("\n\n")[0].strip()
        methods = " ".join(sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}))
        title = "The engine" if rule.rule.startswith("/-/") else "Content and the rest"
        rows[title].append((f"`{_plain_rule(rule)}`", methods, " ".join(words.split()).replace("``", "`")))
    for title, found in rows.items():
        yield f"### {title}\n\n{_table(('address', '', 'what it is'), found)}"


def roles() -> Iterator[str]:
    """What each role may do."""
    shown = list(Role)
    rows = [(words, *("yes" if right in permissions(role) else "" for role in shown)) for right, words in _MAY.items()]
    yield _table(("may", *(role.value for role in shown)), rows)


def floors() -> Iterator[str]:
    """The import contracts, as pyproject.toml has them."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]["contracts"]
    layers = next(contract["layers"] for contract in contracts if contract["type"] == "layers")
    yield "```text\n" + "\n".join(layers) + "\n```"
    yield "\n".join(f"- {contract['name']}." for contract in contracts)


def api() -> Iterator[str]:
    """Every operation of the API, from the declarations in wiki/web/api/."""
    for tag, words in openapi.TAGS.items():
        rows = []
        for item in OPERATIONS.values():
            if item.tag == tag:
                names = [each.name for each in item.parameters]
                asked = " ".join(f"`{name}`" for name in names if name not in FACETS)
                asked += " and facts" if set(FACETS) & set(names) else ""
                sent = " ".join(f"`{name}`" for name in (item.body or {}).get("properties", {}))
                token = "token" if openapi.only_with_token(item) else ""
                rows.append((f"`{item.method} {item.path}`", item.summary, asked, sent, token))
        yield f"### {tag}\n\n{words}\n\n" + _table(("", "what it does", "asks", "takes", ""), rows)


GENERATED: dict[str, Callable[[], Iterable[str]]] = {
    "settings": settings,
    "kinds": kinds,
    "commands": commands,
    "addresses": addresses,
    "roles": roles,
    "floors": floors,
    "api": api,
}


def filled(text: str) -> str:
    """A document with its generated parts as the code has them now."""
    return _BLOCK.sub(lambda found: "\n\n".join((found[1].rstrip(), *GENERATED[found[2]](), found[3])), text)


def stale() -> Iterator[str]:
    """What is not true in the documentation, as `path:line: message`."""
    for document in _documents():
        text = document.read_text("utf-8")
        name = document.relative_to(ROOT)
        if filled(text) != text:
            yield f"{name}:1: is not what the code says; run python tools/reference.py"
        yield from (f"{name}:{line}: there is no {what}" for line, what in _missing(text))


def _missing(text: str) -> Iterator[tuple[int, str]]:
    """Commands, addresses, files and tests that a text names and that are not there."""
    known = {rule.rule.split("/")[2] for rule in _app().url_map.iter_rules() if rule.rule.startswith("/-/")}
    known.add(MOUNT.rpartition("/")[2])
    for number, line in enumerate(text.splitlines(), 1):
        for found in _COMMAND.finditer(line):
            words = found[2].split()
            if not _is_command(words):
                yield number, f"command movement-wiki {words[0]}"
        for found in _FILE.finditer(line):
            file = ROOT / found[1]
            if not file.exists() or (found[2] and f"def {found[2]}(" not in file.read_text("utf-8")):
                yield number, found[0].strip("`")
        for found in _ADDRESS.finditer(line):
            if found[1].rstrip(".") not in known:
                yield number, f"address /-/{found[1]}"


def _is_command(words: list[str]) -> bool:
    context = click.Context(cli)
    command: click.Command | None = cli.get_command(context, words[0])
    if isinstance(command, click.Group) and len(words) > 1:
        command = command.get_command(context, words[1])
    return command is not None


@cache
def _app() -> Flask:
    """An application with all addresses and nothing behind them: no wiki is needed to ask what they are."""
    app = Flask("reference", static_folder=None)
    for blueprint in application._blueprints():
        app.register_blueprint(blueprint)
    return app


def _contexts(parent: click.Context) -> Iterator[click.Context]:
    group = parent.command
    if not isinstance(group, click.Group):
        return
    for name in group.list_commands(parent):
        command = group.get_command(parent, name)
        assert command is not None
        context = click.Context(command, parent, name, terminal_width=WIDTH, max_content_width=WIDTH)
        yield context
        yield from _contexts(context)


def _fields_of(kind: PageKind) -> str:
    rows = [row for item in kind.fields for row in _rows_of(item, "")]
    return _table(("key", "value", "narrows by", "label, hint"), rows)


def _rows_of(item: Field, prefix: str) -> Iterator[tuple[str, ...]]:
    name = f"{prefix}{item.name}"
    key = f"`{name}`{' *' if item.required else ''}"
    words = f"{item.label}. {item.hint}".strip() if item.hint else item.label
    if item.type is FieldType.MAPPING:
        for inner in item.fields:
            yield from _rows_of(inner, f"{name}.")
        return
    yield key, _value_of(item), f"`{item.facet}`" if item.facet else "", words
    if item.type is FieldType.ROWS:
        for inner in item.fields:
            yield from _rows_of(inner, f"{name}[].")


def _value_of(item: Field) -> str:
    holds = _HOLDS[item.type]
    if item.type in (FieldType.CHOICE, FieldType.CHOICES):
        source = f"the vocabulary `{item.vocabulary}`" if item.vocabulary else ""
        if item.vocabulary == "categories":
            source = "the ids in `categories.yml`"
        allowed = " ".join(f"`{value}`" for value in item.allowed)
        holds += f" {source}{': ' if source and allowed else ''}{allowed}"
    if item.type in (FieldType.LINE, FieldType.TEXT):
        holds += f", at most {item.limit} characters"
    return holds + (f", at most {item.limit}" if item.is_list else "")


def _in_order(rule: Rule) -> tuple[str, str]:
    return rule.rule, " ".join(sorted(rule.methods or ()))


def _plain_rule(rule: Rule) -> str:
    return re.sub(r"<(?:[^<>]*:)?(\w+)>", r"<\1>", rule.rule)


def _toml(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return f'"{value}"' if isinstance(value, str) else str(value)


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |" for line in lines)


def _documents() -> list[Path]:
    return sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])


def main() -> int:
    parser = argparse.ArgumentParser(description="Write what follows from the code into docs/reference.")
    parser.add_argument(
        "--check", action="store_true", help="change nothing, and end with 1 where something is not true"
    )
    if not parser.parse_args().check:
        for document in _documents():
            text = document.read_text("utf-8")
            if filled(text) != text:
                document.write_text(filled(text), "utf-8")
                print(f"{document.relative_to(ROOT)}: written")
    found = list(stale())
    print("\n".join(found) if found else "docs: reference, commands, addresses, files and tests are those of the code.")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
