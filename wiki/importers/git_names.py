"""Names of files from another repository as this wiki can have them; those that fit stay as they are."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Mapping, Sequence
from itertools import chain, count
from urllib.parse import unquote

from wiki.editing.validation import ATTACHMENT_ENDINGS
from wiki.errors import Invalid
from wiki.importers.git_texts import AROUND, ending
from wiki.pages.path import MAX_DEPTH, MAX_SEGMENT, SETTINGS, PagePath, fold

# Folders of programs that make sites of Markdown: what is in them is no page. Their other folders with a line in front
# (Jekyll's `_posts`) lose it, and so does Hugo's `_index.md`.
MACHINERY = (
    SETTINGS,
    "_includes",
    "_layouts",
    "_sass",
    "_data",
    "_site",
    "_plugins",
    "_drafts",
    "_templates",
    "_static",
)


_NOTION = re.compile(r"(?<=.) [0-9a-f]{32}\Z")


def renamed(files: Mapping[str, str], languages: Sequence[str]) -> dict[str, str]:
    """New places by old ones, for those that move. `files` says where each would be without a change of its name; `languages`
    are the wiki's, its own first: `email.es.md`, as Hugo and MkDocs have it, goes to `es/email.md`.

    What would come to be where something is already gets a number; what no rule makes a name of stays where it is.
    """
    taken = {fold(place) for place in files.values() if _fitting(place, languages) == place}
    moved: dict[str, str] = {}
    for old, place in sorted(files.items()):
        new = _fitting(place, languages)
        if new != place:
            new = _free(new, taken)
            taken.add(fold(new))
        if new != old:
            moved[old] = new
    return moved


def _free(place: str, taken: Collection[str]) -> str:
    """The place, with a number in its name where something else is there."""
    start = len(place) - len(place.rpartition("/")[2])
    stem, dot, end = place[start:].rpartition(".")
    if not dot:
        stem, end = end, ""
    numbered = (f"{place[:start]}{stem[: MAX_SEGMENT - 5]}-{number}{dot}{end}" for number in count(2))
    return next(found for found in chain([place], numbered) if fold(found) not in taken)


def _fitting(place: str, languages: Sequence[str]) -> str:
    """The place of a file with names that fit; the same place where there are none."""
    # Logseq writes a page "a/b" into the file `a___b.md`.
    *folders, name = (place.replace("___", "/") if ending(place) and "/___" not in f"/{place}" else place).split("/")
    if name.lower() == "_index.md":
        name = "index.md"
    page = ending(name)
    stem = name[: len(name) - len(page)] if page else name.rpartition(".")[0]
    is_file = not page and bool(stem) and name.rpartition(".")[2].lower() in ATTACHMENT_ENDINGS
    if is_file:
        # Where Azure DevOps and GitBook keep pictures: `.attachments`, `.gitbook/assets`.
        folders = [part.lstrip(".") or part for part in folders]
    name_only, _, language = stem.rpartition(".")
    if page and name_only and language.lower() in languages:
        stem = name_only
        folders = folders if language.lower() == languages[0] else [language.lower(), *folders]
    if page and stem.lower() in AROUND:
        stem = stem[1:]
    if (stem or name)[:1] in "._-" or any(part[:1] in ".-" or part.lower() in MACHINERY for part in folders):
        return place
    parts = [*map(_tidy, folders), *([_tidy(stem)] if page else [])]
    if len(parts) > MAX_DEPTH and (page or is_file):
        # The name, which ends it, says most.
        parts[MAX_DEPTH - 1 :] = ["-".join(parts[MAX_DEPTH - 1 :])[-MAX_SEGMENT:].strip("-")]
    try:
        PagePath.parse("/".join(parts) or "x")
    except Invalid:
        return place
    if page:
        return f"{'/'.join(parts)}.md"
    return "/".join([*parts, f"{stem}.{name.rpartition('.')[2].lower()}" if is_file else name])


def _tidy(segment: str) -> str:
    """One part of a path: lower case, letters of every script kept, everything between them as a hyphen.

    The number that Notion writes behind every name goes.
    """
    segment = _NOTION.sub("", unquote(segment))
    text = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", segment).lower())
    text = "".join(char if unicodedata.category(char)[0] in "LMN" else "-" for char in text)
    return re.sub(r"-+", "-", text).strip("-")[:MAX_SEGMENT].rstrip("-")
