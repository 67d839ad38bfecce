"""What the catalog holds of one page, as rows."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator

from wiki.catalog.card import facet_values, site_key, timestamp, verification
from wiki.catalog.links import keys_of_link, keys_of_page
from wiki.catalog.tables import UNREAD
from wiki.markup.links import words_first
from wiki.markup.markdown import Rendered
from wiki.pages.alphabet import alphabetical
from wiki.pages.page import Page
from wiki.pages.path import PagePath, fold
from wiki.pages.settings import Settings
from wiki.storage.objects import Commit

MAX_LINKS = 5_000
# The fields whose values are paths of pages.
LINK_FIELDS = ("alternatives", "tools", "see", "replaced_by", "toolkit")
# Where Jekyll, Hugo and Docusaurus say at which addresses a page is.
_ADDRESSES = ("permalink", "redirect_from", "url", "slug")


# The columns of a page as `_row` has them; what it is linked by is counted afterwards.
_COLUMNS = (
    *("version", "path", "folded", "folder", "language", "original", "kind", "title", "title_key", "summary", "status"),
    *("fields", "site", "words", "verified", "due", "blob_id", "problem", "changed", "changed_by", "revision"),
)
_INSERT = f"INSERT INTO page ({', '.join(_COLUMNS)}, inbound) VALUES ({'?, ' * len(_COLUMNS)}?)"
_SELECT = f"SELECT {', '.join(_COLUMNS)} FROM page WHERE id = ?"
_LINK = "INSERT INTO link VALUES (?, ?, ?, ?, ?, ?, ?, NULL)"
_KEY = "INSERT INTO link_key VALUES (?, ?, ?, ?)"


def write(
    connection: sqlite3.Connection,
    page: Page,
    rendered: Rendered | None,
    settings: Settings,
    version: int,
    commit: Commit | None,
) -> int:
    """Write a page that is new, with its facets and links (not led anywhere yet); returns its id.

    Without its text it waits for `write_text`.
    """
    row = _row(page, rendered, settings, version, commit)
    id = connection.execute(_INSERT, (*row, None if rendered is None else 0)).lastrowid or 0
    language = page.path.language(settings.languages)
    rows = [(id, *value) for value in facet_values(page, language)]
    connection.executemany("INSERT INTO facet VALUES (?, ?, ?)", rows)
    if rendered is not None:
        _write_links(connection, id, page, rendered, settings)
    return id


def write_text(connection: sqlite3.Connection, page: Page, rendered: Rendered, settings: Settings) -> None:
    """Add what the text of a page says, where that is still waited for and the page is as it was."""
    sql = f"SELECT id FROM page WHERE path = ? AND blob_id = ? AND {UNREAD}"
    row = connection.execute(sql, (page.path.text, page.blob_id)).fetchone()
    if row is not None:
        connection.execute("UPDATE page SET words = ? WHERE id = ?", (_words(rendered), row[0]))
        _write_links(connection, row[0], page, rendered, settings)


def rewrite(
    connection: sqlite3.Connection,
    id: int,
    page: Page,
    rendered: Rendered,
    settings: Settings,
    version: int,
    commit: Commit | None,
) -> set[int] | None:
    """Bring what is there of a page to what it is now, as far as that is something else.

    Returns the pages that its links led to where it has other links now, which lead nowhere yet; else None.
    """
    row = _row(page, rendered, settings, version, commit)
    before = connection.execute(_SELECT, (id,)).fetchone()
    # Most of the table's indexes are over columns that stay.
    new = {name: value for name, value, old in zip(_COLUMNS, row, before, strict=True) if value != old}
    connection.execute(f"UPDATE page SET {', '.join(f'{name} = ?' for name in new)} WHERE id = ?", (*new.values(), id))
    facets = set(facet_values(page, page.path.language(settings.languages)))
    known = set(connection.execute("SELECT name, value FROM facet WHERE page = ?", (id,)))
    rows = [(id, *value) for value in known - facets]
    connection.executemany("DELETE FROM facet WHERE page = ? AND name = ? AND value = ?", rows)
    connection.executemany("INSERT INTO facet VALUES (?, ?, ?)", [(id, *value) for value in facets - known])
    links, keys = _link_rows(id, page, rendered, settings)
    found = connection.execute("SELECT * FROM link WHERE page = ? ORDER BY number", (id,)).fetchall()
    asked = "SELECT * FROM link_key WHERE page = ? ORDER BY number, choice"
    if [link[:-1] for link in found] == links and connection.execute(asked, (id,)).fetchall() == keys:
        return None
    for table in ("link", "link_key"):
        connection.execute(f"DELETE FROM {table} WHERE page = ?", (id,))
    connection.executemany(_LINK, links)
    connection.executemany(_KEY, keys)
    return {link[-1] for link in found if link[-1]}


def _write_links(connection: sqlite3.Connection, id: int, page: Page, rendered: Rendered, settings: Settings) -> None:
    links, keys = _link_rows(id, page, rendered, settings)
    connection.executemany(_LINK, links)
    connection.executemany(_KEY, keys)


def _words(rendered: Rendered) -> int:
    return len(rendered.text.split())


def _row(
    page: Page, rendered: Rendered | None, settings: Settings, version: int, commit: Commit | None
) -> tuple[str | int | None, ...]:
    path, title = page.path, page.title
    language = path.language(settings.languages)
    verified, due = verification(page, settings)
    return (
        version,
        path.text,
        fold(path.stem),
        path.folder,
        language,
        path.without_language(settings.languages),
        page.kind.id,
        title,
        alphabetical(title),
        page.summary,
        str(page.value("status") or ""),
        json.dumps(page.fields, ensure_ascii=False),
        site_key(page.value("url")),
        None if rendered is None else _words(rendered),
        verified.isoformat() if verified else None,
        due.isoformat() if due else None,
        page.blob_id,
        page.problem.code if page.problem else "",
        *_last_change(commit, page.revision),
    )


def _link_rows(
    id: int, page: Page, rendered: Rendered, settings: Settings
) -> tuple[list[tuple[int, int, str, str, str, int, str]], list[tuple[int, int, int, str]]]:
    """The links of a page, without where they lead, and their keys."""
    links, keys = [], []
    for number, (target, text, line, kind) in enumerate(_links(page, rendered)):
        found = keys_of_link(target, page.path, settings.languages)
        if found is None or number >= MAX_LINKS:
            continue
        what = "file" if found.is_file or kind == "image" else kind
        links.append((id, number, found.path, found.wanted, text[:200], line, what))
        meant = words_first(target, text) if kind == "wiki" else ""
        other = keys_of_link(meant, page.path, settings.languages) if meant else None
        answering = dict.fromkeys((*found.keys, *(other.keys if other else ())))
        keys += [(id, number, choice, key) for choice, key in enumerate(answering)]
    return links, keys


def stamp(connection: sqlite3.Connection, path: PagePath, commit: Commit, version: int) -> None:
    """Note which commit changed a page last."""
    connection.execute(
        "UPDATE page SET changed = ?, changed_by = ?, revision = ?, version = ? WHERE path = ?",
        (*_last_change(commit, ""), version, path.text),
    )


def answers(page: Page, settings: Settings) -> dict[str, int]:
    """The keys of links that a page answers to."""
    addresses = (name for field in _ADDRESSES for name in page.texts(field) if name.startswith("/"))
    aliases = (*page.texts("aliases"), *page.texts("aka"), *addresses)
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
