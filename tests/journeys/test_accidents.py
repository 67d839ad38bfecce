"""What happens to machines, disks and repositories: an answered save is never lost, the rest of the wiki keeps working, and
whoever reads, writes or owns it is told in plain words."""

from __future__ import annotations

import os
import resource
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from filelock import FileLock

from tests.conftest import git
from tests.journeys.conftest import Server
from tests.journeys.test_git import PAGE as PUSHED
from tests.journeys.test_git import Desk
from tests.web.conftest import form_fields

PAGE = "communications/signal"
READ = [
    *(f"/{PAGE}", "/", "/communications", "/-/all", "/-/recent", f"/-/history/{PAGE}", "/-/attention"),
    *(f"/-/links-to/{PAGE}", f"/{PAGE}.json", "/-/feed.atom", "/-/compare?page=communications/signal&page=field/spoke"),
]
PATIENCE = 90.0
IN_A_HURRY = {"WIKI_STORAGE__LOCK_SECONDS": "1"}


@contextmanager
def serving(home: Path, **more: object) -> Iterator[tuple[Server, str]]:
    """A server and the session of an editor; nothing that happens to it may have been unforeseen."""
    server = Server(home, **more).start()  # type: ignore[arg-type]
    try:
        yield server, server.sign_in("rosa")
    finally:
        server.stop()
    log = server.log.read_text(errors="replace")
    assert "unexpected error" not in log, log[-3000:]


def reads(server: Server, cookie: str = "", but: tuple[str, ...] = ()) -> None:
    """Everything that is read is there, for a stranger and for somebody who is signed in."""
    for number, path in enumerate(READ):
        for who in ("", cookie):
            status, text = server.get(f"{path}{'&' if '?' in path else '?'}fresh={time.time_ns()}{number}", who)
            assert status == 200 or path in but, (path, status, text[:300])


def save(server: Server, cookie: str, what: str) -> tuple[int, str]:
    """Save a line of its own: the status and the page that came back. Answered with 303 it is in git, else it is not."""
    status, text, _ = server.send(PAGE, cookie, {"body": lambda body: f"{body}\n\n{what}.\n", "message": what})
    assert (status == 303) == (what in server.subjects()), (status, text[:300])
    return status, text


def healthy(server: Server, part: str = "status", value: str = "ok") -> None:
    """Wait until health says so; that it is well, when it has caught up too."""
    until = time.monotonic() + PATIENCE
    while (said := server.health())[part] != value or (part == "status" and "behind" in said.values()):
        assert time.monotonic() < until, (server.health(), server.log.read_text(errors="replace")[-2000:])
        time.sleep(0.1)


def doctor(server: Server, *prefix: str) -> str:
    """What `doctor` says while the wiki is served."""
    command = [*prefix, sys.executable, "-m", "wiki.cli", "--home", str(server.home), "doctor"]
    done = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)
    assert "Traceback" not in done.stderr, done.stderr[-2000:]
    return done.stdout


def test_another_git_at_work_in_the_folder_keeps_nobody_from_reading(story_home: Path) -> None:
    with serving(story_home, environment=IN_A_HURRY) as (server, cookie):
        content = story_home / "content"
        index = content / ".git" / "index.lock"
        index.touch()
        assert save(server, cookie, "while the index is held")[0] == 303
        assert "files could not follow" in doctor(server)
        index.unlink()
        branch = content / ".git" / "refs" / "heads" / "main.lock"
        branch.touch()
        reads(server, cookie)
        status, text = save(server, cookie, "while the branch is held")
        assert status == 503 and "Your text is safe" in text and "while the branch is held." in text
        branch.unlink()
        for number in range(2):
            assert save(server, cookie, f"before cleaning {number}")[0] == 303
            git(content, "gc", "--quiet", "--prune=now")
            reads(server, cookie)
        assert save(server, cookie, "after cleaning")[0] == 303
        assert git(content, "status", "--porcelain") == ""
        healthy(server)
        assert "All is well" in doctor(server)


def test_a_branch_that_is_moved_left_or_renamed_is_followed_or_named(story_home: Path) -> None:
    with serving(story_home) as (server, cookie):
        content = story_home / "content"
        assert save(server, cookie, "to be taken away")[0] == 303
        git(content, "reset", "--quiet", "--hard", "HEAD~1")
        git(content, "reflog", "expire", "--expire=now", "--all")
        git(content, "gc", "--quiet", "--prune=now")
        reads(server, cookie)
        assert "to be taken away." not in server.get(f"/{PAGE}.md")[1]
        git(content, "checkout", "--quiet", "--detach")
        reads(server, cookie)
        status, text = save(server, cookie, "on no branch")
        assert status == 503 and "Copy your text" in text
        assert server.health()["status"] == "degraded" and "git switch main" in doctor(server)
        git(content, "checkout", "--quiet", "main")
        git(content, "branch", "-m", "main", "trunk")
        assert save(server, cookie, "on a renamed branch")[0] == 303
        git(content, "checkout", "--quiet", "--orphan", "other")
        status, text = server.get(f"/{PAGE}")
        assert status == 503 and "no pages just now" in text and "Traceback" not in text
        assert server.get("/-/health")[0] == 503 and "git switch" in doctor(server)
        git(content, "symbolic-ref", "HEAD", "refs/heads/trunk")
        assert save(server, cookie, "back again")[0] == 303
        healthy(server)
        reads(server, cookie)


class Disk:
    """A small disk of its own where the machine lets us make one; else the server may write no file any more."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        mount = ["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", str(folder)]
        self.is_real = os.geteuid() == 0 and subprocess.run(mount, capture_output=True, check=False).returncode == 0

    def fill(self, server: Server) -> None:
        if self.is_real:
            with suppress(OSError), (self.folder / "ballast").open("wb", buffering=0) as ballast:
                while True:
                    ballast.write(b"x" * 4096)
        else:
            self._limit(server, 0)

    def empty(self, server: Server) -> None:
        if self.is_real:
            (self.folder / "ballast").unlink()
        else:
            self._limit(server, resource.RLIM_INFINITY)

    def _limit(self, server: Server, size: int) -> None:
        assert server.process is not None
        for process in (server.process.pid, *server.processes()):
            resource.prlimit(process, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))

    def close(self) -> None:
        if self.is_real:
            subprocess.run(["umount", "--lazy", str(self.folder)], check=True)


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    (tmp_path / "disk").mkdir()
    found = Disk(tmp_path / "disk")
    yield found
    found.close()


def test_a_full_disk_stops_saving_and_nothing_else(story_home: Path, tmp_path: Path, disk: Disk) -> None:
    shutil.copytree(story_home / "content", disk.folder / "content", symlinks=True)
    with serving(disk.folder) as (server, cookie):
        assert save(server, cookie, "while there is room")[0] == 303
        clone = Desk(server, tmp_path / "ana", "ana").clone()
        clone.commit("pushed", {"tips/pushed.md": PUSHED})
        healthy(server, "search", "current")
        disk.fill(server)
        reads(server, cookie)
        status, text = save(server, cookie, "without room")
        assert status == 503 and "Copy your text" in text and "without room." in text
        status, said = clone.push()
        assert status != 0 and (not disk.is_real or "disk of the wiki is full" in said), said
        if disk.is_real:
            assert any("disk is nearly full" in note for note in server.health()["notes"])
            assert "nearly full" in doctor(server)
        if disk.is_real:
            # Whoever starts it again, to help, finds it as it was.
            server.stop()
            server.start()
            reads(server)
        disk.empty(server)
        assert clone("pull", "--rebase", "-q") == "" and clone.push()[0] == 0
        assert save(server, cookie, "with room again")[0] == 303
        reads(server, cookie)
        assert git(disk.folder / "content", "fsck", "--full") == ""


def test_a_full_disk_under_what_is_derived_or_under_the_accounts_is_theirs_alone(
    story_home: Path, tmp_path: Path, disk: Disk
) -> None:
    if not disk.is_real:
        pytest.skip("a disk of its own can't be made here")
    for name in ("search_index", "instance"):
        home = tmp_path / f"home with a full {name}"
        shutil.copytree(story_home, home, symlinks=True)
        place = disk.folder / name
        shutil.move(home / name, place)
        (home / name).symlink_to(place)
        with serving(home) as (server, cookie):
            assert save(server, cookie, "while there is room")[0] == 303
            healthy(server)
            disk.fill(server)
            reads(server, cookie)
            # What is signed in can be read of a full disk, so a save that needs nothing of it goes on.
            status, text = save(server, cookie, "beside a full disk")
            assert status == 303 or (status == 503 and "beside a full disk." in text)
            assert status == 303 or name == "instance"
            reads(server, cookie)
            status, text, _ = server.post(
                "/-/login", "", {**form_fields(server.get("/-/login")[1], "name"), "name": "x", "password": "x"}
            )
            assert status in (401, 422, 429) or (status == 503 and name == "instance"), (status, text[-500:])
            disk.empty(server)
            assert save(server, cookie, "with room again")[0] == 303
            healthy(server)
            reads(server, cookie)
            doctor(server)
            assert "All is well" in doctor(server)


def test_a_home_of_any_name_behind_a_link_under_a_strict_mask_serves_saves_and_is_backed_up(
    story_home: Path, tmp_path: Path
) -> None:
    no_utf8 = os.fsdecode(b"\xe9")
    place, home = tmp_path / f"Wiki: höme\n'x' \"$y\" 100%41;#?{no_utf8}", tmp_path / "a link"
    shutil.copytree(story_home, place, symlinks=True)
    home.symlink_to(place)
    strict = ("sh", "-c", 'umask 077; exec "$@"', "sh")
    with serving(home, prefix=strict, environment={"LC_ALL": "C", "LANG": "C"}) as (server, cookie):
        assert save(server, cookie, "in an odd place")[0] == 303
        reads(server, cookie)
        healthy(server)
        assert "All is well" in doctor(server)
        assert git(place / "content", "status", "--porcelain") == ""
        command(home, "backup", str(place / "backup 100%.tar"))
        for folder in ("instance", "search_index"):
            open_to_others = [file for file in (place / folder).rglob("*") if file.stat().st_mode & 0o077]
            assert not open_to_others or folder == "search_index", open_to_others
    elsewhere = tmp_path / f"elsewhere\n%{no_utf8}"
    command(elsewhere, "restore", str(place / "backup 100%.tar"))
    assert "in an odd place" in git(elsewhere / "content", "log", "--format=%s")
    assert "rosa" in command(elsewhere, "user", "list") and "All is well" in command(elsewhere, "doctor")
    assert (elsewhere / "instance" / "accounts.sqlite3").is_file()


@contextmanager
def read_only(folder: Path) -> Iterator[None]:
    """A folder that may not be written. (Who runs the tests as root starts the server without root's right to do it.)"""
    places = [folder, *folder.rglob("*")]
    modes = {place: place.lstat().st_mode & 0o7777 for place in places if not place.is_symlink()}
    for place, mode in modes.items():
        place.chmod(mode & ~0o222)
    yield
    for place, mode in modes.items():
        place.chmod(mode)


# Root as everybody else is: bound by the modes of files.
BOUND = ("setpriv", "--bounding-set=-dac_override,-dac_read_search,-fowner") if os.geteuid() == 0 else ()


def test_folders_that_may_not_be_written_are_named_and_read_on(story_home: Path) -> None:
    with serving(story_home, prefix=BOUND, environment=IN_A_HURRY) as (server, cookie):
        assert save(server, cookie, "at first")[0] == 303
        healthy(server)
        for folder in ("content", "instance"):
            with read_only(story_home / folder):
                reads(server, cookie)
                status, text = save(server, cookie, f"into a read-only {folder}")
                assert status == 503 and "Copy your text" in text and f"read-only {folder}." in text
                assert "The wiki may not write into this folder." in server.health()["notes"]
                assert f"{folder}: The wiki may not write" in doctor(server, *BOUND)
            assert save(server, cookie, f"into {folder} again")[0] == 303
        with read_only(story_home / "search_index"):
            assert save(server, cookie, "beside a read-only index")[0] == 303
            reads(server, cookie)
            assert server.health()["status"] == "degraded"
            assert "can't be brought up to date" in doctor(server, *BOUND)
        healthy(server)
        if BOUND:
            # As somebody leaves it who has cleaned up by `sudo git gc`.
            log = story_home / "content" / ".git" / "logs" / "HEAD"
            os.chown(log, 1, 1)
            assert save(server, cookie, "past another's log")[0] == 503
            assert any("belong to another user" in note for note in server.health()["notes"])
            assert f"{log}: This belongs to" in (said := doctor(server, *BOUND)) and "chown -R root: " in said
            os.chown(log, 0, 0)
            assert save(server, cookie, "with the log back")[0] == 303


def noise(file: Path) -> None:
    file.write_bytes(os.urandom(file.stat().st_size))


def half(file: Path) -> None:
    os.truncate(file, file.stat().st_size // 2)


def nothing(file: Path) -> None:
    os.truncate(file, 0)


def gone(file: Path) -> None:
    file.unlink()


def derived(home: Path) -> list[Path]:
    folder = home / "search_index"
    return [*folder.glob("*.sqlite3"), *(file for file in folder.glob("whoosh/*/*") if file.stat().st_size)]


def damage_derived(home: Path, damage: Callable[[Path], None]) -> None:
    for file in derived(home):
        with suppress(FileNotFoundError):
            damage(file)


def test_whatever_happens_to_what_is_derived_it_is_made_again(story_home: Path) -> None:
    with serving(story_home) as (server, cookie):
        for damage in (noise, half, nothing, gone):
            healthy(server)
            reads(server, cookie)
            workers = server.processes()
            damage_derived(story_home, damage)
            # Lists may ask to try again in a moment; pages are there all the time, and no process ends.
            for _ in range(3):
                for path in (f"/{PAGE}", "/about", "/-/search?q=signal", "/-/all", f"/-/history/{PAGE}"):
                    status, text = server.get(f"{path}{'&' if '?' in path else '?'}fresh={time.time_ns()}", cookie)
                    assert status == 200 or (status == 503 and "in a m" in text), (damage, path, status, text[-900:])
                    assert status == 200 or path not in (f"/{PAGE}", "/about"), damage
            assert save(server, cookie, f"on damaged ground: {damage.__name__}")[0] == 303
            healthy(server)
            reads(server, cookie)
            assert f'"path":"{PAGE}"' in server.get("/-/search?q=signal&format=json")[1], damage
            assert server.processes() == workers, damage
            server.stop()
            damage_derived(story_home, damage)
            server.start()
        healthy(server)
        reads(server, cookie)
        assert "All is well" in doctor(server)


def test_reading_goes_on_without_accounts(story_home: Path) -> None:
    folder = story_home / "instance"
    with serving(story_home) as (server, cookie):
        server.stop()
        whole = {file: file.read_bytes() for file in folder.glob("accounts.sqlite3*")}
        for damage in (noise, nothing, gone):
            for file in folder.glob("accounts.sqlite3*"):
                file.unlink()
            for file, data in whole.items():
                file.write_bytes(data)
            server.start()
            damage(folder / "accounts.sqlite3")
            began = time.monotonic()
            for path in READ:
                fresh = f"{path}{'&' if '?' in path else '?'}fresh={time.time_ns()}"
                assert server.get(fresh, cookie)[0] == 200, (damage, path)
            assert time.monotonic() - began < 120
            found = doctor(server)
            assert "TO DO" in found and "Put it back from a backup" in found, damage
            if damage is not noise:
                assert server.health()["accounts"] == "unreachable", damage
            server.stop()


def test_two_servers_on_one_home_lose_nothing_and_one_goes_on_alone(story_home: Path) -> None:
    with serving(story_home) as (one, cookie):
        two = Server(story_home, workers=1)
        two.start()
        try:
            for number in range(6):
                assert save((one, two)[number % 2], cookie, f"by turns {number}")[0] == 303
            for server in (one, two):
                text = server.get(f"/{PAGE}.md")[1]
                assert all(f"by turns {number}." in text for number in range(6))
            one.kill()
            assert save(two, cookie, "alone")[0] == 303
            reads(two, cookie)
        finally:
            two.stop()


def test_a_server_process_that_is_killed_is_replaced(story_home: Path) -> None:
    with serving(story_home) as (server, cookie):
        before = server.processes()
        os.kill(before[0], 9)
        until = time.monotonic() + PATIENCE
        while len(now := server.processes()) < 2 or now == before:
            assert time.monotonic() < until
            time.sleep(0.1)
        healthy(server)
        assert save(server, cookie, "by the others")[0] == 303


def test_a_torn_work_tree_is_nobodys_page_and_saving_goes_on(story_home: Path) -> None:
    with serving(story_home) as (server, cookie):
        content = story_home / "content"
        before = server.get(f"/{PAGE}.md")[1]
        (content / f"{PAGE}.md").write_bytes(b"hal")
        (content / ".git" / "index").write_bytes(b"torn")
        assert server.get(f"/{PAGE}.md?fresh")[1] == before
        assert save(server, cookie, "beside a torn index")[0] == 303
        assert "mended" in doctor(server) and git(content, "fsck", "--full") == ""
        assert save(server, cookie, "beside a mended index")[0] == 303


def test_a_machine_without_git_is_told_so_in_words(story_home: Path, tmp_path: Path) -> None:
    environment = {**os.environ, "PATH": str(tmp_path)}
    for command in ("doctor", "serve"):
        done = subprocess.run(
            [sys.executable, "-m", "wiki.cli", "--home", str(story_home), command],
            *(), capture_output=True, text=True, env=environment, timeout=60, check=False,
        )  # fmt: skip
        told = done.stdout + done.stderr
        assert done.returncode == 7 and "Git" in told and "Traceback" not in told, told[-2000:]


def test_an_empty_repository_becomes_a_wiki(tmp_path: Path) -> None:
    home = tmp_path / "home"
    (home / "content").mkdir(parents=True)
    git(home / "content", "init", "--quiet")
    with serving(home) as (server, _):
        assert server.get("/")[0] == 200
        healthy(server)


def test_what_is_being_answered_is_finished_before_the_server_ends_and_nothing_is_left(
    story_home: Path, tmp_path: Path
) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    with serving(story_home, environment={"TMPDIR": str(temporary)}) as (server, cookie):
        assert server.process is not None
        answers: list[int] = []
        opened, asked = threading.Event(), server.get

        def get(path: str, cookie: str = "") -> tuple[int, str]:
            found = asked(path, cookie)
            opened.set()
            return found

        server.get = get  # type: ignore[method-assign]
        with FileLock(story_home / "instance" / "write.lock"):
            saving = threading.Thread(target=lambda: answers.append(save(server, cookie, "the last one")[0]))
            saving.start()
            assert opened.wait(PATIENCE)
            # The save has been sent, and waits for the lock.
            time.sleep(2)
            server.process.send_signal(signal.SIGTERM)
            time.sleep(0.5)
        saving.join()
        assert answers == [303]
        assert server.process.wait(PATIENCE) == 0
        assert list(temporary.iterdir()) == []


def test_a_backup_made_while_people_save_becomes_the_same_wiki_elsewhere(story_home: Path, tmp_path: Path) -> None:
    file, home = tmp_path / "wiki.backup", tmp_path / "elsewhere"
    with serving(story_home) as (server, cookie):
        status, _, headers = server.send("about", cookie, {"body": "A suggestion.\n", "message": "to be looked at"})
        assert status == 303 and "/-/suggestions/" in headers["location"]
        (story_home / "instance" / "wiki.toml").write_text('[accounts]\nsign_up = "closed"\n')
        before, during, stop = [], [], threading.Event()
        for number in range(2):
            save(server, cookie, f"before the backup {number}")
            before.append(f"before the backup {number}")

        def keep_saving() -> None:
            while not stop.is_set():
                what = f"during the backup {len(during)}"
                if save(server, cookie, what)[0] == 303:
                    during.append(what)

        saving = threading.Thread(target=keep_saving)
        saving.start()
        try:
            command(story_home, "backup", str(file))
        finally:
            stop.set()
            saving.join()
        people = command(story_home, "user", "list", "--json")
    command(home, "restore", str(file))
    assert command(home, "user", "list", "--json") == people and "rosa" in people
    assert "closed" in command(home, "config", "explain")
    with serving(home) as (restored, again):
        subjects = restored.subjects()
        assert set(before) <= subjects
        # A whole moment: what is there of the later ones is a beginning of them without a gap.
        kept = [what in subjects for what in during]
        assert during and kept == sorted(kept, reverse=True)
        assert "A suggestion." in restored.get(headers["location"].partition("?")[0], again)[1]
        assert restored.get(f"/{PAGE}")[0] == 200 and restored.health()["accounts"] == "ok"


def command(home: Path, *arguments: str) -> str:
    """What a command prints."""
    whole = [sys.executable, "-m", "wiki.cli", "--home", str(home), *arguments]
    done = subprocess.run(whole, capture_output=True, text=True, errors="replace", check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout
