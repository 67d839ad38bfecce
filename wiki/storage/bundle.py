"""A whole repository in one file, and back: git's own bundle, of all refs as they are at one moment."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from wiki.errors import Invalid
from wiki.storage.command import GitCommand, GitFailed
from wiki.storage.references import HEX, is_ref_name
from wiki.storage.repository import Repository

# A history of many years takes its time, and nobody waits for an answer in a browser.
SECONDS = 12 * 3600.0


def write_bundle(repository: Repository, file: Path, refs: Mapping[str, str], head: str) -> None:
    """Write all that `refs` (names to commit ids) and the commit `head` reach into a new file.

    What moves meanwhile does not matter: objects stay. Raises GitFailed where one is missing or damaged.
    """
    command = GitCommand(repository.git_dir)
    lines = [f"{id} {name}\n" for name, id in sorted(refs.items())]
    (command.folder() / "packed-refs").write_text("".join(lines), "utf-8")
    command.point_head(head)
    command.run("bundle", "create", "--quiet", str(file.absolute()), "--all", seconds=SECONDS)


def read_bundle(repository: Repository, file: Path) -> dict[str, str]:
    """Bring the objects of a bundle into a repository; returns the refs that it holds, which are not set by this.

    Every object is checked against its id, and that none is missing. Raises Invalid("bundle.damaged").
    """
    command = GitCommand(repository.git_dir)
    try:
        listed = command.run("bundle", "unbundle", str(file.absolute()), seconds=SECONDS)
        found = _refs(listed)
        given = "".join(f"{id}\n" for id in found.values()).encode()
        command.run("rev-list", "--objects", "--quiet", "--stdin", given=given, seconds=SECONDS)
    except GitFailed as error:
        raise Invalid("bundle.damaged", reason=error.params["reason"])
    return {name: id for name, id in found.items() if is_ref_name(name)}


def set_refs(repository: Repository, refs: Mapping[str, str]) -> None:
    """Make all these refs, none of which may be there yet, at once."""
    (repository.git_dir / "logs").mkdir(exist_ok=True)
    command = GitCommand(repository.git_dir, refs=True)
    order = "".join(f"create {name}\0{id}\0" for name, id in sorted(refs.items()))
    command.run("update-ref", "-z", "--stdin", given=order.encode(), seconds=SECONDS)


def _refs(listed: bytes) -> dict[str, str]:
    pairs = (line.split(" ", 1) for line in listed.decode("utf-8", "replace").splitlines() if " " in line)
    return {name: id for id, name in pairs if HEX.fullmatch(id)}
