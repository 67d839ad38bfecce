"""What a person typed into the search box, as a value. Any text is a query; none raises."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from wiki.search.text import site, words

MAX_CHARACTERS = 4_000
MAX_WORDS = 400
MAX_PHRASES = 4
MAX_EXCLUDED = 8
MAX_PREFIXES = 4
MAX_SITES = 4
MAX_FILTER_VALUES = 20
FILTERS = frozenset(
    {"audience", "category", "compliance", "cost", "function", "hosting", "kind", "lang", "language"}
    | {"level", "license", "platform", "status", "tag"}
)
_PART = re.compile(
    r'(?:(?P<minus>-)(?![-\s]))?(?:(?P<key>[a-z_]{2,20}):)?(?:"(?P<quoted>[^"]*)"?|(?P<plain>[^\s"]+))', re.IGNORECASE
)
# A phone writes these where its keyboard has a plain one.
_QUOTES = str.maketrans(dict.fromkeys("“”„‟«»", '"'))
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class Query:
    """The parts of a query, words normalised and in the order typed.

    `words` are to be found, the more the better (words of phrases and repeated words included); each of `phrases` has to be
    there exactly; no page with one of `excluded` (words or phrases) is found; `prefixes` are beginnings of words; `sites` are web addresses;
    `filters` narrow by facts and are for the catalog to apply. `cut` says that the text was too long and its end was left out,
    `exact` that no word is to be taken for another.
    """

    raw: str = ""
    words: tuple[str, ...] = ()
    phrases: tuple[tuple[str, ...], ...] = ()
    excluded: tuple[tuple[str, ...], ...] = ()
    prefixes: tuple[str, ...] = ()
    sites: tuple[str, ...] = ()
    filters: Mapping[str, tuple[str, ...]] = field(default_factory=dict, hash=False)
    cut: bool = False
    exact: bool = False

    @property
    def asks(self) -> bool:
        """Whether there is anything to rank by; if not, only filters and exclusions are left."""
        return bool(self.words or self.prefixes)


def parse(text: str, filters: frozenset[str] = FILTERS) -> Query:
    """Read a query: `"exact words"`, `-not`, `key:value` for the keys in `filters`, `begin*`; all else are words."""
    raw = _CONTROL.sub(" ", text[:MAX_CHARACTERS]).strip()
    found: list[str] = []
    phrases: list[tuple[str, ...]] = []
    excluded: list[tuple[str, ...]] = []
    prefixes: list[str] = []
    facts: dict[str, list[str]] = {}
    sites: list[str] = []
    for part in _PART.finditer(raw.translate(_QUOTES)):
        key, quoted, plain = (part["key"] or "").lower(), part["quoted"], part["plain"] or ""
        if key in filters and not part["minus"]:
            values = [quoted] if quoted is not None else plain.split(",")
            facts.setdefault(key, []).extend(value.strip().lower() for value in values if value.strip())
            continue
        address = site(f"{part['key']}:{plain}" if key else plain) if plain and not part["minus"] else ""
        if address:
            sites.append(address)
            if key or "/" in plain or plain.lower().startswith("www."):
                # What stands in it is readable; whose it is doesn't need to be.
                host, _, rest = address.partition("/")
                key, plain = "", f"{host.rpartition('.')[0]} {rest}"
        terms = tuple(words(f"{key} {plain if quoted is None else quoted}"))
        if not terms:
            continue
        if part["minus"] and len("".join(terms)) > 1:
            # "-m" is an option of a program, as "--message" is.
            excluded.append(terms)
            continue
        if quoted is not None:
            phrases.append(terms)
        if plain.endswith("*") and len(terms[-1]) >= 2:
            prefixes.append(terms[-1])
            terms = terms[:-1]
        found.extend(terms)
    return Query(
        raw=raw,
        words=tuple(found[:MAX_WORDS]),
        phrases=tuple(dict.fromkeys(phrases))[:MAX_PHRASES],
        excluded=tuple(dict.fromkeys(excluded))[:MAX_EXCLUDED],
        prefixes=tuple(dict.fromkeys(prefixes))[:MAX_PREFIXES],
        sites=tuple(dict.fromkeys(sites))[:MAX_SITES],
        filters={key: tuple(dict.fromkeys(values))[:MAX_FILTER_VALUES] for key, values in facts.items()},
        cut=len(text) > MAX_CHARACTERS or len(found) > MAX_WORDS,
    )
