"""The room for bodies of finished answers: what is got is what was put, whatever happens to the disk."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from wiki.web.room import Room

BODIES = [bytes([number]) * 4_096 for number in range(200)]


def test_each_body_is_got_as_it_was_put_and_the_folder_shows_nothing(tmp_path: Path) -> None:
    room = Room(tmp_path / "not there yet", 1_000_000)
    places = [room.put(body) for body in BODIES]
    assert [room.get(place) for place in places if place] == BODIES
    assert str(tmp_path) not in Path("/proc/self/maps").read_text(), "none of it is this process's memory"
    shutil.rmtree(tmp_path / "not there yet")
    assert room.get(places[7] or slice(0)) == BODIES[7], "the file goes with the process, not with its folder"


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
