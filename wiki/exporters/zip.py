"""Everything in one file: the pages as they are written, the copy that reads without a server, and all attachments."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

from wiki.errors import Conflict, Unavailable
from wiki.exporters.copy import DRAFTS, Content
from wiki.exporters.csv import tool_facts
from wiki.exporters.page_html import Words
from wiki.exporters.site import Site, site_files
from wiki.storage.workplace import new_file

TEXTS, SITE, TABLE = "markdown", "site", "tools.csv"
_MODE = 0o100644 << 16


def write_zip(
    content: Content,
    file: Path,
    live: str = "",
    words: Words = lambda language: str,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Site:
    """Write a new file; one commit gives the same bytes every time.

    Raises Conflict("export.exists") and Unavailable("export.unwritable").
    """
    moment = content.repository.commit(content.revision).committed
    # The days that a zip has numbers for.
    stamp = min(max(moment.timetuple()[:6], (1980, 1, 1, 0, 0, 0)), (2107, 12, 31, 23, 59, 59))
    pages = files = 0
    try:
        with (
            new_file(file, DRAFTS) as draft,
            zipfile.ZipFile(draft, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive,
        ):
            for name, data in _entries(content, live, words, progress):
                entry = zipfile.ZipInfo(name, stamp)
                entry.compress_type = zipfile.ZIP_DEFLATED
                entry.external_attr = _MODE
                entry.create_system = 3
                archive.writestr(entry, data)
                is_page = name.startswith(f"{TEXTS}/") and name.endswith(".md")
                pages, files = pages + is_page, files + (not is_page)
    except FileExistsError:
        raise Conflict("export.exists", file=str(file))
    except OSError as error:
        raise Unavailable("export.unwritable", path=str(file), reason=error.strerror or str(error))
    return Site(pages, files, content.revision)


def _entries(
    content: Content, live: str, words: Words, progress: Callable[[int, int], None]
) -> Iterator[tuple[str, bytes]]:
    for entry in content.sources():
        yield f"{TEXTS}/{entry.path}", content.repository.blob(entry.id)
    for entry in content.attachments():
        yield f"{TEXTS}/{entry.path}", content.repository.blob(entry.id)
    yield TABLE, tool_facts(content.catalog, content.settings.languages[0]).encode()
    for name, data in site_files(content, live, words, progress):
        yield f"{SITE}/{name}", data
