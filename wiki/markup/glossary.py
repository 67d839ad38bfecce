"""Terms of the glossary, linked where a text first uses them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from html import escape, unescape

PIECE = re.compile(r"<(?P<end>/?)(?P<name>[a-z][a-z0-9]*)[^>]*>|(?P<text>[^<]+)")
WORD = re.compile(r"\w+(?:['’-]\w+)*|&(?!nbsp;)[#\w]+;")
# Words of one phrase may stand this far from each other: blanks, a line feed, a hyphen.
BETWEEN = re.compile(r"(?:\s|&nbsp;){0,4}|[-/]")
LEFT_ALONE = frozenset(
    ("a", "abbr", "code", "kbd", "pre", "samp", "h1", "h2", "h3", "h4", "h5", "h6", "label", "summary")
)
MAX_WORDS = 6


@dataclass(frozen=True, slots=True)
class Term:
    """`phrase` as it is written in texts; several phrases may lead to the same `url`. `short` explains it."""

    phrase: str
    short: str
    url: str


class Glossary:
    """Terms, ready to be looked up; made once and used for many pages.

    Phrases in capitals (acronyms) are found as they are written, others in any case; whole words only; of several that
    begin at the same word the longest.
    """

    def __init__(self, terms: Iterable[Term]) -> None:
        # By words and, for acronyms, by the exact form: {("crm",): {"CRM": term}}; "" stands for any form.
        self._terms: dict[tuple[str, ...], dict[str, Term]] = {}
        self._longer: set[tuple[str, ...]] = set()
        for term in terms:
            words = _words(term.phrase)
            if 0 < len(words) <= MAX_WORDS:
                form = term.phrase if _is_acronym(term.phrase) else ""
                self._terms.setdefault(words, {}).setdefault(escape(form), term)
                self._longer.update(words[:count] for count in range(len(words)))

    def annotate(self, html: str, skip_url: str = "") -> str:
        """`html` (clean) with the first use of each term in running text as `<a class="term" href title>`.

        Links, code, headings and labels are left alone, and so is the term at `skip_url`: the page itself.
        """
        if not self._terms:
            return html
        out: list[str] = []
        closed_by = ""
        depth = 0
        used = {skip_url}
        for match in PIECE.finditer(html):
            name = match["name"]
            if name is None:
                out.append(match[0] if closed_by else self._text(match[0], used))
                continue
            out.append(match[0])
            if not closed_by and name in LEFT_ALONE and not match["end"]:
                closed_by, depth = name, 1
            elif name == closed_by:
                depth += -1 if match["end"] else 1
                if not depth:
                    closed_by = ""
        return "".join(out)

    def _text(self, text: str, used: set[str]) -> str:
        words = list(WORD.finditer(text))
        out: list[str] = []
        written = index = 0
        while index < len(words):
            found = self._at(text, words, index, used)
            if found is None:
                index += 1
                continue
            term, count = found
            start, end = words[index].start(), words[index + count - 1].end()
            link = f'<a class="term" href="{escape(term.url)}" title="{escape(term.short)}">'
            out += [text[written:start], link, text[start:end], "</a>"]
            used.add(term.url)
            written, index = end, index + count
        return "".join([*out, text[written:]]) if out else text

    def _at(self, text: str, words: list[re.Match[str]], index: int, used: set[str]) -> tuple[Term, int] | None:
        phrase: tuple[str, ...] = ()
        found = None
        start = words[index].start()
        for offset in range(index, len(words)):
            if phrase not in self._longer:
                break
            match = words[offset]
            if phrase and not BETWEEN.fullmatch(text, words[offset - 1].end(), match.start()):
                break
            phrase = (*phrase, match[0].casefold())
            forms = self._terms.get(phrase)
            if forms:
                term = forms.get(text[start : match.end()]) or forms.get("")
                if term and term.url not in used:
                    found = term, offset - index + 1
        return found


def _words(phrase: str) -> tuple[str, ...]:
    return tuple(match[0].casefold() for match in WORD.finditer(escape(unescape(phrase), quote=False)))


def _is_acronym(phrase: str) -> bool:
    return phrase.isupper() and len(phrase) < 12
