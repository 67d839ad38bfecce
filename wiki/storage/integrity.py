"""Whether a repository is sound: git's own examination, what reading has met, and mending what git can make again."""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
from collections import deque
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from wiki.errors import NotFound, Problem, TooMany, Unavailable, WikiError
from wiki.storage.command import GitCommand, GitFailed, executable, own_settings, plain_environment, said
from wiki.storage.damage import LOST
from wiki.storage.objects import shown_name
from wiki.storage.ref_files import WHO
from wiki.storage.references import References
from wiki.storage.repository import Repository

SECONDS = 3600.0
MOST_SHOWN = 20
# To find that a folder holds too much takes a quarter of a second each time, and a health page asks too.
MOST_TOO_LARGE = 3
_FORM = re.compile(r"core\.repositoryformatversion|extensions\.[a-z0-9-]+")
_BAD = ("error", "fatal", "missing", "broken", "bad")


def damage(repository: Repository) -> list[Problem]:
    """What `git fsck` finds wrong with the objects: Problem("storage.damaged") with git's words as `reason`.

    Reads everything that is there, so it takes minutes where a wiki is large.
    """
    if odd := next(_no_files(repository), None):
        # Git would wait for what somebody writes into it.
        reason = f"{odd} is neither a file nor a folder"
        return [Problem("storage.damaged", str(repository.path), {"reason": reason})]
    command = GitCommand(repository.git_dir, refs=True)
    try:
        command.point_head(repository.branch() or repository.head())
        repository.head()
    except NotFound as error:
        return [Problem(error.code, str(repository.path), error.params)]
    process = command.start("fsck", "--full", "--no-dangling", "--no-progress")
    found, complaints = said(process, "fsck", SECONDS)
    words = (complaints + found).decode("utf-8", "replace").replace(str(command.folder()), str(repository.git_dir))
    lines = [line.strip() for line in words.splitlines()]
    bad = [line for line in lines if line.startswith(_BAD)]
    return [Problem("storage.damaged", str(repository.path), {"reason": line[:500]}) for line in bad[:MOST_SHOWN]]


def _no_files(repository: Repository) -> Iterator[Path]:
    for folder, _, names in os.walk(repository.git_dir / "refs"):
        for place in (Path(folder, name) for name in names):
            if place.exists() and not place.is_file():
                yield place.relative_to(repository.git_dir)


def unreadable(repository: Repository) -> list[Problem]:
    """What reading has met at HEAD and could not read, and can't still: Problem("storage.damaged") and, for folders that hold
    too much, Problem("storage.too_much"). Reads these places alone. Of many, the first and one that says how many more; after
    a few folders that hold too much, no more places are looked at."""
    places = repository.damage.places()
    if not places:
        return []
    head = repository.head()
    found: list[Problem] = []
    too_large = unseen = 0
    for number, place in enumerate(places, 1):
        problem = _trouble(repository, head, place)
        if problem is None:
            continue
        found.append(problem)
        too_large += problem.code == "storage.too_much"
        if too_large == MOST_TOO_LARGE:
            unseen = len(places) - number
            break
    shown = sorted(found, key=lambda problem: problem.code != "storage.too_much")[:MOST_SHOWN]
    if more := len(found) - len(shown) + unseen:
        reason = f"up to {more} other places can't be read" if unseen else f"{more} other places can't be read"
        if next((repository.git_dir / "objects" / "pack").glob("*.promisor"), None) is not None:
            reason += "; this is a clone of a part (`git clone --filter`), so get the rest from where it came from"
        shown.append(Problem("storage.damaged", str(repository.path), {"reason": reason}))
    return shown


def refusal(repository: Repository) -> str:
    """What git says to people who work in the repository where its configuration is one that git refuses; empty where not.

    Nothing here needs that configuration, so the wiki is served all the same.
    """
    settings, complaint = own_settings(repository.git_dir)
    if not complaint:
        with tempfile.TemporaryDirectory() as name:
            # Of all that may be in a configuration, git is shown only in which form the repository is kept.
            folder = Path(name)
            for part in ("objects", "refs"):
                (folder / part).mkdir()
            (folder / "HEAD").write_text("ref: refs/heads/none\n")
            (folder / "config").write_text(
                "".join(_line(key, value) for key, value in settings if _FORM.fullmatch(key))
            )
            done = subprocess.run(
                [executable(), "rev-parse", "--git-dir"],
                env={**plain_environment(), "GIT_DIR": name},
                cwd="/",
                capture_output=True,
                check=False,
            )
            complaint = done.stderr.decode("utf-8", "replace").replace(name, str(repository.git_dir))
    return " ".join(complaint.removeprefix("fatal: ").split())[:500]


def _line(key: str, value: str) -> str:
    section, _, name = key.partition(".")
    escaped = value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'[{section}]\n\t{name} = "{escaped}"\n'


def last_known(repository: Repository) -> str | None:
    """The newest commit that git's log says the branch was at and that is there: what it may be put back to."""
    for id in References(repository.git_dir).logged(repository.branch() or "HEAD"):
        try:
            return repository.commit(id).id
        except WikiError:
            continue
    return None


def taken_off(repository: Repository) -> int:
    """How many commits that were saved or pushed here HEAD leads to no more, though they are there: somebody has moved the branch
    away from them. As far back as git's log of HEAD reaches."""
    ours = set(References(repository.git_dir).logged("HEAD", WHO))
    given = "".join(f"{id}\n" for id in (*ours, f"^{repository.head()}")).encode()
    command = GitCommand(repository.git_dir)
    return len(ours.intersection(command.run("rev-list", "--ignore-missing", "--stdin", given=given).decode().split()))


def mend_packs(repository: Repository) -> list[Problem]:
    """Make anew what git makes from objects: the index of a pack that has lost it, and what git can do without and would
    believe: the common index and the graph of commits, which the next upkeep writes. What was mended, as
    Problem("storage.pack_index")."""
    objects = repository.git_dir / "objects"
    packs = objects / "pack"
    command = GitCommand(repository.git_dir)
    mended = []
    for pack in sorted(packs.glob("*.pack")):
        if pack.is_file() and not pack.with_suffix(".idx").exists():
            with suppress(GitFailed):
                command.run("index-pack", str(pack), seconds=SECONDS)
                mended.append(pack)
    graphs = (objects / "info/commit-graph", objects / "info/commit-graphs/commit-graph-chain")
    for kind, files in (("multi-pack-index", (packs / "multi-pack-index",)), ("commit-graph", graphs)):
        if any(file.exists() for file in files):
            try:
                command.run(kind, "verify", "--no-progress", seconds=SECONDS)
            except GitFailed:
                mended += [file for file in files if file.exists()]
                for file in files:
                    file.unlink(missing_ok=True)
    return [Problem("storage.pack_index", str(file)) for file in mended]


def _trouble(repository: Repository, revision: str, path: str) -> Problem | None:
    if path.startswith(LOST):
        id = path.removeprefix(LOST)
        if repository.has(id):
            return None
        return Problem("storage.damaged", str(repository.path), {"reason": f"{id} of the history is missing"})
    entry = None
    where, shown = str(repository.path), shown_name(path) or "the top folder"
    try:
        entry = repository.entry(revision, path) if path else None
        if not path:
            repository.tree(repository.commit(revision).tree)
        elif entry is not None and entry.kind == "tree":
            repository.tree(entry.id)
            deque(repository.entries(revision, path), maxlen=0)
        elif entry is not None and entry.kind == "blob":
            repository.blob(entry.id)
    except TooMany:
        return None if entry and entry.kind == "blob" else Problem("storage.too_much", where, {"path": shown})
    except (NotFound, Unavailable):
        return Problem("storage.damaged", where, {"reason": f"{shown} can't be read"})
    return None
