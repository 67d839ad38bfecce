"""From text to the terms that are indexed: words, their stems per language, and what is left out."""

from __future__ import annotations

import html
import re
import threading
import unicodedata
from collections.abc import Iterable
from functools import cache
from itertools import pairwise

from Stemmer import Stemmer, algorithms

from wiki.search.stopwords import STOP_WORDS

MAX_WORD = 64
_MAX_STEMS = 20_000
_ADDRESS = re.compile(r"(?:https?|ftp|mailto)://?\S+|\bwww\.\S+", re.IGNORECASE)
_SITE = re.compile(
    r"(?:(?:https?:)?//)?(?:www\.)?(?P<host>(?:[\w-]+\.)+[^\W\d_]{2,24})(?::\d+)?(?P<path>/[^?#]*)?(?:[?#].*)?"
)
# The signs of "C++" and "C#" are part of the name.
# Signs on letters are letters' parts: the vowels of Hindi and Thai words are such.
MARKS = "".join(
    f"{chr(first)}-{chr(last)}"
    for first, last in (
        *(
            (0x300, 0x36F),
            (0x591, 0x5BD),
            (0x610, 0x61A),
            (0x64B, 0x65F),
            (0x900, 0x903),
            (0x93A, 0x94F),
            (0x955, 0x957),
        ),
        *(
            (0x962, 0x963),
            (0x981, 0x983),
            (0x9BC, 0x9CD),
            (0xA01, 0xA03),
            (0xA3C, 0xA4D),
            (0xA81, 0xA83),
            (0xABC, 0xACD),
        ),
        *(
            (0xB01, 0xB03),
            (0xB3C, 0xB4D),
            (0xB82, 0xB82),
            (0xBBE, 0xBCD),
            (0xC00, 0xC04),
            (0xC3C, 0xC4D),
            (0xC81, 0xC83),
        ),
        *(
            (0xCBC, 0xCCD),
            (0xD00, 0xD03),
            (0xD3B, 0xD4D),
            (0xE31, 0xE31),
            (0xE34, 0xE3A),
            (0xE47, 0xE4E),
            (0x102B, 0x103E),
        ),
        *((0x17B4, 0x17D3),),
    )
)
WORD = rf"[^\W_]+(?:[{MARKS}]+[^\W_]*)*"
_WORD = re.compile(rf"(?<![^\W_])[^\W\d_]{{1,2}}(?:\+\+|#)(?![^\W_])|{WORD}(?:'{WORD})*")
# "501(c)(3)" is written "501c3", too.
_BRACKETED = re.compile(r"(?<=\d)\(([a-z])\)(?:\((\d{1,2})\))?")
# "l'équipe" is "équipe" with an article before it.
_ELISION = re.compile(r"(?<![^\W_])(?:[cdjlmnst]|qu|dell|dall|nell|sull|un)'(?=[^\W\d_]{3})")
_ABBREVIATIONS = re.compile(r"[b-df-hj-np-tv-xz]{3,}s")
_UNSPACED = re.compile("[\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]")
# Compiled when the first such word is met.
_UNSPACED_RUN = f"{_UNSPACED.pattern}+|{_UNSPACED.pattern.replace('[', '[^')}+"
# Apostrophes that are one to readers, and the soft hyphen, which is none of the word's letters.
_REPLACED = (("’", "'"), ("ʼ", "'"), ("‘", "'"), ("\u00ad", ""), ("İ", "i"))
# Letters that are more than another letter with an accent.
_PLAIN = str.maketrans({"œ": "oe", "æ": "ae", "ß": "ss", "ø": "o", "ł": "l", "đ": "d", "ı": "i"})
# The code of a language as Snowball names it; every other language is indexed by its words as they are.
_SNOWBALL = {
    "ar": "arabic", "ca": "catalan", "da": "danish", "de": "german", "el": "greek", "en": "english", "es": "spanish",
    "et": "estonian", "eu": "basque", "fi": "finnish", "fr": "french", "ga": "irish", "hi": "hindi", "hu": "hungarian",
    "hy": "armenian", "id": "indonesian", "it": "italian", "lt": "lithuanian", "ne": "nepali", "nb": "norwegian",
    "nl": "dutch", "no": "norwegian", "pl": "polish", "pt": "portuguese", "ro": "romanian", "ru": "russian",
    "sr": "serbian", "sv": "swedish", "ta": "tamil", "tr": "turkish", "yi": "yiddish",
}  # fmt: skip


# A word in the letters of another script is in none of these languages, whatever the page is in.
_LATIN = frozenset(_SNOWBALL) - {"ar", "el", "hi", "hy", "ne", "ru", "sr", "ta", "yi"} | {"und"}
_SCRIPTS = {"\u0370-\u03ff": "el", "\u0400-\u04ff": "ru", "\u0600-\u06ff": "ar", "\u0900-\u097f": "hi"}
_OTHER_SCRIPT = re.compile("|".join(f"([{letters}])" for letters in _SCRIPTS))
_SCRIPT_LANGUAGES = (*_SCRIPTS.values(),)


def normalise(text: str) -> str:
    """One spelling for what readers take as the same: entities decoded, NFKC, lower case, one apostrophe and no article before
    it, no addresses."""
    if text.isascii() and text.isalnum():
        # Most single words are written in one way.
        return text.lower()
    if "&" in text:
        text = html.unescape(text)
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)
        for written, meant in _REPLACED:
            text = text.replace(written, meant)
    text = text.lower()
    if "(" in text:
        text = _BRACKETED.sub(r"\1\2", text)
    if "'" in text:
        text = _ELISION.sub("", text)
    return _ADDRESS.sub(" ", text) if "://" in text or "www." in text or "mailto" in text else text


def words(text: str) -> list[str]:
    """The words of a text in their order, normalised; inner apostrophes stay ("don't")."""
    found = _WORD.findall(normalise(text))
    if _UNSPACED.search(text):
        return [part for word in found for part in _parts(word)]
    return [word if len(word) <= MAX_WORD else word[:MAX_WORD] for word in found]


def _parts(word: str) -> Iterable[str]:
    """Scripts that put no spaces between words are indexed by pairs of characters."""
    for run in re.findall(_UNSPACED_RUN, word):
        if len(run) > 2 and _UNSPACED.match(run):
            yield from map("".join, pairwise(run))
        else:
            yield run[:MAX_WORD]


def site(text: str) -> str:
    """What a web address leads to, as "signal.org" or "github.com/a/b"; "" if the text is none. `https://` may be left out."""
    found = _SITE.fullmatch(text.strip().lower())
    return found["host"] + (found["path"] or "").rstrip("/") if found else ""


def unspaced(word: str) -> bool:
    """Whether a word begins in a script that puts no spaces between words."""
    return _UNSPACED.match(word) is not None


def folded(word: str) -> str:
    """The word without accents: what people type on a keyboard that has none."""
    if word.isascii():
        return word
    return "".join(c for c in unicodedata.normalize("NFD", word) if not unicodedata.combining(c)).translate(_PLAIN)


@cache
def alike(letter: str) -> tuple[str, ...]:
    """A letter, and those that are the same without their accents."""
    accented = (chr(code) for code in range(0xDF, 0x180))
    return (letter, *(other for other in accented if other.islower() and folded(other).startswith(letter)))


def letters(word: str) -> int:
    """Which letters a word has, as bits: one typing error changes at most two of them."""
    bits = 0
    for letter in word:
        bits |= 1 << (ord(letter) & 31)
    return bits


class _Terms(dict[str, str]):
    """The term of each word, computed once; bounded."""

    def __init__(self, code: str, algorithm: str | None) -> None:
        super().__init__()
        self._code = code
        self._prefix = f"{code}:"
        # It need not remember words: what is asked for is kept here.
        self._stem = Stemmer(algorithm, 0).stemWord if algorithm else str
        self._lock = threading.Lock()  # a Snowball stemmer keeps the word it works on in itself

    def __missing__(self, word: str) -> str:
        if self._code in _LATIN and not word.isascii() and (other := _OTHER_SCRIPT.match(word)):
            return _language(_SCRIPT_LANGUAGES[(other.lastindex or 1) - 1]).terms[word]
        with self._lock:
            if len(self) >= _MAX_STEMS:
                self.clear()
            # Snowball leaves the s of "CRMs" and "PDFs", which have no vowel.
            stemmed = word[:-1] if self._code == "en" and _ABBREVIATIONS.fullmatch(word) else self._stem(word)
            term = self[word] = self._prefix + stemmed
            return term


class Language:
    """One language: its stop words, and `terms[word]`, the term a word is indexed under ("en:organ" for "organizing")."""

    def __init__(self, code: str) -> None:
        self.code = code
        self.stop_words = STOP_WORDS.get(code, frozenset())
        algorithm = _SNOWBALL.get(code)
        self.terms: dict[str, str] = _Terms(code, algorithm if algorithm in algorithms() else None)


@cache
def _language(code: str) -> Language:
    return Language(code)


def language(code: str) -> Language:
    """The language of a BCP 47 code, by its first part; made-up codes are all one language without a stemmer."""
    primary = code.partition("-")[0].lower()
    return _language(primary if 2 <= len(primary) <= 3 and primary.isascii() and primary.isalpha() else "und")
