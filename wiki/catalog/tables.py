"""The tables of the catalog and the figures that are counted in them."""

from __future__ import annotations

import sqlite3

from wiki.pages.sqlite import Database

FORMAT = "15"
STUB_WORDS = 40

# Past its interval, or verified on a day that is still to come; with the parameters that `card.stale_days` gives.
STALE = "(due < ? OR (verified > ? AND due IS NOT NULL))"

# Pages that are ends in themselves: nobody has to link to them.
_ENDS = "('term', 'toolkit', 'training')"
UNVERIFIED = "kind = 'tool' AND verified IS NULL AND status != 'retired' AND path = original"
_SHORT = f"words < {STUB_WORDS} AND kind IN ('tool', 'guide', 'tip', 'page')"
STUB = f"(status = 'stub' OR ({_SHORT})) AND status != 'retired' AND path = original"
ORPHAN = f"inbound = 0 AND kind NOT IN {_ENDS} AND path = original"
SAME_SITE = "site != '' AND path = original"
SAME_NAME = "kind IN ('tool', 'guide', 'tip')"
BROKEN = "target IS NULL"
UNREADABLE = "problem != ''"

UNREAD = "words IS NULL"

# `words` and `inbound` are not known of a page before its text has been read.
SCHEMA = f"""
-- Format {FORMAT}
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE page (
    id INTEGER PRIMARY KEY, version INTEGER NOT NULL, path TEXT NOT NULL UNIQUE, folded TEXT NOT NULL,
    folder TEXT NOT NULL, language TEXT NOT NULL, original TEXT NOT NULL, kind TEXT NOT NULL, title TEXT NOT NULL,
    title_key TEXT NOT NULL, summary TEXT NOT NULL, status TEXT NOT NULL, fields TEXT NOT NULL, site TEXT NOT NULL,
    words INTEGER, verified TEXT, due TEXT, blob_id TEXT NOT NULL, problem TEXT NOT NULL,
    changed INTEGER NOT NULL, changed_by TEXT NOT NULL, revision TEXT NOT NULL, inbound INTEGER);
CREATE INDEX page_folded ON page (folded);
CREATE INDEX page_version ON page (version);
CREATE INDEX page_title ON page (title_key, path);
CREATE INDEX page_changed ON page (changed DESC, path);
CREATE INDEX page_verified ON page (verified DESC, title_key, path);
CREATE INDEX page_kind ON page (kind, title_key, path);
CREATE INDEX page_folder ON page (folder, title_key, path);
CREATE INDEX page_folder_changed ON page (folder, changed DESC, path);
CREATE INDEX page_original ON page (original);
CREATE INDEX page_translation ON page (original) WHERE path != original;
CREATE INDEX page_due ON page (due) WHERE due IS NOT NULL;
CREATE INDEX page_unverified ON page (title_key) WHERE {UNVERIFIED};
CREATE INDEX page_stub ON page (title_key) WHERE {STUB};
CREATE INDEX page_orphan ON page (title_key) WHERE {ORPHAN};
CREATE INDEX page_unread ON page (id) WHERE {UNREAD};
CREATE INDEX page_problem ON page (title_key) WHERE {UNREADABLE};
CREATE INDEX page_site ON page (site) WHERE {SAME_SITE};
CREATE INDEX page_name ON page (title_key, language) WHERE {SAME_NAME};

CREATE TABLE removed (page INTEGER NOT NULL, version INTEGER NOT NULL);
CREATE TABLE facet (page INTEGER NOT NULL, name TEXT NOT NULL, value TEXT NOT NULL,
    PRIMARY KEY (page, name, value)) WITHOUT ROWID;
CREATE INDEX facet_name ON facet (name, value);
CREATE TABLE file (path TEXT PRIMARY KEY, blob_id TEXT NOT NULL) WITHOUT ROWID;

-- Which page (0: a file, a folder) answers to a key, and which keys a link may be answered by.
CREATE TABLE answer (key TEXT NOT NULL, rank INTEGER NOT NULL, path TEXT NOT NULL, page INTEGER NOT NULL,
    PRIMARY KEY (key, rank, path)) WITHOUT ROWID;
CREATE INDEX answer_page ON answer (page);
CREATE TABLE link (page INTEGER NOT NULL, number INTEGER NOT NULL, path TEXT NOT NULL, wanted TEXT NOT NULL,
    text TEXT NOT NULL, line INTEGER NOT NULL, kind TEXT NOT NULL, target INTEGER,
    PRIMARY KEY (page, number)) WITHOUT ROWID;
CREATE INDEX link_target ON link (target) WHERE target IS NOT NULL;
CREATE INDEX link_broken ON link (page, number) WHERE {BROKEN};
CREATE INDEX link_wanted ON link (wanted, kind, path) WHERE {BROKEN};
CREATE TABLE link_key (page INTEGER NOT NULL, number INTEGER NOT NULL, choice INTEGER NOT NULL,
    key TEXT NOT NULL, PRIMARY KEY (page, number, choice)) WITHOUT ROWID;
CREATE INDEX link_key_key ON link_key (key);
"""
TABLES = ("page", "removed", "facet", "file", "answer", "link", "link_key")

# Where all links lead, and how many pages link to each.
LEAD = (
    "UPDATE link SET target = (SELECT a.page FROM link_key k JOIN answer a ON a.key = k.key "
    "WHERE k.page = link.page AND k.number = link.number ORDER BY k.choice, a.rank, a.path LIMIT 1)"
)
COUNT = "UPDATE page SET inbound = (SELECT count(DISTINCT l.page) FROM link l WHERE l.target = page.id AND l.page != page.id)"


def meta(database: Database, key: str) -> str:
    """One of the things the catalog knows of itself: revision, version, build, shape; empty if it has never been built."""
    row = database.row("SELECT value FROM meta WHERE key = ?", (key,))
    return str(row[0]) if row else ""


def remember(connection: sqlite3.Connection, key: str, value: str) -> None:
    """Set one of these things."""
    connection.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (key, value))
