"""A process that saves until it is told to stop, and says on standard output what was answered.

Run as: saver.py FOLDER LOCK NAME COUNT. Every save adds one line to a page that all savers share.
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path

from wiki.storage.objects import Person
from wiki.storage.repository import Repository
from wiki.storage.writer import RefMoved, Writer


def main(folder: str, lock: str, name: str, count: str) -> None:
    repository = Repository(Path(folder))
    writer = Writer(repository, Path(lock))
    when = datetime(2026, 3, 11, tzinfo=UTC)
    for number in range(int(count)):
        while True:
            base = repository.head()
            page = repository.read(base, "tips/email.md").data
            changes = {"tips/email.md": page + f"{name} {number}\n".encode(), f"own/{name}.md": b"%d\n" % number}
            try:
                new = writer.commit(
                    changes, base=base, message=f"{name} {number}", author=Person(name, name), when=when
                )
                break
            except RefMoved:
                continue
        print(new, flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
