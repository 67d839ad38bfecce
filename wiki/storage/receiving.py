"""A push: what is asked for, whether it may be, and what is answered.

Git's own `receive-pack` would move the refs by itself. Here they are moved by the Writer, as every other change: under its
lock, by comparison, with index and files following. Either all refs of a push are moved or, where something is wrong with
one, none.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import IO

from wiki.errors import Invalid, Problem, WikiError
from wiki.storage.names import is_safe
from wiki.storage.objects import NO_ID
from wiki.storage.packets import FLUSH, joined, packet, read_packets, side_band
from wiki.storage.quarantine import Quarantine
from wiki.storage.references import HEX, is_ref_name
from wiki.storage.repository import Repository
from wiki.storage.writer import RefMoved, Writer, unwritable

log = logging.getLogger(__name__)
MAX_COMMANDS = 1_000
MAX_NAMED = 50
CAPABILITIES = (
    "report-status side-band-64k delete-refs atomic quiet ofs-delta object-format=sha1 agent=movement-tech-wiki"
)


@dataclass(frozen=True, slots=True)
class Update:
    """One ref that a push wants moved; `old` None makes it, `new` None deletes it."""

    ref: str
    old: str | None
    new: str | None


@dataclass(frozen=True, slots=True)
class PushRights:
    """What a person may push: the refs that start with one of `refs`, and by force where history may be rewritten."""

    refs: tuple[str, ...]
    force: bool = False


# What is wrong with one update, looked at in a repository that holds what is new; nothing is, if empty.
Check = Callable[[Repository, Update], Iterable[Problem]]


def advertise(refs: Mapping[str, str]) -> bytes:
    """What a client is told before it pushes: the refs there are, and what it may ask for."""
    lines = [f"{id} {ref}" for ref, id in sorted(refs.items())] or [f"{NO_ID} capabilities^{{}}"]
    return joined([f"{lines[0]}\0{CAPABILITIES}\n", *(f"{line}\n" for line in lines[1:])])


def receive(
    writer: Writer,
    repository: Repository,
    request: IO[bytes],
    rights: PushRights,
    check: Check,
    describe: Callable[[Problem], str],
    max_bytes: int,
) -> tuple[bytes, list[Update]]:
    """Answer one push; the answer's bytes, and the updates that were made.

    Raises Invalid("git.protocol") for what is no push at all.
    """
    updates, capabilities = _read_updates(request)
    if not updates:
        # A client that is about to send much asks first, with nothing, whether it may.
        return b"", []
    push = _Push(writer, repository, rights, check, describe)
    words: list[str] = []
    status: dict[str, str] = {}
    unpacked = "ok"
    done: list[Update] = []
    try:
        done = push.make(updates, request, max_bytes)
        status = {update.ref: push.refused.get(update.ref, "") for update in updates}
    except _Refused as refused:
        words = [_line(problem, describe) for problem in refused.problems[:MAX_NAMED]]
        if len(refused.problems) > MAX_NAMED:
            words.append(describe(Problem("push.more", params={"count": len(refused.problems) - MAX_NAMED})))
        one = refused.problems[0] if len(refused.problems) == 1 else Problem("push.refused")
        status = {update.ref: _shown(describe(one)) for update in updates}
    except WikiError as error:
        if isinstance(error, Invalid) and error.code == "push.pack":
            unpacked = "error"
        words = [_line(Problem(error.code, params=error.params), describe)]
        status = {update.ref: words[0] for update in updates}
    return _report(unpacked, status, words, capabilities), done


class _Refused(Exception):
    def __init__(self, problems: list[Problem]) -> None:
        super().__init__(problems)
        self.problems = problems


class _Push:
    def __init__(
        self,
        writer: Writer,
        repository: Repository,
        rights: PushRights,
        check: Check,
        describe: Callable[[Problem], str],
    ) -> None:
        self._writer = writer
        self._repository = repository
        self._rights = rights
        self._check = check
        self._describe = describe
        self.refused: dict[str, str] = {}

    def make(self, updates: list[Update], pack: IO[bytes], max_bytes: int) -> list[Update]:
        """Make the updates; those that could not be made are in `refused`, with words. Raises _Refused if something is wrong with
        one, and what `Quarantine` and `Writer` raise."""
        self._require([problem for update in updates for problem in self._may(update)])
        new = [update.new for update in updates if update.new is not None]
        if not new:
            return self._move(updates)
        try:
            return self._take_in(updates, new, pack, max_bytes)
        except OSError as error:
            raise unwritable(error)

    def _take_in(self, updates: list[Update], new: list[str], pack: IO[bytes], max_bytes: int) -> list[Update]:
        quarantine = Quarantine(self._repository, self._writer.fsync)
        try:
            if self._has_more(pack):
                quarantine.unpack(pack, max_bytes)
            quarantine.require_complete(new)
            self._require([problem for update in updates for problem in self._problems(quarantine.repository, update)])
            with self._writer.taking_in(quarantine.release):
                return self._move(updates)
        finally:
            quarantine.close()

    def _may(self, update: Update) -> Iterator[Problem]:
        branch = self._repository.branch()
        if update.ref != branch and not update.ref.startswith(self._rights.refs):
            yield Problem("push.ref", update.ref, {"branch": (branch or "").removeprefix("refs/heads/")})
        elif update.ref == branch and update.new is None:
            yield Problem("push.delete_branch", update.ref)

    def _problems(self, repository: Repository, update: Update) -> Iterator[Problem]:
        if update.new is None:
            return
        repository.commit(update.new)
        on_branch = update.ref == self._repository.branch()
        forced = on_branch and update.old is not None and not repository.is_ancestor(update.old, update.new)
        if forced and not self._rights.force:
            yield Problem("push.rewrites_history", update.ref)
            return
        for change in repository.diff(update.old, update.new):
            if change.new_id is not None and not is_safe(change.path):
                yield Problem("path.forbidden", change.path)
        yield from self._check(repository, update)

    def _move(self, updates: list[Update]) -> list[Update]:
        done = []
        for update in updates:
            try:
                if update.new is None:
                    self._writer.delete_ref(update.ref, update.old or NO_ID)
                else:
                    self._writer.update_ref(update.ref, update.new, update.old)
                done.append(update)
            except RefMoved:
                # The words git has for it, so that the person's git says to fetch first.
                self.refused[update.ref] = "fetch first"
            except WikiError as error:
                log.warning("a pushed ref could not be moved: %s", error)
                self.refused[update.ref] = _shown(self._describe(Problem(error.code, params=error.params)))
        return done

    @staticmethod
    def _has_more(pack: IO[bytes]) -> bool:
        start = pack.tell()
        more = bool(pack.read(1))
        pack.seek(start)
        return more

    @staticmethod
    def _require(problems: list[Problem]) -> None:
        if problems:
            raise _Refused(problems)


def _read_updates(request: IO[bytes]) -> tuple[list[Update], set[str]]:
    """The updates asked for and the client's capabilities; leaves the stream where the pack begins."""
    updates: dict[str, Update] = {}
    capabilities: set[str] = set()
    for line in read_packets(request, MAX_COMMANDS):
        if line is None:
            return list(updates.values()), capabilities
        text, _, offered = line.decode("utf-8", "replace").partition("\0")
        capabilities |= set(offered.split())
        if text.startswith("shallow "):
            continue
        old, _, rest = text.rstrip("\n").partition(" ")
        new, _, ref = rest.partition(" ")
        if not HEX.fullmatch(old) or not HEX.fullmatch(new) or not is_ref_name(ref) or ref in updates:
            raise Invalid("git.protocol")
        updates[ref] = Update(ref, None if old == NO_ID else old, None if new == NO_ID else new)
    raise Invalid("git.protocol")


def _line(problem: Problem, describe: Callable[[Problem], str]) -> str:
    place = problem.where if not problem.line else f"{problem.where}:{problem.line}"
    text = f"{place}: {describe(problem)}" if place else describe(problem)
    return _shown(text)


def _shown(text: str) -> str:
    """Words for a terminal: one line, nothing that could steer it."""
    return "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in text)[:1_000]


def _report(unpacked: str, status: dict[str, str], words: list[str], capabilities: set[str]) -> bytes:
    lines = [f"unpack {unpacked}\n"]
    lines += [f"ng {ref} {reason}\n" if reason else f"ok {ref}\n" for ref, reason in status.items()]
    report = joined(lines) if "report-status" in capabilities else b""
    if "side-band-64k" not in capabilities:
        return report
    said = "".join(f"{line}\n" for line in words).encode("utf-8", "replace")
    return b"".join([*side_band(2, said), *side_band(1, report), FLUSH])


def hello(service: str) -> bytes:
    """How the answer to a first request over HTTP begins."""
    return packet(f"# service={service}\n") + FLUSH
