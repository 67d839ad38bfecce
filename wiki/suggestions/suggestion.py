"""A suggestion as a value: an edit that waits for a maintainer, with the talk about it.

In git it is a commit (or several, when it was amended) on `refs/suggestions/<number>/head`; what was said about it are
the commits of `refs/suggestions/<number>/talk`. Nothing else is kept of it anywhere.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from wiki.pages.path import PagePath

REFS = "refs/suggestions/"
_REF = re.compile(r"refs/suggestions/([1-9][0-9]{0,11})/(head|talk)")


class State(StrEnum):
    """Where a suggestion stands."""

    OPEN = "open"
    CHANGES_ASKED = "changes-asked"
    APPROVED = "approved"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"

    @property
    def is_open(self) -> bool:
        """Whether somebody has still to decide, or the author to answer."""
        return self in (State.OPEN, State.CHANGES_ASKED)


class Event(StrEnum):
    """What an entry of the talk does besides saying something."""

    SAID = "said"
    ASKED = "asked"
    APPROVED = "approved"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    AMENDED = "amended"


@dataclass(frozen=True, slots=True)
class TalkEntry:
    """One entry of the talk. `username` is empty for somebody without an account: the author of the suggestion, whom
    the private link let in. `text` may have several lines; it is plain text. `left_out` names the files that an
    approval did not take in. An entry with the event ``amended`` is a later commit of the suggestion itself."""

    author: str
    username: str
    when: datetime
    text: str
    event: Event
    left_out: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A suggestion as it stands now.

    `author_username` is empty for a stranger, whose `author_name` is then nobody's but their own word. `affiliation` is
    the author's stake in the tool, empty where none was stated. The suggestion changes the files `paths` between the
    commits `base` and `head`. `merged_as` is the commit of the branch that took it in, if one did. `conflicted` says
    whether it can't be merged by itself with what the wiki holds now; None where that was not looked at yet.
    `talk` is filled when a single suggestion is asked for, and empty in lists.
    """

    number: int
    state: State
    title: str
    author_name: str
    author_username: str
    affiliation: str
    created: datetime
    updated: datetime
    base: str
    head: str
    paths: tuple[str, ...]
    merged_as: str = ""
    conflicted: bool | None = None
    talk: tuple[TalkEntry, ...] = ()

    def folders(self, languages: tuple[str, ...]) -> tuple[str, ...]:
        """The top folders of what it changes (the categories, where the wiki has such), translations with their
        originals; `languages` are the wiki's, its first one first."""
        plain = (PagePath(path).without_language(languages) for path in self.paths)
        return tuple(dict.fromkeys(path.partition("/")[0] for path in plain if "/" in path))


@dataclass(frozen=True, slots=True)
class Submitted:
    """The answer to a new suggestion. `key` opens it for whoever holds it; it is kept nowhere, so show it now."""

    number: int
    key: str


def head_ref(number: int) -> str:
    """The ref that holds what is suggested."""
    return f"{REFS}{number}/head"


def talk_ref(number: int) -> str:
    """The ref that holds the talk."""
    return f"{REFS}{number}/talk"


def parse_ref(name: str) -> tuple[int, str] | None:
    """The number of the suggestion that a ref belongs to, and whether it is its "head" or its "talk"."""
    found = _REF.fullmatch(name)
    return (int(found[1]), found[2]) if found else None
