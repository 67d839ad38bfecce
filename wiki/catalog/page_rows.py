"""What the catalog holds of one page, as rows."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator

from wiki.catalog.card import facet_values, site_key, timestamp, verification
from wiki.catalog.links import keys_of_link, keys_of_page
from wiki.markup.markdown import Rendered
from wiki.pages.page import Page
from wiki.pages.path import PagePath, fold
from wiki.pages.settings import Settings
from wiki.storage.objects import Commit

MAX_LINKS = 5_000
# The fields whose values are paths of pages.
LINK_FIELDS = ("alternatives", "tools", "see", "replaced_by", "toolkit")


def write(
    connection: sqlite3.Connection,
    page: Page,
    rendered: Rendered,
    settings: Settings,
    version: int,
    commit: Commit | None,
    id: int | None,
) -> int:
    """Write a page with its facets and links (not led anywhere yet); returns its id. `id` None: it is new."""
    path, title = page.path, page.title
    language = path.language(settings.languages)
    verified, due = verification(page, settings)
    row = (
        id,
        version,
        path.text,
        fold(path.text),
        path.folder,
        language,
        path.without_language(settings.languages),
        page.kind.id,
        title,
        title.casefold(),
        page.summary,
        str(page.value("status") or ""),
        json.dumps(page.fields, ensure_ascii=False),
        site_key(page.value("url")),
        len(rendered.text.split()),
        verified.isoformat() if verified else None,
        due.isoformat() if due else None,
        page.blob_id,
        page.problem.code if page.problem else "",
        *_last_change(commit, page.revision),
        0,
    )
    marks = ",".join("?" * len(row))
    row_id = connection.execute(f"INSERT OR REPLACE INTO page VALUES ({marks})", row).lastrowid or 0
    connection.executemany(
        "INSERT INTO facet VALUES (?, ?, ?)", [(row_id, *value) for value in facet_values(page, language)]
    )
    for number, (target, text, line, kind) in enumerate(_links(page, rendered)):
        found = keys_of_link(target, path, settings.languages)
        if found is None or number >= MAX_LINKS:
            continue
        what = "file" if found.is_file or kind == "image" else kind
        connection.execute(
            "INSERT INTO link VALUES (?, ?, ?, ?, ?, ?, ?, NULL)",
            (row_id, number, found.path, found.wanted, text[:200], line, what),
        )
        connection.executemany(
            "INSERT INTO link_key VALUES (?, ?, ?, ?)",
            [(row_id, number, choice, key) for choice, key in enumerate(found.keys)],
        )
    return row_id


def stamp(connection: sqlite3.Connection, path: PagePath, commit: Commit, version: int) -> None:
    """Note which commit changed a page last."""
    connection.execute(
        "UPDATE page SET changed = ?, changed_by = ?, revision = ?, version = ? WHERE path = ?",
        (*_last_change(commit, ""), version, path.text),
    )


def answers(page: Page, settings: Settings) -> dict[str, int]:
    """The keys of links that a page answers to."""
    aliases = page.texts("aliases") + page.texts("aka")
    return keys_of_page(page.path, page.title, aliases, page.path.language(settings.languages))


def _last_change(commit: Commit | None, revision: str) -> tuple[int, str, str]:
    if commit is None:
        return 0, "", revision
    return timestamp(commit.committed), commit.author.name, commit.id


def _links(page: Page, rendered: Rendered) -> Iterator[tuple[str, str, int, str]]:
    """Every link of a page (target, words, line in the file, kind): those in its text and those among its facts."""
    for link in rendered.links:
        yield link.target, link.text, link.line + page.body_line - 1, link.kind
    for name in LINK_FIELDS:
        for value in page.texts(name):
            if value.strip("/"):
                yield f"/{value.strip('/')}", "", 0, name
    items = page.value("items")
    for item in items if isinstance(items, list) else ():
        if isinstance(item, dict) and isinstance(item.get("page"), str) and item["page"].strip("/"):
            yield f"/{item['page'].strip('/')}", "", 0, "items"
