"""The tables of the history. A change to them needs a new FORMAT: the file is then made anew."""

from __future__ import annotations

FORMAT = "2"
SCHEMA = f"""
-- Format {FORMAT}
CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS person (person INTEGER PRIMARY KEY, name TEXT NOT NULL, email TEXT NOT NULL,
    UNIQUE (name, email));

-- One commit of the branch; seq counts from 1 at the first.
CREATE TABLE IF NOT EXISTS event (seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, authored INTEGER NOT NULL,
    committed INTEGER NOT NULL, author INTEGER NOT NULL, subject TEXT NOT NULL, body TEXT NOT NULL,
    minor INTEGER NOT NULL, affiliation TEXT NOT NULL, suggestion INTEGER, revert_of TEXT, changed INTEGER NOT NULL);
CREATE INDEX IF NOT EXISTS event_minor ON event (minor, seq);

-- What an event did to a file. `folder` is the first segment of the path.
CREATE TABLE IF NOT EXISTS touch (path TEXT NOT NULL, seq INTEGER NOT NULL, folder TEXT NOT NULL, status TEXT NOT NULL,
    blob_id TEXT, old_id TEXT, size INTEGER, size_change INTEGER NOT NULL, moved_from TEXT, moved_to TEXT,
    PRIMARY KEY (path, seq)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS touch_seq ON touch (seq);
CREATE INDEX IF NOT EXISTS touch_folder ON touch (folder, seq);
CREATE INDEX IF NOT EXISTS touch_moved ON touch (path, seq) WHERE moved_from IS NOT NULL;

-- Whose work an event is: its author (rank 0) and the authors of what it merged, in their order.
CREATE TABLE IF NOT EXISTS part (person INTEGER NOT NULL, seq INTEGER NOT NULL, rank INTEGER NOT NULL,
    PRIMARY KEY (person, seq)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS part_seq ON part (seq, rank);
"""
TABLES = ("person", "event", "touch", "part")
