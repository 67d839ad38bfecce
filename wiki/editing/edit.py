"""What a person wants to write, as values. Every write has a base: the revision that the person had before them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from wiki.accounts.roles import Permission, Role, permissions
from wiki.errors import Conflict
from wiki.pages.path import PagePath

# The user name of everybody without an account.
STRANGER = "anonymous"


@dataclass(frozen=True, slots=True)
class Actor:
    """Who writes: a user name for git, the name to be shown, and the role whose rights apply.

    A stranger has the user name STRANGER and the role reader.
    """

    name: str
    display_name: str
    role: Role

    def may(self, permission: Permission) -> bool:
        """Whether the actor's role gives this right."""
        return permission in permissions(self.role)


@dataclass(frozen=True, slots=True)
class Edit:
    """New contents for one page. `base` is the revision the text was made from; empty for a page that is new.

    `source` is the whole file; None deletes the page. `base_path` is where the page was at `base`, if elsewhere.
    `stored` are the bytes that `source` was read from, where that is another version than HEAD's: see `encoded`.

    `follows`: the edit follows from what the person asked for and is the engine's (a link led to where a page is now, a
    redirect left behind): whoever made it has asked for the rights and checked the names, so they aren't asked again.
    """

    path: PagePath
    base: str
    source: str | None
    base_path: PagePath | None = None
    follows: bool = False
    stored: bytes | None = None

    @property
    def file(self) -> str:
        """The file in the repository."""
        return self.path.file


@dataclass(frozen=True, slots=True)
class Attach:
    """A file to be put beside a page (or, with `data` None, taken away); `file` is its place in the repository.

    `follows` as in `Edit`.
    """

    file: str
    data: bytes | None
    follows: bool = False


@dataclass(frozen=True, slots=True)
class Write:
    """One commit to be: one or more edits, said to be for `message`.

    `affiliation` is the actor's stake in the tool. `committer` is who approved it, where that is somebody else.
    `trailers` are further lines of the commit, several of a name if need be. `other_parents` are commits that this one merges.
    """

    edits: tuple[Edit | Attach, ...]
    message: str
    actor: Actor
    minor: bool = False
    affiliation: str = ""
    committer: Actor | None = None
    trailers: Mapping[str, str | tuple[str, ...]] = field(default_factory=dict)
    other_parents: tuple[str, ...] = ()
    permission: Permission = Permission.EDIT


@dataclass(frozen=True, slots=True)
class Saved:
    """What became of a write: the revision that holds it, whether it was merged with others' changes, and whether it
    changed anything at all. `path` is that of its first page, where that has been moved to since the base perhaps; empty
    where only files were attached."""

    revision: str
    merged: bool
    changed: bool
    path: str


@dataclass(frozen=True, slots=True)
class Passage:
    """A stretch of a merged text. Where both changed it, `theirs` is the person's version, `ours` the wiki's and `text`
    is empty; else `text` is what both agree on."""

    text: str = ""
    ours: str = ""
    theirs: str = ""
    both: bool = False


@dataclass(frozen=True, slots=True)
class FieldConflict:
    """A fact that was changed to two different values; None where it was removed."""

    name: str
    base: object
    ours: object
    theirs: object


class EditConflict(Conflict):
    """Somebody else changed the same lines or facts; nothing was written.

    `ours` is the page as the wiki has it now (None: it has been deleted), `theirs` the person's whole text, `merged` the
    page with everything merged that could be and the wiki's version of the rest. `base_path` is where the page was at `base`.
    """

    default_code = "edit.conflict"

    def __init__(
        self,
        path: PagePath,
        head: str,
        base: str,
        ours: str | None,
        theirs: str,
        merged: str,
        passages: tuple[Passage, ...] = (),
        fields: tuple[FieldConflict, ...] = (),
        base_path: PagePath | None = None,
    ) -> None:
        super().__init__(path=str(path))
        self.path = path
        self.head = head
        self.base = base
        self.ours = ours
        self.theirs = theirs
        self.merged = merged
        self.passages = passages
        self.fields = fields
        self.base_path = base_path or path
