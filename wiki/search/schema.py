"""The fields of the index, as Whoosh knows them."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from whoosh import columns, fields, formats

from wiki.search.documents import Document
from wiki.search.text import folded, words
from wiki.search.weighing import pair_key

# Each indexed field: terms with a weight that is decided beforehand, and nothing else.
WORDS, PAIRS, NAMES, PLACE, FORMS, PATH, FACTS = "words", "pairs", "names", "place", "forms", "path", "facts"
CARD, TEXT = "card", "text"
# A search takes snippets from twenty texts, and to unpack one takes longer than all else that is done with it. So only long
# ones are packed, of which there are few; zlib's own begin with another byte.
MAX_PLAIN = 16_384
_PLAIN = b"\0"
# How the facts begin that say what a page is for.
SUBJECT = "functions:"
# … what it is for above all, and what a page itself names in its place, after its path.
MAIN, NAMED = "main:", "named:"
# … how it stands with it, and what took its place, after its path.
STATUS, SUCCESSOR = "status:", "successor:"


def encoded(term: str) -> bytes:
    """A term as it is stored."""
    return term.encode("utf-8", "replace")


class Weighted(fields.FieldType):
    """A field that is given its terms and weights instead of text."""

    def __init__(self) -> None:
        super().__init__(format=formats.Existence(), analyzer=None)

    def index(self, value: Mapping[str, float], **kwargs: object) -> Iterator[tuple[bytes, int, float, bytes]]:
        to_bytes = self.to_bytes
        return ((to_bytes(term), 1, weight, b"") for term, weight in value.items())

    def to_bytes(self, value: str | bytes) -> bytes:
        return value if isinstance(value, bytes) else encoded(value)


class Pairs(Weighted):
    """Pairs of words by their checksum."""

    def to_bytes(self, value: str | bytes) -> bytes:
        return value if isinstance(value, bytes) else pair_key(*value.split(" ", 1))


def schema() -> fields.Schema:
    """Posting lists for words, pairs, names, addresses, unstemmed words, paths and facts; columns for what is shown."""
    names = (WORDS, PAIRS, NAMES, PLACE, FORMS, PATH, FACTS)
    indexed = {name: Pairs() if name == PAIRS else Weighted() for name in names}
    stored = {name: fields.COLUMN(columns.VarBytesColumn()) for name in (CARD, TEXT)}
    return fields.Schema(**indexed, **stored)


@lru_cache(2_000)
def _names(names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(folded(" ".join(words(name))) for name in names)


@dataclass(frozen=True, slots=True)
class Card:
    """What is kept in memory of each page: enough to name it."""

    path: str
    title: str
    language: str
    aliases: tuple[str, ...]

    @classmethod
    def of(cls, document: Document) -> Card:
        return cls(document.path, document.title, document.language, document.aliases)

    @property
    def names(self) -> tuple[str, ...]:
        """Title and other names as words without accents."""
        return _names((self.title, *self.aliases))

    def pack(self) -> bytes:
        return json.dumps((self.path, self.title, self.language, *self.aliases), ensure_ascii=False).encode()

    @classmethod
    def unpack(cls, data: bytes) -> Card:
        path, title, tongue, *aliases = json.loads(data)
        return cls(path, title, tongue, tuple(aliases))


def pack_text(document: Document) -> bytes:
    """The text that snippets and phrases are taken from: one line for the names, one for the summary, then the body."""
    names = " · ".join((document.title, *document.aliases)).replace("\n", " ")
    text = f"{names}\n{document.summary.replace(chr(10), ' ')}\n{document.body}".encode("utf-8", "replace")
    return _PLAIN + text if len(text) <= MAX_PLAIN else zlib.compress(text, 6)


def unpack_text(data: bytes) -> tuple[str, str, str]:
    """Names, summary, body."""
    text = data.removeprefix(_PLAIN) if data.startswith(_PLAIN) else zlib.decompress(data)
    names, summary, body = text.decode().split("\n", 2)
    return names, summary, body
