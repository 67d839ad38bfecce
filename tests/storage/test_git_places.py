"""Who clones, fetches and pushes at once: nobody gets all places, and reading and saving go first."""

from __future__ import annotations

import os
from io import BytesIO

import pytest

from wiki.errors import Unavailable
from wiki.storage.git_places import AT_ONCE, AT_ONCE_OF_ONE, Places
from wiki.storage.repository import Repository
from wiki.storage.transport import PRIORITY, Access, GitHttp
from wiki.storage.writer import Writer

ASKED = b"0014command=ls-refs\n0000"


def test_who_reads_slowly_at_one_address_leaves_places_to_others() -> None:
    places = Places(patience=0.0)
    slow = [places.take("198.51.100.1") for _ in range(AT_ONCE_OF_ONE)]
    with pytest.raises(Unavailable, match="busy"):
        places.take("198.51.100.1")
    others = [places.take(f"198.51.100.{number}") for number in range(2, 2 + AT_ONCE - AT_ONCE_OF_ONE)]
    with pytest.raises(Unavailable, match="busy"):
        places.take("198.51.100.99")
    slow[0]()
    places.take("198.51.100.1")()
    for give_back in (*slow[1:], *others):
        give_back()
    for _ in range(AT_ONCE_OF_ONE):
        places.take("198.51.100.1")


def test_a_clone_goes_behind_those_who_read_and_save(repository: Repository, writer: Writer) -> None:
    def access(_: object) -> Access:
        return Access(read=True)

    served = GitHttp(repository, writer, access, lambda *_: (), str, lambda _: None)
    environ = {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": "/-/content.git/git-upload-pack",
        "CONTENT_TYPE": "application/x-git-upload-pack-request",
        "CONTENT_LENGTH": str(len(ASKED)),
        "HTTP_GIT_PROTOCOL": "version=2",
        "wsgi.input": BytesIO(ASKED),
    }
    said: list[str] = []
    answer = served(environ, lambda status, _: said.append(status))
    assert said == ["200 OK"]
    assert os.getpriority(os.PRIO_PROCESS, answer._process.pid) >= PRIORITY  # type: ignore[attr-defined]
    assert b"refs/heads/main" in b"".join(answer)
