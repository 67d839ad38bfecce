"""A real git beside the storage under test: what a person types in the content folder."""

from __future__ import annotations

import os
import subprocess
from datetime import UTC, datetime
from pathlib import Path

from wiki.storage.objects import Person

ROSA = Person("Rosa", "rosa@users.noreply.wiki.example")
NOON = datetime(2026, 3, 11, 12, 0, tzinfo=UTC)


def git(folder: Path, *arguments: str, given: bytes | None = None, check: bool = True, **environment: str) -> str:
    """Run git as a person would, with a person's identity and nothing of the machine's configuration."""
    settings = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder.parent),
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_AUTHOR_NAME": "Mo",
        "GIT_AUTHOR_EMAIL": "mo@example.org",
        "GIT_COMMITTER_NAME": "Mo",
        "GIT_COMMITTER_EMAIL": "mo@example.org",
        "LC_ALL": "C",
    }
    done = subprocess.run(
        ["git", "-C", str(folder), *arguments], input=given, capture_output=True, env={**settings, **environment}
    )
    if check and done.returncode:
        raise AssertionError(f"git {' '.join(arguments)}: {done.stderr.decode(errors='replace')}")
    return done.stdout.decode("utf-8", "surrogateescape")


def commit_files(folder: Path, message: str, **files: str | bytes) -> str:
    """A person's commit of files, keys with `__` for `/` and `_md` for `.md`."""
    for key, content in files.items():
        path = folder / key.replace("__", "/").replace("_md", ".md")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        git(folder, "add", "--", str(path))
    git(folder, "commit", "-q", "--allow-empty", "-m", message)
    return git(folder, "rev-parse", "HEAD").strip()
