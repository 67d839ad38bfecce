"""Where a page is: its path, which is its address and its file."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from wiki.errors import Invalid, NotFound

MAX_SEGMENT = 80
MAX_DEPTH = 6
MAX_FILE_BYTES = 1024
SETTINGS = "_wiki"
# What the page of a folder is called that speaks for the folder.
SPEAKING = ("index", "_index", "readme")
# Names that some file system or git itself gives a meaning of its own; a clone must be possible everywhere.
DEVICE = re.compile(r"^(con|prn|aux|nul|com\d|lpt\d)$")
# What other programs end the names of pages with. Such a page keeps the ending in its path, which stays its file's name.
OTHER_ENDINGS = (".markdown", ".mdown", ".mdwn", ".mkdn", ".mkd", ".mdx", ".qmd")
_OTHER_ENDING = re.compile(r"\.(?:(?i:markdown|mdown|mdwn|mkdn|mkd|mdx|qmd)|MD|Md)\Z")
_BLANKS = re.compile(r"[\s_]+")
_NO_LETTERS = re.compile(r"[^a-z0-9]+")
_SETTINGS_FILE = re.compile(r"^_wiki/[a-z0-9][a-z0-9-]{0,79}\.yml$")


@dataclass(frozen=True, slots=True, order=True)
class PagePath:
    """The path of a page without its ending, such as ``communications/signal``. Only endings that other programs give pages
    stay: ``docs/start.mdx``.

    Make one with `parse` (from a person, for a page that is to be written), `of_file` (a file that git holds) or
    `lookup` (an address somebody asks for).
    """

    text: str

    @classmethod
    def parse(cls, text: str) -> PagePath:
        """A path that a page may be written to; raises Invalid with a ``path.…`` code that says what is wrong."""
        text = unicodedata.normalize("NFC", text.strip()).strip("/")
        if _SETTINGS_FILE.match(text):
            return cls(text)
        if not text:
            raise Invalid("path.empty", where="path")
        segments = text.split("/")
        if len(segments) > MAX_DEPTH:
            raise Invalid("path.too_deep", where="path", allowed=MAX_DEPTH)
        for segment in segments:
            _check_segment(segment)
        return cls(text)

    @classmethod
    def of_file(cls, file: str) -> PagePath | None:
        """The path under which a file of the repository is served; None where it is no page or can't be safely served.

        More lenient than `parse`: a repository that others have made keeps its names as far as they are harmless.
        """
        if _SETTINGS_FILE.match(file):
            return cls(file)
        text = file.removesuffix(".md")
        # A name that ends in both is left to the page that it could be taken for.
        if (text == file) is not bool(_OTHER_ENDING.search(text)) or not is_safe_file(file):
            return None
        return cls(text)

    @classmethod
    def lookup(cls, text: str) -> PagePath:
        """The path that an address names; raises NotFound where no page could ever be."""
        text = unicodedata.normalize("NFC", text).strip("/")
        if _SETTINGS_FILE.match(text):
            return cls(text)
        if not text or not is_safe_file(text + ".md"):
            raise NotFound("page.not_found", path=text[:200])
        return cls(text)

    @property
    def file(self) -> str:
        """The file in the repository."""
        return self.text if self.is_settings or _OTHER_ENDING.search(self.text) else f"{self.text}.md"

    @property
    def stem(self) -> str:
        """The path without any ending."""
        return _OTHER_ENDING.sub("", self.text)

    @property
    def is_settings(self) -> bool:
        """Whether this is one of the files in ``_wiki/``."""
        return self.text.startswith(f"{SETTINGS}/")

    @property
    def folder(self) -> str:
        """Everything before the last segment; empty for a page at the top."""
        return self.text.rpartition("/")[0]

    @property
    def name(self) -> str:
        """The last segment, without any ending."""
        return self.stem.rpartition("/")[2]

    @property
    def segments(self) -> tuple[str, ...]:
        """The parts between the slashes."""
        return tuple(self.text.split("/"))

    def language(self, languages: tuple[str, ...]) -> str:
        """The language of the page: its first segment where that is a configured language, else the first of them."""
        first = self.segments[0]
        return first if first in languages[1:] and len(self.segments) > 1 else languages[0]

    def without_language(self, languages: tuple[str, ...]) -> str:
        """The path as it is in the wiki's first language."""
        if self.language(languages) == languages[0]:
            return self.text
        return self.text.partition("/")[2]

    def __str__(self) -> str:
        return self.text


def folders_of(file: str) -> list[str]:
    """The folders that a page or a file lies in, the topmost first."""
    parts = file.split("/")
    return ["/".join(parts[:depth]) for depth in range(1, len(parts))]


def is_safe_file(file: str) -> bool:
    """Whether a file name from the repository can be shown and looked up without harm."""
    if len(file.encode("utf-8", "replace")) > MAX_FILE_BYTES or "\\" in file:
        return False
    segments = file.split("/")
    if file[:1] == "_" and fold(segments[0].removesuffix(".md")) == fold(SETTINGS):
        return False
    for segment in segments:
        if not segment or segment[0] in ".-" or segment[-1] in ". " or fold(segment).startswith("git~"):
            return False
        if segment.isascii():
            if not segment.isprintable():
                return False
        elif any(unicodedata.category(character)[0] == "C" for character in segment):
            return False
    return True


def fold(text: str) -> str:
    """What two paths must differ in to exist side by side: case, Unicode form and look-alike separators don't count."""
    # Most names are plain letters, and a rebuild asks this of all pages and links.
    plain = (
        text.lower() if text.isascii() else unicodedata.normalize("NFKC", unicodedata.normalize("NFC", text).casefold())
    )
    return _BLANKS.sub("-", plain)


def slug(title: str) -> str:
    """A path segment made from a title; empty if nothing of it can stand in one."""
    if title.isascii():
        return _NO_LETTERS.sub("-", title.lower().replace("'", "")).strip("-")[:MAX_SEGMENT].rstrip("-")
    # Marks are dropped from Latin letters only: "é" reads on as "e", while other scripts would lose letters.
    kept: list[str] = []
    for character in unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", title).casefold()):
        is_mark = unicodedata.category(character)[0] == "M"
        if is_mark and (not kept or kept[-1] == "-" or kept[-1].isascii()):
            continue
        if character in "'’":
            continue
        kept.append(character if is_mark or character.isalnum() else "-")
    text = unicodedata.normalize("NFC", "".join(kept).lower())
    return re.sub(r"-+", "-", text).strip("-")[:MAX_SEGMENT].rstrip("-")


def _check_segment(segment: str) -> None:
    shown = segment[:MAX_SEGMENT]
    if not segment:
        raise Invalid("path.empty_segment", where="path")
    if len(segment) > MAX_SEGMENT:
        raise Invalid("path.segment_too_long", where="path", segment=shown, allowed=MAX_SEGMENT)
    if segment[0] in ".-_":
        raise Invalid("path.segment_start", where="path", segment=shown)
    if segment != segment.lower():
        raise Invalid("path.upper_case", where="path", segment=shown)
    for character in segment:
        # Marks belong to the letters of many scripts; they are accepted after the first character.
        if character != "-" and unicodedata.category(character)[0] not in "LMN":
            raise Invalid("path.character", where="path", segment=shown, character=character)
    if unicodedata.category(segment[0])[0] == "M" or unicodedata.normalize("NFKC", segment) != segment:
        raise Invalid("path.character", where="path", segment=shown, character=segment[0])
    if DEVICE.match(segment):
        raise Invalid("path.reserved", where="path", segment=shown)
