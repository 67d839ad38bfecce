from __future__ import annotations

import errno
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from gitrepo import NOON, ROSA, commit_files, git

from wiki.errors import Unavailable, WikiError
from wiki.storage.ref_moves import RefMoves
from wiki.storage.repository import Repository
from wiki.storage.writer import RefMoved, Writer, init

ROOT = Path(__file__).parents[2]


def saver(folder: Path, lock: Path, name: str, count: int) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, str(Path(__file__).with_name("saver.py")), str(folder), str(lock), name, str(count)],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        start_new_session=True,
    )


def test_four_processes_that_save_at_once_lose_nothing(folder: Path, tmp_path: Path) -> None:
    savers = [saver(folder, tmp_path / "lock", f"p{number}", 12) for number in range(4)]
    answered = [line.strip() for process in savers for line in process.communicate(timeout=120)[0].split()]
    assert [process.returncode for process in savers] == [0, 0, 0, 0]
    assert len(answered) == 48
    assert set(answered) <= set(git(folder, "rev-list", "HEAD").split())
    page = git(folder, "show", "HEAD:tips/email.md").splitlines()
    assert sorted(page[1:]) == sorted(f"p{process} {number}" for process in range(4) for number in range(12))
    assert git(folder, "fsck", "--strict", "--no-dangling") == ""
    assert git(folder, "status", "--porcelain") == ""


def test_savers_with_locks_of_their_own_lose_nothing_either(folder: Path, tmp_path: Path) -> None:
    """The comparison of the ref alone is the guarantee; two servers on one home that share no lock stay safe."""
    savers = [saver(folder, tmp_path / f"lock{number}", f"p{number}", 10) for number in range(3)]
    answered = [line.strip() for process in savers for line in process.communicate(timeout=120)[0].split()]
    assert len(answered) == 30
    assert set(answered) <= set(git(folder, "rev-list", "HEAD").split())
    assert git(folder, "fsck", "--strict", "--no-dangling") == ""


def test_a_saver_killed_at_any_moment_loses_no_answered_save(folder: Path, tmp_path: Path) -> None:
    answered: list[str] = []
    for round in range(6):
        process = saver(folder, tmp_path / "lock", f"r{round}", 1_000)
        assert process.stdout is not None
        answered.append(process.stdout.readline().strip())
        time.sleep(0.05 + round * 0.037)
        os.killpg(process.pid, signal.SIGKILL)
        answered += process.stdout.read().split()
        process.wait()
        repository = Repository(folder)
        assert Writer(repository, tmp_path / "lock").put_right()
        assert git(folder, "status", "--porcelain") == ""
        assert not (folder / ".git/index.lock").exists()
    assert len(answered) > 6
    assert set(answered) <= set(git(folder, "rev-list", "HEAD").split())
    assert git(folder, "fsck", "--strict", "--no-dangling") == ""


KILLED = """
import os, signal, sys
from pathlib import Path
sys.path.insert(0, sys.argv[3])
from gitrepo import NOON, ROSA
from wiki.storage.repository import Repository
from wiki.storage.work_tree import WorkTree
from wiki.storage.writer import Writer

WorkTree._finish = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
repository = Repository(Path(sys.argv[1]))
page = {"tips/email.md": None, "tips/moved.md": b"# E-mail\\n"}
Writer(repository, Path(sys.argv[2])).commit(page, base=repository.head(), message="Move", author=ROSA, when=NOON)
"""


def test_who_is_killed_before_the_files_follow_leaves_a_lock_that_keeps_people_from_taking_it_back(
    folder: Path, tmp_path: Path
) -> None:
    repository, lock = Repository(folder), tmp_path / "lock"
    Writer(repository, lock).put_right()
    before = repository.head()
    command = [sys.executable, "-c", KILLED, str(folder), str(lock), str(Path(__file__).parent)]
    assert subprocess.run(command, env={**os.environ, "PYTHONPATH": str(ROOT)}, check=False).returncode < 0
    moved = repository.head()
    assert moved != before
    (folder / "communications/signal.md").write_text("# Mine\n")
    git(folder, "commit", "-qam", "Mine", check=False)
    assert repository.head() == moved
    assert Writer(repository, lock).put_right()
    git(folder, "commit", "-qam", "Mine")
    assert git(folder, "diff", "--name-only", f"{moved}..HEAD").split() == ["communications/signal.md"]
    assert git(folder, "status", "--porcelain") == ""


def test_people_who_commit_in_the_folder_meanwhile_lose_nothing(
    folder: Path, repository: Repository, writer: Writer
) -> None:
    made: list[str] = []

    def person() -> None:
        for number in range(10):
            (folder / "theirs.md").write_text(f"{number}\n")
            for _ in range(200):
                git(folder, "add", "theirs.md", check=False)
                before = git(folder, "rev-parse", "HEAD")
                git(folder, "commit", "-qam", f"Theirs {number}", check=False)
                if git(folder, "log", "-1", "--format=%s", "--grep", f"^Theirs {number}$").strip():
                    break
            assert before
        made.append("done")

    thread = threading.Thread(target=person)
    thread.start()
    count = 0
    while thread.is_alive() or count < 10:
        base = repository.head()
        try:
            page = repository.read(base, "tips/email.md").data + b"%d\n" % count
            writer.commit({"tips/email.md": page}, base=base, message="Save", author=ROSA, when=NOON)
            count += 1
        except RefMoved:
            continue
        time.sleep(0.02)
    thread.join()
    assert made == ["done"]
    writer.put_right()
    assert git(folder, "show", "HEAD:tips/email.md") == "# E-mail\n" + "".join(f"{n}\n" for n in range(count))
    assert git(folder, "show", "HEAD:theirs.md") == "9\n"
    assert git(folder, "status", "--porcelain") == ""


def test_garbage_collection_while_saving_breaks_nothing(folder: Path, repository: Repository, writer: Writer) -> None:
    running = threading.Event()

    def collect() -> None:
        while not running.is_set():
            git(folder, "gc", "-q", check=False)

    thread = threading.Thread(target=collect)
    thread.start()
    try:
        for number in range(40):
            base = repository.head()
            page = repository.read(base, "tips/email.md").data + b"%d\n" % number
            writer.commit({"tips/email.md": page}, base=base, message="Save", author=ROSA, when=NOON)
    finally:
        running.set()
        thread.join()
    assert git(folder, "show", "HEAD:tips/email.md").endswith("\n38\n39\n")
    assert git(folder, "fsck", "--strict", "--no-dangling") == ""


def test_a_pruning_that_began_before_a_save_and_ends_after_it_takes_nothing_of_it(
    folder: Path, repository: Repository, writer: Writer, monkeypatch: pytest.MonkeyPatch
) -> None:
    move = RefMoves.move

    def move_late(self: RefMoves, *arguments: Any) -> None:
        git(folder, "prune", "--expire=now")
        move(self, *arguments)

    def save(text: bytes, ref: str | None = None) -> str:
        base = repository.head()
        more = {"ref": ref, "new_ref": True} if ref else {}
        return writer.commit({"tips/a/b.md": text}, base=base, message="x", author=ROSA, when=NOON, **more)

    with monkeypatch.context() as pruned:
        pruned.setattr(RefMoves, "move", move_late)
        save(b"on the branch\n")
        save(b"beside it\n", "refs/suggestions/1/head")
    assert git(folder, "fsck", "--strict", "--no-dangling") == ""
    # As it asks before it starts what to keep, and takes all else when it ends.
    mark = folder / ".git/gc.pid"
    mark.write_text("4711 elsewhere")
    kept = set((folder / ".git/objects").glob("??/*"))
    save(b"meanwhile\n")
    taken = set((folder / ".git/objects").glob("??/*")) - kept
    for file in taken:
        file.unlink()
    mark.unlink()
    assert taken and writer.is_guarding and writer.put_right() and not writer.is_guarding
    assert git(folder, "fsck", "--strict", "--no-dangling") == ""
    assert git(folder, "show", "HEAD:tips/a/b.md") == "meanwhile\n"
    for file in taken:
        file.unlink()
    writer.put_right()
    assert not any(file.exists() for file in taken), "it is not held for ever"


def test_a_ref_that_another_git_keeps_locked_is_waited_for_and_then_named_busy(
    folder: Path, repository: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("wiki.storage.ref_moves.REF_PATIENCE", 0.2)
    writer = Writer(repository, tmp_path / "lock")
    (folder / ".git/refs/heads/main.lock").write_bytes(b"")
    head = repository.head()
    with pytest.raises(Unavailable) as caught:
        writer.commit({"x.md": b"x"}, base=head, message="x", author=ROSA, when=NOON)
    assert caught.value.code == "storage.busy"
    assert repository.head() == head
    (folder / ".git/refs/heads/main.lock").unlink()
    writer.commit({"x.md": b"x"}, base=head, message="x", author=ROSA, when=NOON)


def test_a_ref_lock_left_by_a_git_that_was_killed_is_removed(
    folder: Path, repository: Repository, writer: Writer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("wiki.storage.ref_moves.REF_PATIENCE", 0.1)
    lock = folder / ".git/refs/heads/main.lock"
    lock.write_bytes(b"")
    os.utime(lock, (time.time() - 100, time.time() - 100))
    assert writer.stale_locks() == [lock]
    writer.commit({"x.md": b"x"}, base=repository.head(), message="x", author=ROSA, when=NOON)
    lock.write_bytes(b"")
    started = Writer(repository, tmp_path / "instance" / "content.lock")
    started.put_right()
    assert not lock.exists()
    assert writer.stale_locks() == []


def test_the_lock_of_a_git_that_began_after_us_is_left_alone(
    folder: Path, repository: Repository, writer: Writer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("wiki.storage.ref_moves.STALE_AT_START", 0.0)
    lock = folder / ".git/refs/heads/main.lock"
    lock.write_bytes(b"")
    os.utime(lock, (time.time(), time.time()))
    writer.put_right()
    assert lock.exists()


def test_a_lock_that_another_process_keeps_is_given_up_in_time(
    folder: Path, repository: Repository, tmp_path: Path
) -> None:
    script = (
        "import filelock,sys\nwith filelock.FileLock(sys.argv[1]):\n print('held', flush=True)\n sys.stdin.readline()\n"
    )
    holder = subprocess.Popen(
        [sys.executable, "-c", script, str(tmp_path / "lock")], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert holder.stdout is not None and holder.stdout.readline() == "held\n"
    with pytest.raises(Unavailable) as caught:
        Writer(repository, tmp_path / "lock", timeout=0.2).update_ref("refs/x/y", repository.head(), None)
    assert caught.value.code == "storage.busy"
    holder.kill()
    holder.communicate()
    Writer(repository, tmp_path / "lock", timeout=5).update_ref("refs/x/y", repository.head(), None)


def test_a_repository_replaced_while_running_is_written_anew(
    folder: Path, repository: Repository, writer: Writer
) -> None:
    writer.commit({"x.md": b"x"}, base=repository.head(), message="x", author=ROSA, when=NOON)
    shutil.rmtree(folder)
    init(folder)
    writer.commit({"other.md": b"x\n"}, base=None, message="x", author=ROSA, when=NOON)
    assert git(folder, "status", "--porcelain") == ""
    assert (folder / "other.md").read_text() == "x\n"


def test_a_disk_without_room_is_named_and_leaves_nothing_half_done(
    folder: Path, repository: Repository, writer: Writer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    head = repository.head()
    monkeypatch.setattr("wiki.storage.object_store.os.fsync", full)
    with pytest.raises(Unavailable) as caught:
        writer.commit({"x.md": b"x"}, base=head, message="x", author=ROSA, when=NOON)
    assert caught.value.code == "storage.disk_full"
    assert repository.head() == head
    assert not list((folder / ".git/objects").glob("tmp_obj_*"))


class Faults:
    """Has a call that changes something on the disk fail, and all that come after it, until all is well again."""

    CHANGING = ("open", "write", "replace", "link", "mkdir", "ftruncate", "unlink", "fsync")

    def __init__(self, monkeypatch: pytest.MonkeyPatch, error: int) -> None:
        self._error = error
        self._left: float = float("inf")
        self._lock = threading.Lock()
        for name in self.CHANGING:
            monkeypatch.setattr(os, name, self._failing(name, getattr(os, name)))

    def begin(self, step: int) -> None:
        """The call that makes the number full fails."""
        self._left = step

    def end(self) -> bool:
        """Whether any call has failed."""
        met, self._left = self._left <= 0, float("inf")
        return met

    def _failing(self, name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **options: Any) -> Any:
            # A full disk may be made emptier.
            if not (
                (name == "unlink" and self._error == errno.ENOSPC) or (name == "open" and not arguments[1] & os.O_CREAT)
            ):
                with self._lock:
                    self._left -= 1
                if self._left <= 0:
                    raise OSError(self._error, os.strerror(self._error))
            # What a test writes may be lost with the machine's power.
            return None if name == "fsync" else real(*arguments, **options)

        return call


@pytest.mark.parametrize("error", [errno.ENOSPC, errno.EROFS], ids=["full", "read-only"])
def test_from_whichever_step_of_a_save_on_the_disk_fails_it_is_there_or_not_and_the_next_one_is(
    folder: Path, repository: Repository, writer: Writer, monkeypatch: pytest.MonkeyPatch, error: int
) -> None:
    faults = Faults(monkeypatch, error)
    page = "# E-mail\n"

    def save(line: str) -> bool:
        files = {"tips/email.md": f"{page}{line}".encode(), f"new/{line[:-1]}": b"x\n"}
        try:
            writer.commit(files, base=base, message="Save", author=ROSA, when=NOON)
        except Unavailable as refused:
            assert refused.code in ("storage.disk_full", "storage.read_only")
            return False
        return True

    answers = set()
    for step in range(1, 1_000):
        base = repository.head()
        # A git is there to read with.
        assert repository.read(base, "tips/email.md").data.decode() == page
        faults.begin(step)
        answered = save(f"{step}\n")
        failed = faults.end()
        is_there, base = repository.head() != base, repository.head()
        assert is_there or not answered
        page += f"{step}\n" if is_there else ""
        if not failed:
            break
        answers.add(answered)
        assert save(f"after {step}\n")
        page += f"after {step}\n"
        assert (folder / "tips/email.md").read_text() == page
    assert step > 20 and answers == {True, False}
    assert writer.put_right()
    assert git(folder, "status", "--porcelain") == ""
    assert git(folder, "fsck", "--strict", "--no-dangling") == ""
    assert not list((folder / ".git").rglob("*.lock"))


def test_a_torn_object_left_by_a_power_cut_is_mended_by_the_next_save(
    folder: Path, repository: Repository, writer: Writer
) -> None:
    id = git(folder, "hash-object", "-w", "--stdin", given=b"again\n").strip()
    torn = folder / ".git/objects" / id[:2] / id[2:]
    torn.chmod(0o644)
    torn.write_bytes(b"")
    new = writer.commit({"x.md": b"again\n"}, base=repository.head(), message="x", author=ROSA, when=NOON)
    assert repository.read(new, "x.md").data == b"again\n"
    assert git(folder, "fsck", "--strict", "--no-dangling") == ""


def test_a_damaged_object_is_an_error_of_its_own_and_the_rest_is_still_read(
    folder: Path, repository: Repository
) -> None:
    head = commit_files(folder, "More", tips__sms_md="# SMS\n")
    id = git(folder, "rev-parse", "HEAD:tips/sms.md").strip()
    place = folder / ".git/objects" / id[:2] / id[2:]
    place.chmod(0o644)
    whole = place.read_bytes()
    for damaged in (b"damaged", whole[:-6]):
        place.write_bytes(damaged)
        with pytest.raises(WikiError):
            repository.read(head, "tips/sms.md")
        assert repository.read(head, "tips/email.md").data == b"# E-mail\n"
        sound = git(folder, "rev-parse", "HEAD:tips/email.md").strip()
        assert [data for _, data in repository.blobs([id, sound])] == [None, b"# E-mail\n"]
    # A folder whose end is gone counts as empty, and is named; so ends a history.
    top = git(folder, "rev-parse", "HEAD^{tree}").strip()
    tips = git(folder, "rev-parse", "HEAD:tips").strip()
    for torn in (tips, repository.commit(head).parents[0]):
        place = folder / ".git/objects" / torn[:2] / torn[2:]
        place.chmod(0o644)
        place.write_bytes(place.read_bytes()[:-6])
    again = Repository(folder)
    assert "communications" in again.tree(top)
    assert [entry.path for entry in again.entries(head) if entry.path.startswith("tips")] == []
    assert again.damage.places() == ["tips"]
    assert [commit.id for commit, _ in again.walk(head)] == [head]


def test_what_killed_processes_left_in_the_temporary_folder_is_removed(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    ended = subprocess.Popen(["true"])
    ended.wait()
    dead, fresh = tmp_path / f"movement-wiki-git-{ended.pid}-a", tmp_path / f"movement-wiki-git-{ended.pid}-b"
    alive, other = tmp_path / f"movement-wiki-git-{os.getpid()}-c", tmp_path / "other"
    for place in (dead, fresh, alive, other):
        place.mkdir()
        if place != fresh:
            os.utime(place, (time.time() - 7_200,) * 2)
    Repository(folder).resolve(git(folder, "rev-parse", "HEAD").strip())
    assert [place.exists() for place in (dead, fresh, alive, other)] == [False, True, True, True]


def test_the_folder_of_a_running_process_is_made_again_when_it_was_cleared_away(
    folder: Path, repository: Repository, writer: Writer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    repository.blame(repository.head(), "tips/email.md")
    for place in tmp_path.glob("movement-wiki-git-*"):
        shutil.rmtree(place)
    assert repository.read(repository.head(), "tips/email.md").data == b"# E-mail\n"
    repository.blame(repository.head(), "tips/email.md")
    writer.commit({"x.md": b"x"}, base=repository.head(), message="x", author=ROSA, when=NOON)


ENDING = """
import sys
from pathlib import Path
from threading import Barrier, Thread
from wiki.errors import Unavailable
from wiki.storage.command import GitCommand, remove_folders

busy, wrong = Barrier(5), []

def go_on():
    GitCommand(Path(sys.argv[1]) / ".git").folder()
    busy.wait()
    while True:
        try:
            GitCommand(Path(sys.argv[1]) / ".git").folder()
        except Unavailable:
            return
        except OSError as error:
            wrong.append(error)

threads = [Thread(target=go_on) for _ in range(4)]
for thread in threads:
    thread.start()
busy.wait()
one, late = (GitCommand(Path(sys.argv[1]) / ".git") for _ in range(2))
one.run("rev-parse", "--git-dir")
remove_folders()
for thread in threads:
    thread.join()
for command in (one, late):
    try:
        command.run("rev-parse", "--git-dir")
    except Unavailable:
        print("not any more")
print(wrong, list(Path(sys.argv[2]).iterdir()))
"""


def test_a_process_that_has_cleared_away_its_folders_to_end_makes_no_others(folder: Path, tmp_path: Path) -> None:
    """Its threads go on until it has ended, and none of them meets half a folder."""
    place = tmp_path / "temporary"
    place.mkdir()
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "TMPDIR": str(place)}
    said = subprocess.run(
        [sys.executable, "-c", ENDING, folder, place], env=environment, capture_output=True, text=True, check=True
    )
    assert said.stdout.splitlines() == ["not any more", "not any more", "[] []"]


def test_a_disk_that_knows_no_second_name_for_a_file_is_written_all_the_same(
    folder: Path, repository: Repository, writer: Writer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def link(source: Path, target: Path) -> None:
        raise OSError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr("os.link", link)
    first = writer.commit({"x.md": b"x\n"}, base=repository.head(), message="x", author=ROSA, when=NOON)
    assert repository.head() == first and (folder / "x.md").read_text() == "x\n"
    with pytest.raises(RefMoved):
        writer.update_ref("refs/heads/main", first, "1" * 40)
    writer.update_ref("refs/suggestions/1/head", first, None)
    assert git(folder, "status", "--porcelain") == "" and git(folder, "fsck", "--strict", "--no-dangling") == ""
