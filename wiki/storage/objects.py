"""The objects of git as values: what is read from their bytes, and the bytes that are written.

Everything here may come from a hostile repository: names need not be UTF-8, dates need not exist, messages may be huge.
Names that are not UTF-8 are decoded with surrogate escapes, so that they can be looked up again; people's words
(names, messages) are decoded with replacement, so that they can always be shown.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from wiki.invisible import visible

FILE = 0o100644
EXECUTABLE = 0o100755
LINK = 0o120000
FOLDER = 0o040000
# Git's words for "no object".
NO_ID = "0" * 40

# Bytes of a commit that are looked at: who wrote it, its parents, and as much of its message as is kept.
MAX_COMMIT = 400_000
MAX_MESSAGE = 100_000
MAX_NAME = 200

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EARLIEST = int((datetime(1, 1, 2, tzinfo=UTC) - _EPOCH).total_seconds())
_LATEST = int((datetime(9999, 12, 30, tzinfo=UTC) - _EPOCH).total_seconds())
# Or all that is left, which is none: looking for the next in it would take the square of its length.
_TREE_ENTRY = re.compile(rb"([0-7]{1,7}) ([^\0]*)\0(.{20})|.+", re.DOTALL)
_DATE = re.compile(rb"> ?(-?\d{1,30})(?: [+-]\d{1,6})?$")
_OLD_CODES = re.compile(
    r"(?i)iso-8859-(?:[1-9]|1[03456])|latin-?1|windows-125[0-8]|koi8-[ru]|shift_jis|euc-(?:jp|kr)|gbk|big5"
)
_ID = 20
_TRAILER = re.compile(r"^([A-Za-z0-9][A-Za-z0-9-]*): *(.*)$")


@dataclass(frozen=True, slots=True)
class Entry:
    """One name in a tree. `path` is complete from the root; `kind` is blob, link, submodule or tree."""

    path: str
    mode: int
    id: str

    @property
    def kind(self) -> str:
        """blob, link, submodule or tree."""
        return kind_of(self.mode)


@dataclass(frozen=True, slots=True)
class Blob:
    """A file's content as stored."""

    id: str
    mode: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Change:
    """One path that differs between two commits. `status` is A, M, D or T (another kind of thing); ids are None and
    modes 0 where the path is not there."""

    path: str
    status: str
    old_id: str | None
    new_id: str | None
    old_mode: int = 0
    new_mode: int = 0


@dataclass(frozen=True, slots=True)
class Person:
    """Name and address as they stand in a commit; neither is verified."""

    name: str
    email: str


@dataclass(frozen=True, slots=True)
class Commit:
    """A commit. Dates are UTC, brought into the years 1 to 9999; `body` is the message without its first line and
    without its trailers; a message longer than MAX_MESSAGE bytes is cut."""

    id: str
    parents: tuple[str, ...]
    tree: str
    author: Person
    authored: datetime
    committer: Person
    committed: datetime
    subject: str
    body: str
    trailers: dict[str, tuple[str, ...]] = field(default_factory=dict)


def kind_of(mode: int) -> str:
    """What a mode stands for: blob, link, submodule or tree."""
    return {0o04: "tree", 0o12: "link", 0o16: "submodule"}.get(mode >> 12, "blob")


def name_from(raw: bytes) -> str:
    """A name in a tree as text; bytes that are not UTF-8 survive as lone surrogates."""
    return raw.decode("utf-8", "surrogateescape")


def shown_name(name: str) -> str:
    """A name for people to see, and for what takes only text: bytes that are not UTF-8 as escapes. No file has it then."""
    return name.encode("utf-8", "backslashreplace").decode()


def name_bytes(name: str) -> bytes:
    """The opposite of `name_from`."""
    return name.encode("utf-8", "surrogateescape")


def parse_tree(data: bytes) -> tuple[dict[str, tuple[int, str]], bool]:
    """Names of one tree to (mode, id); and whether they are all that is in it, each of them once."""
    found: dict[str, tuple[int, str]] = {}
    modes: dict[bytes, int] = {}
    count = 0
    for mode, name, id in map(re.Match.groups, _TREE_ENTRY.finditer(data)):
        if id is None:
            return found, False
        count += 1
        number = modes.get(mode)
        if number is None:
            number = modes[mode] = int(mode, 8)
        found[name.decode("utf-8", "surrogateescape")] = (number, id.hex())
    return found, count == len(found)


def tree_bytes(entries: Mapping[str, tuple[int, str]]) -> bytes:
    """One tree in git's own order: a folder sorts as if its name ended in a slash."""
    rows = [(name_bytes(name), mode, id) for name, (mode, id) in entries.items()]
    rows.sort(key=lambda row: row[0] + b"/" if kind_of(row[1]) == "tree" else row[0])
    return b"".join(b"%o %s\0%s" % (mode, name, bytes.fromhex(id)) for name, mode, id in rows)


def exchanged(data: bytes, name: str, old: tuple[int, str], new: tuple[int, str]) -> bytes | None:
    """The bytes of a tree with another id for a name; None where the mode is another too, or the entry is not seen at a
    glance."""
    row = b"%o %s\0%s" % (old[0], name_bytes(name), bytes.fromhex(old[1]))
    place = data.find(row)
    # A name may hold what looks like another entry.
    if old[0] != new[0] or place < 0 or data.find(row, place + 1) >= 0:
        return None
    end = place + len(row)
    return data[: end - _ID] + bytes.fromhex(new[1]) + data[end:]


def parse_commit(id: str, data: bytes) -> Commit:
    """A commit from its bytes; what is malformed becomes empty or 1970 rather than an error."""
    head, _, message = data.partition(b"\n\n")
    parents: list[str] = []
    tree, encoding = "", "utf-8"
    author = committer = (Person("", ""), _EPOCH)
    for line in head.split(b"\n"):
        key, _, value = line.partition(b" ")
        if key == b"parent":
            parents.append(value.decode("ascii", "replace"))
        elif key == b"tree":
            tree = value.decode("ascii", "replace")
        elif key == b"author":
            author = _signature(value)
        elif key == b"committer":
            committer = _signature(value)
        elif key == b"encoding":
            encoding = value.decode("ascii", "replace")
    subject, body, trailers = _message(visible(_text(message[:MAX_MESSAGE], encoding)))
    return Commit(id, tuple(parents), tree, *author, *committer, subject, body, trailers)


def weight(commit: Commit) -> int:
    """How much room a commit takes, in thousands of characters; one of the usual kind counts as 1."""
    said = sum(50 + len(value) for values in commit.trailers.values() for value in values)
    return 1 + (len(commit.subject) + len(commit.body) + said + 100 * len(commit.parents)) // 1_000


def commit_bytes(
    tree: str, parents: Sequence[str], author: Person, committer: Person, when: datetime, message: str
) -> bytes:
    """A commit as it is stored. People's words can't break out of their line."""
    seconds = int(when.timestamp())
    lines = [f"tree {tree}", *(f"parent {parent}" for parent in parents)]
    lines.append(f"author {_identity(author)} {seconds} +0000")
    lines.append(f"committer {_identity(committer)} {seconds} +0000")
    text = message.replace("\0", "").replace("\r\n", "\n").strip("\n")
    return ("\n".join(lines) + "\n\n" + text + "\n").encode("utf-8", "replace")


def _identity(person: Person) -> str:
    return f"{_one_line(person.name) or 'unknown'} <{_one_line(person.email).replace(' ', '')}>"


def _one_line(text: str) -> str:
    cleaned = "".join(" " if ord(char) < 32 or ord(char) == 127 else char for char in text if char not in "<>")
    return " ".join(cleaned.split())[:MAX_NAME].strip(" .,:;\"'\\")


def _signature(raw: bytes) -> tuple[Person, datetime]:
    name, _, rest = raw.partition(b"<")
    email = rest.partition(b">")[0]
    found = _DATE.search(raw)
    seconds = min(max(int(found[1]) if found else 0, _EARLIEST), _LATEST)
    return Person(visible(_text(name[:MAX_NAME])).strip(), visible(_text(email[:MAX_NAME]))), _EPOCH + timedelta(
        seconds=seconds
    )


def _text(raw: bytes, encoding: str = "utf-8") -> str:
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        # Python knows more codes than letters have, some of them slow or able to make half characters.
        return raw.decode(encoding if _OLD_CODES.fullmatch(encoding) else "utf-8", "replace")


def _message(text: str) -> tuple[str, str, dict[str, tuple[str, ...]]]:
    subject, _, rest = text.strip("\n").replace("\0", "").partition("\n")
    rest = rest.strip("\n")
    before, _, last = rest.rpartition("\n\n")
    trailers = _trailers(last.split("\n")) if last else {}
    return subject.strip(), (before if trailers else rest).strip("\n"), trailers


def _trailers(lines: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """The trailers if the paragraph consists of nothing else; then nobody's prose is taken for one."""
    found: dict[str, list[str]] = {}
    for line in lines:
        match = _TRAILER.match(line)
        if not match:
            return {}
        found.setdefault(match[1], []).append(match[2].strip())
    return {key: tuple(values) for key, values in found.items()}
