"""A wiki of any size and history, always the same: tools and guides of about 3 KB with facts and links, words as frequent
as in a language. Page number i is the same in a wiki of any size, but for where its links lead."""

from __future__ import annotations

import bisect
import itertools
import random
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import IO

CATEGORIES = ("communications", "field", "fundraising", "tips")
FUNCTIONS = ("p2p-texting", "mass-texting", "phonebank", "canvassing", "relational", "crm", "data-analytics", "events")
COSTS = ("free", "$", "$$", "$$$")
PLATFORMS = ("web", "ios", "android", "windows", "linux", "sms", "phone")
HOSTING = ("vendor", "self-host", "on-device", "federated")
AUDIENCES = ("union-local", "community-org", "coalition", "statewide-campaign", "candidate")
_SHORT = """
the a of to and in is it for on with you we they not or as by at be from this that can will if your one
"""
_TOPICS = """
tenant meeting flyer canvass volunteer shift phone letter march strike picket kitchen choir garden ballot petition
neighbor carpool banner budget donor pledge ledger receipt grant story reporter camera poster sticker megaphone
marshal medic lawyer hotline shelter pantry library school clinic union steward council hearing permit street block
doorbell map route list card badge form survey calendar reminder message group channel call video caption translation
interpreter note agenda minutes vote consensus circle facilitator trainer workshop handout slide password backup
laptop printer router signal server account invite member chapter coalition campaign leader mentor newcomer welcome
thanks
"""
_ONSETS = "b ch d f g h j k l m n p qu r s sh t v w z bl cr dr fl gr pl sk st tr"
_NUCLEI = "a e i o u ai ee oa"
CODAS = ["", "", "b", "d", "k", "l", "m", "n", "r", "s", "t", "x", "nt", "rk"]
TOPICS, ONSETS, NUCLEI = _TOPICS.split(), _ONSETS.split(), _NUCLEI.split()
RARE_WORDS = 6_000
SKEW = 1.05
EPOCH = 1_704_067_200  # 2024-01-01
SECONDS_BETWEEN = 300
HOT_EVERY = 100


@cache
def _vocabulary() -> tuple[tuple[str, ...], tuple[float, ...]]:
    """All words, the frequent first, and their weights added up."""
    chance = random.Random(2024)
    words = dict.fromkeys([*_SHORT.split(), *TOPICS])
    while len(words) < RARE_WORDS:
        parts = (
            chance.choice(ONSETS) + chance.choice(NUCLEI) + chance.choice(CODAS) for _ in range(chance.choice((2, 3)))
        )
        words["".join(parts)] = None
    weights = itertools.accumulate(1 / (rank + 3) ** SKEW for rank in range(len(words)))
    return tuple(words), tuple(weights)


def _words(chance: random.Random, count: int) -> str:
    words, weights = _vocabulary()
    return " ".join(words[bisect.bisect(weights, chance.random() * weights[-1])] for _ in range(count))


def sentence(chance: random.Random) -> str:
    return _words(chance, chance.randint(6, 17)).capitalize() + "."


def _paragraph(chance: random.Random) -> str:
    return " ".join(sentence(chance) for _ in range(5))


def path(number: int) -> str:
    """The address of a page."""
    chance = random.Random(f"path {number}")
    return f"{CATEGORIES[number % 4]}/{chance.choice(TOPICS)}-{chance.choice(TOPICS)}-{number}"


def is_tool(number: int) -> bool:
    """Every eighth page is a guide."""
    return number % 8 != 7


def token(number: int) -> str:
    """A word that occurs on this page only."""
    letters = "".join(chr(ord("a") + int(digit)) for digit in str(number))
    return f"zy{letters}"


def page(number: int, pages: int) -> str:
    """The source of a page in a wiki of so many."""
    chance = random.Random(f"page {number}")
    title = path(number).rpartition("/")[2].replace("-", " ").capitalize()
    facts = _tool(chance, number) if is_tool(number) else f"level: intro\nminutes: {chance.randint(3, 20)}\n"
    head = f"kind: {'tool' if is_tool(number) else 'guide'}\ntitle: {title}\nsummary: {sentence(chance)}\n"
    head += f"categories: [{CATEGORIES[number % 4]}]\n{facts}"
    # A chance of their own: how many numbers it gives depends on the number of pages.
    leading = random.Random(f"links {number}")
    links = "\n".join(f"- [{_words(leading, 2)}](/{path(leading.randrange(pages))})" for _ in range(4))
    rows = "\n".join("| " + " | ".join(_words(chance, count) for count in (1, 2, 4)) + " |" for _ in range(4))
    steps = "\n".join(f"{step}. {sentence(chance)}" for step in range(1, 6))
    return (
        f"---\n{head}---\n**{title}**, also {token(number)}. {_paragraph(chance)}\n\n## When it helps\n\n{_paragraph(chance)}\n\n"
        f"{_paragraph(chance)}\n\n## What it costs\n\n| what | price | limits |\n| --- | --- | --- |\n{rows}\n\n"
        f"## First steps\n\n{steps}\n\n> {sentence(chance)}\n\n{_paragraph(chance)}\n\n## See also\n\n{links}\n"
    )


def _tool(chance: random.Random, number: int) -> str:
    functions, platforms = chance.sample(FUNCTIONS, 2), chance.sample(PLATFORMS, 3)
    return (
        f"functions: [{', '.join(functions)}]\nurl: https://tool-{number}.example/\nvendor:\n  name: Maker {number % 90}\n"
        f"cost:\n  level: {chance.choice(COSTS)}\n  as_of: 2025-0{chance.randint(1, 9)}-11\n"
        f"platforms: [{', '.join(platforms)}]\nhosting: [{chance.choice(HOSTING)}]\n"
        f"license:\n  type: {chance.choice(('open-source', 'proprietary'))}\n"
        f"fit:\n  for: [{', '.join(chance.sample(AUDIENCES, 2))}]\nstatus: active\n"
    )


def queries(count: int) -> list[str]:
    """Different queries of one to three words: common, rare, mixed."""
    chance = random.Random("queries")
    rare = _vocabulary()[0][400:3_000]
    shapes = ((TOPICS,), (rare,), (TOPICS, TOPICS), (TOPICS, rare), (TOPICS, TOPICS, TOPICS))
    found: dict[str, None] = {}
    while len(found) < count:
        found[" ".join(chance.choice(words) for words in shapes[len(found) % len(shapes)])] = None
    return list(found)


def noted(source: str, note: int) -> str:
    """A page with its last line replaced (or the first time: added), so that pages don't grow with the history."""
    chance = random.Random(f"note {note}")
    return f"{source.partition('Noted ')[0].rstrip()}\n\nNoted {note}: {sentence(chance)}\n"


def write_repository(folder: Path, pages: int, commits: int, settings: Mapping[str, bytes]) -> None:
    """A new repository with all pages and settings in its first commit, and one page changed by each further one."""
    subprocess.run(["git", "init", "-q", "-b", "main", str(folder)], check=True)
    texts = [page(number, pages) for number in range(pages)]
    first = {**settings, **{f"{path(number)}.md": text.encode() for number, text in enumerate(texts)}}
    with _importing(folder) as stream:
        _commit(stream, 0, first, "Begin")
        for number, note in _changed(pages, commits):
            texts[number] = noted(texts[number], note)
            _commit(stream, note, {f"{path(number)}.md": texts[number].encode()}, f"Note on {path(number)}")
    subprocess.run(["git", "-C", str(folder), "reset", "-q", "--hard"], check=True)


def push(folder: Path, files: Mapping[str, bytes]) -> None:
    """One commit more on the branch, as git would put it there."""
    head = subprocess.run(["git", "-C", str(folder), "rev-parse", "HEAD"], check=True, capture_output=True, text=True)
    with _importing(folder) as stream:
        _commit(stream, 1_000_000, files, "Pushed", parent=head.stdout.strip())


def _changed(pages: int, commits: int) -> Iterator[tuple[int, int]]:
    """Which page each commit changes; every hundredth is page 0, which so gets a long history."""
    chance = random.Random("history")
    for note in range(1, commits):
        yield (0 if note % HOT_EVERY == 0 else chance.randrange(pages)), note


class _importing:
    """`git fast-import` into a repository."""

    def __init__(self, folder: Path) -> None:
        self._command = ["git", "-C", str(folder), "fast-import", "--quiet"]

    def __enter__(self) -> IO[bytes]:
        self._process = subprocess.Popen(self._command, stdin=subprocess.PIPE)
        assert self._process.stdin is not None
        return self._process.stdin

    def __exit__(self, *error: object) -> None:
        self._process.communicate()
        if self._process.returncode and not any(error):
            raise RuntimeError("git fast-import failed")


def _commit(stream: IO[bytes], number: int, files: Mapping[str, bytes], message: str, parent: str = "") -> None:
    person = f"Person {number % 17} <person-{number % 17}@users.noreply.wiki.invalid>"
    head = f"commit refs/heads/main\ncommitter {person} {EPOCH + number * SECONDS_BETWEEN} +0000\ndata {len(message)}\n{message}\n"
    stream.write(head.encode() + (f"from {parent}\n".encode() if parent else b""))
    for name, data in files.items():
        stream.write(f"M 100644 inline {name}\ndata {len(data)}\n".encode() + data + b"\n")


def numbers(pages: int, count: int, seed: str, tools: bool = False) -> Sequence[int]:
    """Different pages by chance, as many as there are at most."""
    found = [number for number in range(1, pages) if not tools or is_tool(number)]
    random.Random(seed).shuffle(found)
    return found[:count]
