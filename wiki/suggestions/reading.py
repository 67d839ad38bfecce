"""Suggestions read from their refs. What was read is remembered for as long as the refs stay where they are."""

from __future__ import annotations

import threading
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from wiki.editing.edit import STRANGER
from wiki.editing.signing import MAX_SUMMARY, one_line
from wiki.errors import WikiError
from wiki.storage.objects import Change, Commit
from wiki.storage.repository import Repository
from wiki.suggestions.branch import Branch, Holdings
from wiki.suggestions.suggestion import REFS, Event, State, Suggestion, TalkEntry, head_ref, parse_ref, talk_ref
from wiki.suggestions.talk import Said, Talk, read_talk

MAX_COMMITS = 50


@dataclass(frozen=True, slots=True)
class Refs:
    """Where the two refs of a suggestion stand; empty for one that is not there."""

    head: str = ""
    talk: str = ""


@dataclass(frozen=True, slots=True)
class Record:
    """What lists need of a suggestion, as far as it doesn't depend on the branch.

    `commits` are those that belong to it, newest first; there is at least one. `state` is what the talk says.
    """

    number: int
    refs: Refs
    base: str
    commits: tuple[Commit, ...]
    changes: tuple[Change, ...]
    affiliation: str
    updated: datetime
    state: State
    merged_as: str

    @property
    def first(self) -> Commit:
        """The commit that made it a suggestion: its author and title are the suggestion's."""
        return self.commits[-1]


class SuggestionReader:
    """Reads suggestions. `domain` is that of the addresses that the engine gives its people in git."""

    def __init__(self, repository: Repository, branch: Branch, domain: str) -> None:
        self._repository = repository
        self._branch = branch
        self._domain = domain
        self._lock = threading.Lock()
        self._records: dict[int, tuple[Refs, Record | None]] = {}
        self._listed: tuple[dict[str, str], Mapping[int, Record]] = ({}, {})

    def one(self, number: int) -> Record | None:
        """One suggestion; None if there is none."""
        refs = self.refs_of(number)
        return self.record(number, refs) if refs.head else None

    def refs_of(self, number: int) -> Refs:
        """The refs of one suggestion."""
        head, talk = (self._repository.ref(name) for name in (head_ref(number), talk_ref(number)))
        return Refs(head or "", talk or "")

    def records(self) -> Mapping[int, Record]:
        """Every suggestion that is there, by number; the very same mapping for as long as no ref moves."""
        refs = self._repository.refs(REFS)
        listed_refs, listed = self._listed
        if refs == listed_refs:
            return listed
        present: dict[int, Refs] = {}
        for name, id in refs.items():
            parsed = parse_ref(name)
            if parsed is not None:
                number, end = parsed
                known = present.get(number, Refs())
                present[number] = Refs(id, known.talk) if end == "head" else Refs(known.head, id)
        with self._lock:
            for number in self._records.keys() - present.keys():
                del self._records[number]
        found = ((number, self.record(number, refs)) for number, refs in sorted(present.items()) if refs.head)
        listed = {number: record for number, record in found if record is not None}
        self._listed = (refs, listed)
        return listed

    def record(self, number: int, refs: Refs) -> Record | None:
        """One suggestion; None if there is none, or what the ref holds can't be one."""
        with self._lock:
            known = self._records.get(number)
        if known is not None and known[0] == refs:
            return known[1]
        try:
            record = self._read(number, refs)
        except WikiError:
            # Somebody has put something else there, or it is damaged; the others are shown all the same.
            record = None
        with self._lock:
            self._records[number] = (refs, record)
        return record

    def talk(self, refs: Refs) -> Talk:
        """What was said about a suggestion."""
        return read_talk(self._repository, refs.talk) if refs.talk else Talk()

    def holdings(self, records: Collection[Record]) -> Holdings:
        """What the branch holds, as far as these suggestions need to know. The talk's word on approval is taken."""
        return self._branch.holdings(
            {record.refs.head: record.base for record in records if record.state is not State.APPROVED}
        )

    def suggestion(self, record: Record, holdings: Holdings) -> Suggestion:
        """A record with what the branch says about it."""
        merged_as = holdings.heads.get(record.refs.head) or self._recorded(record, holdings)
        return Suggestion(
            number=record.number,
            state=State.APPROVED if merged_as else record.state,
            title=one_line(record.first.subject, MAX_SUMMARY),
            author_name=record.first.author.name,
            author_username=self.username(record.first),
            affiliation=record.affiliation,
            created=record.first.authored,
            updated=record.updated,
            base=record.base,
            head=record.refs.head,
            paths=tuple(change.path for change in record.changes),
            merged_as=merged_as or record.merged_as,
        )

    def _recorded(self, record: Record, holdings: Holdings) -> str:
        """The commit of the branch that says it took this suggestion in; empty if there is none."""
        id = holdings.numbers.get(record.number, "")
        # One of the suggestion's own says so too, and may have been followed by others; and before there was this
        # suggestion, the number may have been that of one made and deleted with plain git.
        is_own = any(commit.id == id for commit in record.commits[1:])
        return id if id and not is_own and self._repository.commit(id).committed >= record.first.committed else ""

    def entries(self, record: Record) -> tuple[TalkEntry, ...]:
        """The talk in the order in which things happened, later commits of the suggestion in their place."""
        amended = list(record.commits[-2::-1])
        entries: list[TalkEntry] = []
        for said in self.talk(record.refs).entries:
            seen = _seen(said, amended)
            entries += [self._amended(commit) for commit in amended[:seen]]
            del amended[:seen]
            author, username, when = said.commit.author.name, self.username(said.commit), said.commit.authored
            entries.append(TalkEntry(author, username, when, said.text, said.event, said.left_out))
        return (*entries, *(self._amended(commit) for commit in amended))

    def username(self, commit: Commit) -> str:
        """The account that a commit is by; empty for a stranger, and for an address that is not of this wiki."""
        name, _, domain = commit.author.email.partition("@")
        return name if domain == self._domain and name != STRANGER else ""

    def _amended(self, commit: Commit) -> TalkEntry:
        return TalkEntry(
            commit.author.name,
            self.username(commit),
            commit.authored,
            one_line(commit.subject, MAX_SUMMARY),
            Event.AMENDED,
        )

    def _read(self, number: int, refs: Refs) -> Record | None:
        talk = self.talk(refs)
        base, commits = self._commits(number, refs.head, talk.base)
        if not commits:
            return None
        state, merged_as = talk.verdict(refs.head, commits[-1].author.email)
        own = (commit for commit in commits if commit.author.email == commits[-1].author.email)
        stated = (commit.trailers["Affiliation"][-1] for commit in own if "Affiliation" in commit.trailers)
        return Record(
            number=number,
            refs=refs,
            base=base,
            commits=commits,
            changes=tuple(self._repository.diff(base, refs.head)),
            affiliation=one_line(next(stated, ""), MAX_SUMMARY),
            updated=max(commit.committed for commit in (commits[0], *(said.commit for said in talk.entries[-1:]))),
            state=state,
            merged_as=merged_as,
        )

    def _commits(self, number: int, head: str, began: str) -> tuple[str, tuple[Commit, ...]]:
        """The commit that a suggestion is a change of, and its commits, newest first; `began` is where it was made."""
        commits: list[Commit] = []
        id = head
        while id and id != began and len(commits) < MAX_COMMITS:
            commits.append(self._repository.commit(id))
            id = next(iter(commits[-1].parents), "")
        if not commits and id == began:
            return began, ()
        # Moved to another base, it may still come after where it began, but with others' commits in between.
        as_made = bool(began) and id == began and _belongs(commits[-1], number)
        if as_made and all(len(commit.parents) == 1 for commit in commits):
            return began, tuple(commits)
        base = self._repository.merge_base(head, self._repository.head())
        if as_made:
            # The branch was merged into it.
            return (base if base and base != head else began), tuple(commits)
        return self._foreign(number, head, base, commits)

    def _foreign(
        self, number: int, head: str, base: str | None, commits: list[Commit]
    ) -> tuple[str, tuple[Commit, ...]]:
        """The same for a suggestion that was made, or moved to another base, with plain git."""
        if base is None:
            return head, ()
        parents = [next(iter(commit.parents), "") for commit in commits]
        if base != head:
            return base, tuple(commits[: parents.index(base) + 1] if base in parents else commits[:1])
        # Merged already: what belongs to it are the commits that say so, or else the last one alone.
        own = [place for place, commit in enumerate(commits) if _belongs(commit, number)]
        last = own[-1] if own else 0
        return parents[last], tuple(commits[: last + 1]) if parents[last] else ()


def _belongs(commit: Commit, number: int) -> bool:
    return str(number) in commit.trailers.get("Suggestion", ())


def _seen(said: Said, amended: list[Commit]) -> int:
    """How many of the amendments (oldest first) came before an entry of the talk."""
    if not said.about:
        return sum(commit.authored <= said.commit.authored for commit in amended)
    return next((place for place, commit in enumerate(amended, 1) if commit.id == said.about), 0)
