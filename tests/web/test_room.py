"""The room for bodies of finished answers: what is got is what was put, whatever happens to the disk."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

import pytest

from wiki.web.room import READ_AT_ONCE, Room

BODIES = [bytes([number]) * 4_096 for number in range(200)]


def held(file: str) -> int:
    """The bytes of a mapped file that this process holds in memory."""
    maps = re.split(r"\n(?=[0-9a-f]+-[0-9a-f]+ )", Path("/proc/self/smaps").read_text())
    ours = [one for one in maps if file in one.partition("\n")[0]]
    return sum(int(kilobytes) * 1024 for one in ours for kilobytes in re.findall(r"Rss: +(\d+)", one))


def test_each_body_is_got_as_it_was_put_and_the_folder_shows_nothing(tmp_path: Path) -> None:
    room = Room(tmp_path / "not there yet", 1_000_000)
    places = [room.put(body) for body in BODIES]
    assert [room.get(place) for place in places if place] == BODIES
    shutil.rmtree(tmp_path / "not there yet")
    assert room.get(places[7] or slice(0)) == BODIES[7], "the file goes with the process, not with its folder"


def test_what_was_read_is_let_go_of_before_it_takes_much_memory(tmp_path: Path) -> None:
    room = Room(tmp_path, 4_096 * 200)
    places = [room.put(body) for body in BODIES]
    for place in places[: READ_AT_ONCE - 1]:
        room.get(place or slice(0))
    before = held(str(tmp_path))
    room.get(places[0] or slice(0))
    assert 0 < held(str(tmp_path)) < before


def test_what_is_beyond_the_room_or_the_disk_is_not_put(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    room = Room(tmp_path, 10_000)
    assert [room.put(body) is not None for body in BODIES[:3]] == [True, True, False]
    (tmp_path / "file").touch()
    assert Room(tmp_path / "file", 10_000).put(b"x") is None

    def full(*_: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "pwrite", full)
    assert Room(tmp_path, 10_000).put(b"x") is None


def test_two_processes_never_write_in_one_place(tmp_path: Path) -> None:
    room = Room(tmp_path, 10_000)
    room.put(b"before")
    child = os.fork()
    if child == 0:
        os._exit(0 if room.put(b"theirs") is None else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    place = room.put(b"mine")
    assert place is not None and room.get(place) == b"mine"
