"""What is kept of a repository in memory is bounded, however many versions are read."""

from __future__ import annotations

import subprocess
import tracemalloc
from itertools import pairwise
from pathlib import Path

from wiki.storage.repository import Repository

FILES, VERSIONS = 1_000, 60


def test_each_save_is_read_and_only_the_last_are_kept(tmp_path: Path) -> None:
    repository = Repository(tmp_path)
    subprocess.run(["git", "init", "-q", "-b", "main", str(tmp_path)], check=True)
    stream = []
    for version in range(VERSIONS):
        changed = range(FILES) if not version else [version]
        stream.append(f"commit refs/heads/main\ncommitter A <a@b.c> {version + 1} +0000\ndata 1\nx\n")
        stream += [f"M 100644 inline pages/{name:04}.md\ndata 8\n{version:08}\n" for name in changed]
    git = ["git", "-C", str(tmp_path)]
    subprocess.run([*git, "fast-import", "--quiet"], input="".join(stream).encode(), check=True)
    listed = subprocess.run([*git, "rev-list", "--reverse", "main"], capture_output=True, text=True, check=True)
    commits = listed.stdout.split()
    taken = []
    tracemalloc.start()
    try:
        for number, (old, new) in enumerate(pairwise(commits)):
            assert [change.path for change in repository.diff(old, new)] == [f"pages/{number + 1:04}.md"]
            taken.append(tracemalloc.get_traced_memory()[0])
    finally:
        tracemalloc.stop()
        repository.close()
    assert taken[-1] < 10_000_000
    assert taken[-1] - taken[len(taken) // 2] < 1_000_000
