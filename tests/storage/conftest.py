from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from gitrepo import commit_files, git

from wiki.storage.repository import Repository
from wiki.storage.writer import Writer


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A content folder as a person made it: two commits on main."""
    place = tmp_path / "content"
    place.mkdir()
    git(place, "init", "-q", "-b", "main")
    commit_files(place, "Begin", communications__signal_md="# Signal\n\nTexts.\n", tips__email_md="# E-mail\n")
    commit_files(place, "Say more", communications__signal_md="# Signal\n\nTexts and calls.\n")
    return place


@pytest.fixture
def repository(folder: Path) -> Repository:
    return Repository(folder)


@pytest.fixture
def writer(repository: Repository, tmp_path: Path) -> Writer:
    return Writer(repository, tmp_path / "instance" / "content.lock")
