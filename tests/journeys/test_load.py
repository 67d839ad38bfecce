"""A rush: many read and many edit at once, on two server processes. The long run is `python -m benchmarks.crowd`."""

from __future__ import annotations

from benchmarks.crowd import Crowd, lost
from tests.conftest import git
from tests.journeys.conftest import Server

READERS, EDITORS, SECONDS = 40, 8, 8.0
# Pages that editors may save; some of the story are protected.
FOLDERS = ("communications", "field", "tips")


def test_a_rush_meets_no_error_and_loses_no_save(server: Server) -> None:
    files = git(server.home / "content", "ls-files", *(f"{folder}/*.md" for folder in FOLDERS)).splitlines()
    pages = [file.removesuffix(".md") for file in files]
    cookies = [server.sign_in(f"person{number}") for number in range(EDITORS)]
    assert server.process is not None
    found = Crowd(server.port, server.process.pid, pages, cookies).run(READERS, SECONDS)
    assert found.errors == []
    assert found.answers[200] > READERS and len(found.saved) >= EDITORS
    assert lost(server.home, found.saved) == []
    text = "".join(server.get(f"/{page}.md")[1] for page in pages)
    assert all(f"{line}." in text for line in found.saved)
    assert git(server.home / "content", "fsck", "--full") == ""
    assert git(server.home / "content", "status", "--porcelain") == ""
