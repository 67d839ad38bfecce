from __future__ import annotations

import errno
import gzip
import hashlib
import io
import os
import struct
import subprocess
import threading
import urllib.error
import urllib.request
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from gitrepo import NOON, ROSA, commit_files, git
from served import Served

from wiki.errors import Invalid, TooMany
from wiki.storage.packets import packet, read_packets
from wiki.storage.quarantine import Quarantine
from wiki.storage.receiving import _Push
from wiki.storage.ref_moves import RefMoves
from wiki.storage.repository import Repository
from wiki.storage.request_body import request_body
from wiki.storage.writer import RefMoved, Writer, init

VERSIONS = ("0", "2")


@pytest.fixture
def served(repository: Repository, writer: Writer) -> Iterator[Served]:
    writer.put_right()
    found = Served(repository, writer)
    yield found
    found.close()


def cloned(served: Served, tmp_path: Path, name: str = "", *options: str) -> Path:
    place = tmp_path / f"clone-{name or 'stranger'}"
    git(tmp_path, "clone", "-q", *options, served.url(name), str(place))
    return place


def push(place: Path, *arguments: str) -> tuple[int, str]:
    """Exit status and everything that git says to the person."""
    settings = {"PATH": os.environ["PATH"], "HOME": str(place.parent), "GIT_CONFIG_NOSYSTEM": "1", "LC_ALL": "C"}
    done = subprocess.run(
        ["git", "-C", str(place), "push", *arguments],
        capture_output=True,
        env={**settings, "GIT_TERMINAL_PROMPT": "0"},
    )
    return done.returncode, done.stderr.decode("utf-8", "replace") + done.stdout.decode("utf-8", "replace")


@pytest.mark.parametrize("version", VERSIONS)
def test_anybody_clones_and_fetches(
    folder: Path, repository: Repository, writer: Writer, served: Served, tmp_path: Path, version: str
) -> None:
    place = tmp_path / "theirs"
    git(tmp_path, "-c", f"protocol.version={version}", "clone", "-q", served.url(), str(place))
    assert (place / "tips/email.md").read_text() == "# E-mail\n"
    assert git(place, "log", "--format=%s").split("\n")[:2] == ["Say more", "Begin"]
    new = writer.commit({"tips/email.md": b"new\n"}, base=repository.head(), message="S", author=ROSA, when=NOON)
    git(place, "-c", f"protocol.version={version}", "pull", "-q")
    assert git(place, "rev-parse", "HEAD").strip() == new


@pytest.mark.parametrize("version", VERSIONS)
def test_a_shallow_clone_is_deepened(served: Served, tmp_path: Path, version: str) -> None:
    place = tmp_path / "shallow"
    git(tmp_path, "-c", f"protocol.version={version}", "clone", "-q", "--depth=1", served.url(), str(place))
    assert git(place, "rev-list", "--count", "HEAD").strip() == "1"
    git(place, "-c", f"protocol.version={version}", "fetch", "-q", "--unshallow")
    assert git(place, "rev-list", "--count", "HEAD").strip() == "2"


@pytest.mark.parametrize("version", VERSIONS)
def test_what_is_hidden_is_neither_listed_nor_given_out_by_name_or_id(
    folder: Path, repository: Repository, writer: Writer, served: Served, tmp_path: Path, version: str
) -> None:
    head = repository.head()
    secret = writer.commit(
        {"tips/secret.md": b"unmerged text\n"},
        base=None,
        message="S",
        author=ROSA,
        when=NOON,
        ref="refs/suggestions/1/head",
    )
    git(folder, "update-ref", "refs/heads/main2", secret)
    git(folder, "tag", "print", head)
    blob, tree = (git(folder, "rev-parse", f"{secret}{what}").strip() for what in (":tips/secret.md", "^{tree}"))
    options = ("-c", f"protocol.version={version}")
    listed = git(tmp_path, *options, "ls-remote", served.url())
    assert {line.split("\t")[1] for line in listed.splitlines()} == {"HEAD", "refs/heads/main", "refs/tags/print"}
    place = cloned(served, tmp_path)
    for wanted in (secret, blob, tree, "refs/suggestions/1/head", "refs/heads/main2"):
        git(place, *options, "fetch", "-q", served.url("editor"), wanted, check=False)
        for id in (secret, blob, tree):
            assert git(place, "cat-file", "-e", id, check=False) == ""
            with pytest.raises(AssertionError):
                git(place, "cat-file", "-e", id)
    if version == "0":
        # Git shows its credentials only where it is asked for them, and version 0 names no ref before it is too late.
        options = (*options, "-c", "http.extraHeader=Authorization: Basic bWFpbnRhaW5lcjpwdw==")
    git(place, *options, "fetch", "-q", served.url("maintainer"), "refs/suggestions/*:refs/suggestions/*")
    assert git(place, "show", f"{secret}:tips/secret.md") == "unmerged text\n"


@pytest.mark.parametrize("version", ["0", "2"])
def test_what_is_hidden_is_not_there_for_a_clone_that_is_to_end_at_it(
    folder: Path, repository: Repository, served: Served, tmp_path: Path, version: str
) -> None:
    head = repository.head()
    first = repository.commit(head).parents[0]
    git(folder, "update-ref", "refs/suggestions/1/head", head)
    git(folder, "tag", "print", first)
    clone = ("-c", f"protocol.version={version}", "clone", "-q")
    for name in ("refs/suggestions/1/head", "suggestions/1/head", "refs/suggestions/2/head"):
        with pytest.raises(AssertionError, match=f"not our ref {name}"):
            git(tmp_path, *clone, f"--shallow-exclude={name}", served.url(), "hidden")
    git(tmp_path, *clone, "--shallow-exclude=print", served.url(), "since")
    assert first not in git(tmp_path / "since", "log", "--format=%H")


def test_a_commit_of_the_branch_is_given_out_by_its_id(repository: Repository, served: Served, tmp_path: Path) -> None:
    first = repository.commit(repository.head()).parents[0]
    git(tmp_path, "init", "-q", "empty")
    git(tmp_path / "empty", "-c", "protocol.version=2", "fetch", "-q", "--depth=1", served.url(), first)
    assert git(tmp_path / "empty", "rev-parse", "FETCH_HEAD").strip() == first


def test_a_push_is_on_the_branch_and_in_the_folder(
    folder: Path, repository: Repository, served: Served, tmp_path: Path
) -> None:
    place = cloned(served, tmp_path, "editor")
    new = commit_files(place, "Pushed", tips__email_md="pushed\n", field__new_md="x\n")
    status, said = push(place, "origin", "main")
    assert status == 0, said
    assert repository.head() == new
    assert (folder / "tips/email.md").read_text() == "pushed\n"
    assert git(folder, "status", "--porcelain") == ""
    assert git(folder, "fsck", "--strict", "--no-dangling") == ""
    assert served.pushes == 1
    assert not list((folder / ".git/objects").glob("movement-wiki-*"))


def test_a_large_push_in_chunks_is_taken_as_a_pack(
    folder: Path, repository: Repository, served: Served, tmp_path: Path
) -> None:
    place = cloned(served, tmp_path, "editor")
    git(place, "config", "http.postBuffer", "1000")
    new = commit_files(place, "Many", **{f"field__n{number}_md": "0123456789" * number for number in range(150)})
    status, said = push(place, "-q", "origin", "main")
    assert status == 0, said
    assert repository.head() == new
    assert list((folder / ".git/objects/pack").glob("*.idx"))
    assert git(folder, "fsck", "--strict", "--no-dangling") == ""
    assert git(folder, "status", "--porcelain") == ""


@pytest.mark.parametrize(("files", "packs"), [(3, 0), (150, 1)], ids=["few objects", "a pack"])
def test_a_cleaning_at_any_moment_of_a_push_takes_nothing_of_it(
    folder: Path,
    repository: Repository,
    served: Served,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    files: int,
    packs: int,
) -> None:
    place = cloned(served, tmp_path, "editor")
    new = commit_files(place, "Many", **{f"field__n{number}_md": f"{number}\n" for number in range(files)})
    kept: list[int] = []
    check, move = _Push._problems, RefMoves.move

    def clean() -> None:
        git(folder, "gc", "--quiet", "--prune=now")

    def checked_while_cleaning(self: _Push, quarantined: Repository, update: Any) -> Any:
        clean()
        yield from check(self, quarantined, update)

    def moved_after_cleaning(self: RefMoves, *arguments: Any) -> None:
        clean()
        kept.append(len(list((folder / ".git/objects/pack").glob("*.keep"))))
        move(self, *arguments)

    monkeypatch.setattr(_Push, "_problems", checked_while_cleaning)
    monkeypatch.setattr(RefMoves, "move", moved_after_cleaning)
    status, said = push(place, "-q", "origin", "main")
    assert status == 0, said
    assert repository.head() == new
    assert git(folder, "fsck", "--strict", "--no-dangling") == ""
    assert kept == [packs]
    assert not [*(folder / ".git/objects").glob("movement-wiki-*"), *(folder / ".git/objects/pack").glob("*.keep")]


@pytest.mark.parametrize("step", ["quarantine.tempfile.mkdtemp", "quarantine.put_object", "ref_moves.RefMoves.move"])
def test_a_disk_that_gets_full_at_any_step_of_a_push_is_named_and_the_next_push_is_taken(
    folder: Path, repository: Repository, served: Served, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    def full(*arguments: object, **others: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    place = cloned(served, tmp_path, "editor")
    new = commit_files(place, "Many", **{f"field__n{number}_md": f"{number}\n" for number in range(150)})
    with monkeypatch.context() as faulty:
        faulty.setattr(f"wiki.storage.{step}", full)
        status, said = push(place, "origin", "main")
    assert status != 0 and "(there is no room)" in said
    assert not list((folder / ".git/objects").glob("movement-wiki-*"))
    assert push(place, "-q", "origin", "main")[0] == 0
    assert repository.head() == new


def test_a_push_that_breaks_the_rules_is_refused_with_place_and_words(
    folder: Path, repository: Repository, served: Served, tmp_path: Path
) -> None:
    head = repository.head()
    place = cloned(served, tmp_path, "editor")
    commit_files(place, "Bad", tips__email_md="good\nbad \x1b[2J\n")
    (place / "tips/link.md").symlink_to("/etc/passwd")
    git(place, "add", ".")
    commit_files(place, "Link", large_md=b"x" * 1_100_000)
    status, said = push(place, "origin", "main")
    assert status == 1
    assert "remote: tips/email.md:2: says bad, and only good is allowed" in said
    assert "remote: tips/link.md: a symbolic link, and only files are allowed" in said
    assert "remote: large.md: file.too_large" in said
    assert "remote rejected" in said
    assert "\x1b[2J" not in said
    assert repository.head() == head
    assert served.pushes == 0
    assert not list((folder / ".git/objects").glob("movement-wiki-*"))
    bad = git(place, "rev-parse", "HEAD").strip()
    with pytest.raises(AssertionError):
        git(folder, "cat-file", "-e", bad)


def test_paths_that_lead_out_are_refused(repository: Repository, served: Served, tmp_path: Path) -> None:
    head = repository.head()
    place = cloned(served, tmp_path, "editor")
    blob = git(place, "hash-object", "-w", "--stdin", given=b"evil\n").strip()
    inner = git(place, "mktree", given=f"100644 blob {blob}\tconfig\n".encode()).strip()
    for name in (".git", "GIT~1", ".."):
        raw = f"40000 {name}\0".encode() + bytes.fromhex(inner)
        tree = git(place, "hash-object", "-t", "tree", "-w", "--stdin", "--literally", given=raw).strip()
        commit = git(place, "commit-tree", tree, "-p", head, "-m", "evil").strip()
        status, said = push(place, "origin", f"{commit}:main")
        assert status == 1, said
    assert repository.head() == head


def test_only_the_branch_may_be_pushed_and_by_some_what_is_hidden(
    repository: Repository, served: Served, tmp_path: Path
) -> None:
    place = cloned(served, tmp_path, "editor")
    for target in ("other", "refs/tags/v1", "refs/suggestions/1/head", "refs/notes/x"):
        status, said = push(place, "origin", f"HEAD:{target if '/' in target else 'refs/heads/' + target}")
        assert status == 1
        assert "push.ref" in said
    assert push(place, "origin", ":main")[0] == 1
    new = commit_files(place, "Suggest", tips__email_md="suggested\n")
    status, said = push(place, served.url("maintainer"), "HEAD:refs/suggestions/1/head")
    assert status == 0, said
    assert repository.refs("refs/suggestions/") == {"refs/suggestions/1/head": new}
    assert repository.head() != new
    status, said = push(place, served.url("maintainer"), ":refs/suggestions/1/head")
    assert status == 0, said
    assert repository.refs("refs/suggestions/") == {}


def test_history_is_rewritten_only_by_those_who_may(
    folder: Path, repository: Repository, served: Served, tmp_path: Path
) -> None:
    head = repository.head()
    place = cloned(served, tmp_path, "maintainer")
    git(place, "reset", "-q", "--hard", "HEAD~1")
    new = commit_files(place, "Otherwise", tips__email_md="otherwise\n")
    status, said = push(place, "--force", "origin", "main")
    assert status == 1
    assert "would rewrite history" in said
    assert repository.head() == head
    status, said = push(place, "--force", served.url("admin"), "main")
    assert status == 0, said
    assert repository.head() == new
    assert git(folder, "status", "--porcelain") == ""
    assert (folder / "communications/signal.md").read_text() == "# Signal\n\nTexts.\n"


def test_a_push_onto_a_branch_that_has_moved_is_told_to_fetch_first(
    repository: Repository, writer: Writer, served: Served, tmp_path: Path
) -> None:
    place = cloned(served, tmp_path, "editor")
    commit_files(place, "Mine", tips__email_md="mine\n")
    new = writer.commit({"x.md": b"x\n"}, base=repository.head(), message="S", author=ROSA, when=NOON)
    status, said = push(place, "origin", "main")
    assert status == 1
    assert "fetch first" in said
    assert repository.head() == new


def test_who_may_not_is_asked_to_sign_in_or_told_no(served: Served, tmp_path: Path) -> None:
    place = cloned(served, tmp_path)
    commit_files(place, "Mine", tips__email_md="mine\n")
    status, said = push(place, "origin", "main")
    assert status == 128
    assert "could not read Username" in said
    status, said = push(place, served.url("contributor"), "main")
    assert status == 128
    assert "403" in said
    served.private = True
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(served.url() + "/info/refs?service=git-upload-pack")
    assert caught.value.code == 401
    assert "Basic" in caught.value.headers["WWW-Authenticate"]
    git(tmp_path, "clone", "-q", served.url("contributor"), str(tmp_path / "again"))


def test_two_pushes_and_ten_saves_at_once_lose_nothing(
    folder: Path, repository: Repository, writer: Writer, served: Served, tmp_path: Path
) -> None:
    places = [tmp_path / f"p{number}" for number in range(2)]
    for place in places:
        git(tmp_path, "clone", "-q", served.url("editor"), str(place))
    failed: list[str] = []

    def pusher(number: int) -> None:
        place = places[number]
        for round in range(3):
            commit_files(place, f"Push {number} {round}", **{f"pushed__p{number}_md": f"{round}\n"})
            for _ in range(60):
                if push(place, "-q", "origin", "main")[0] == 0:
                    break
                git(place, "pull", "-q", "--rebase", check=False)
            else:
                failed.append(f"push {number} {round}")

    def saver(number: int) -> None:
        while True:
            base = repository.head()
            page = repository.read(base, "tips/email.md").data + b"save %d\n" % number
            try:
                writer.commit({"tips/email.md": page}, base=base, message=f"Save {number}", author=ROSA, when=NOON)
                return
            except RefMoved:
                continue

    threads = [threading.Thread(target=pusher, args=(number,)) for number in range(2)]
    threads += [threading.Thread(target=saver, args=(number,)) for number in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    subjects = git(folder, "log", "--format=%s").splitlines()
    assert {f"Save {number}" for number in range(10)} <= set(subjects)
    assert {f"Push {number} {round}" for number in range(2) for round in range(3)} <= set(subjects)
    assert sorted(git(folder, "show", "HEAD:tips/email.md").splitlines()[1:]) == [f"save {n}" for n in range(10)]
    assert git(folder, "status", "--porcelain") == ""
    assert git(folder, "fsck", "--strict", "--no-dangling") == ""


def test_the_first_push_into_an_empty_wiki(tmp_path: Path) -> None:
    repository = init(tmp_path / "new")
    served = Served(repository, Writer(repository, tmp_path / "lock"))
    git(tmp_path, "init", "-q", "-b", "main", "mine")
    new = commit_files(tmp_path / "mine", "Begin", a_md="a\n")
    status, said = push(tmp_path / "mine", served.url("editor"), "main")
    served.close()
    assert status == 0, said
    assert repository.head() == new
    assert (tmp_path / "new/a.md").read_text() == "a\n"


def test_a_push_that_is_too_large_is_refused(repository: Repository, writer: Writer, tmp_path: Path) -> None:
    writer.put_right()
    served = Served(repository, writer, max_push=100_000)
    head = repository.head()
    place = cloned(served, tmp_path, "editor")
    commit_files(place, "Large", large_md=os.urandom(150_000))
    status, said = push(place, "origin", "main")
    served.close()
    assert status == 1 and "413" in said
    assert repository.head() == head


def test_a_pack_that_leaves_something_out_or_is_damaged_is_refused(
    folder: Path, repository: Repository, served: Served, tmp_path: Path
) -> None:
    head = repository.head()
    place = cloned(served, tmp_path, "editor")
    new = commit_files(place, "New", tips__email_md="new\n")
    whole = subprocess.run(
        ["git", "-C", str(place), "pack-objects", "--stdout", "--revs"],
        input=f"{new}\n^{head}\n".encode(),
        capture_output=True,
        check=True,
    ).stdout
    only_commit = subprocess.run(
        ["git", "-C", str(place), "pack-objects", "--stdout"],
        input=f"{new}\n".encode(),
        capture_output=True,
        check=True,
    ).stdout
    damaged = whole[:40] + bytes(255 - byte for byte in whole[40:42]) + whole[42:]
    for pack in (only_commit, damaged, whole[:-10], b"PACK", b"not a pack at all"):
        answer = post(served, f"{head} {new} refs/heads/main\0report-status", pack)
        assert b"ng refs/heads/main" in answer
        assert repository.head() == head
    assert b"ok refs/heads/main" in post(served, f"{head} {new} refs/heads/main\0report-status", whole)
    assert repository.head() == new
    assert git(folder, "fsck", "--strict", "--no-dangling") == ""


def test_a_small_pack_that_stands_for_more_than_memory_holds_is_refused(repository: Repository, tmp_path: Path) -> None:
    size, times = 65_536, 16_384
    base = b"\xb0\x80\x20" + zlib.compress(bytes(size))
    # All of the base, over and over: 1 GB in 16 KB.
    delta = b"\x80\x80\x04" + b"\x80\x80\x80\x80\x04" + b"\x80" * times
    header = bytes([0xE0 | len(delta) & 15, 0x80 | len(delta) >> 4 & 127, len(delta) >> 11, len(base)])
    pack = struct.pack(">4sII", b"PACK", 2, 2) + base + header + zlib.compress(delta)
    sent = tmp_path / "sent"
    sent.write_bytes(pack + hashlib.sha1(pack, usedforsecurity=False).digest())
    quarantine = Quarantine(repository, fsync=False)
    with sent.open("rb", buffering=0) as file, pytest.raises(Invalid, match=r"push\.pack") as error:
        quarantine.unpack(file, 1_000_000)
    quarantine.close()
    assert "over limit" in error.value.problems[0].params["reason"]


def post(served: Served, command: str, pack: bytes, **headers: str) -> bytes:
    request = urllib.request.Request(
        served.url() + "/git-receive-pack",
        data=packet(command) + b"0000" + pack,
        headers={
            "Content-Type": "application/x-git-receive-pack-request",
            "Authorization": "Basic ZWRpdG9yOnB3",
            **headers,
        },
    )
    with urllib.request.urlopen(request) as answer:
        return bytes(answer.read())


@pytest.mark.parametrize(
    "command",
    [
        "",
        "x",
        "0 1 refs/heads/main",
        f"{'0' * 40} {'1' * 40} ../../x",
        f"{'0' * 40} {'1' * 40} refs/heads/a b",
        "push-cert",
    ],
)
def test_a_request_that_is_no_push_is_refused(served: Served, command: str) -> None:
    with pytest.raises(urllib.error.HTTPError) as caught:
        post(served, command, b"")
    assert caught.value.code == 400


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/info/refs", 404),
        ("GET", "/info/refs?service=git-upload-archive", 404),
        ("GET", "/info/refs?service=--upload-pack=x", 404),
        ("GET", "/HEAD", 404),
        ("GET", "/config", 404),
        ("GET", "/objects/info/packs", 404),
        ("GET", "/../../etc/passwd", 404),
        ("POST", "/git-upload-pack", 400),
        ("POST", "/git-upload-archive", 404),
        ("PUT", "/info/refs?service=git-upload-pack", 404),
    ],
)
def test_nothing_but_the_protocol_is_answered(served: Served, method: str, path: str, status: int) -> None:
    request = urllib.request.Request(served.url() + path, method=method, data=b"x" if method != "GET" else None)
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(request)
    assert caught.value.code == status


@pytest.mark.parametrize("version", ["0", "1", "2"])
def test_a_program_that_asks_for_what_it_was_told_nothing_of_gets_nothing(
    folder: Path, repository: Repository, writer: Writer, served: Served, version: str
) -> None:
    files, ref = {"tips/secret.md": b"unmerged text\n"}, "refs/suggestions/1/head"
    hidden = writer.commit(files, base=None, message="S", author=ROSA, when=NOON, ref=ref)
    names = (hidden, f"{hidden}^{{tree}}", f"{hidden}:tips/secret.md", f"{hidden}:tips")
    begin = packet("command=fetch") + b"0001" if version == "2" else b""
    for id in (git(folder, "rev-parse", name).strip() for name in names):
        request = urllib.request.Request(
            served.url() + "/git-upload-pack",
            data=begin + packet(f"want {id}\n") + (b"" if begin else b"0000") + packet("done\n") + b"0000",
            headers={
                "Content-Type": "application/x-git-upload-pack-request",
                "Git-Protocol": f"version={version}",
            },
        )
        with urllib.request.urlopen(request) as answer:
            assert f"not our ref {id}".encode() in answer.read()


def test_sizes_of_objects_are_told_to_nobody(repository: Repository, served: Served) -> None:
    secret = repository.head()
    body = packet("command=object-info") + b"0001" + packet("size") + packet(f"oid {secret}") + b"0000"
    for given in (body, b"0000" + body, b"0001" + body):
        request = urllib.request.Request(
            served.url() + "/git-upload-pack",
            data=given,
            headers={"Content-Type": "application/x-git-upload-pack-request", "Git-Protocol": "version=2"},
        )
        try:
            with urllib.request.urlopen(request) as answer:
                assert secret.encode() not in answer.read()
        except urllib.error.HTTPError as error:
            assert error.code == 400


def test_a_version_that_is_none_is_not_handed_to_git(served: Served) -> None:
    request = urllib.request.Request(
        served.url() + "/info/refs?service=git-upload-pack", headers={"Git-Protocol": "version=2:object-format=x\x01"}
    )
    with urllib.request.urlopen(request) as answer:
        assert answer.read().startswith(b"001e# service=git-upload-pack\n0000")


def environ(body: bytes, **others: Any) -> dict[str, Any]:
    return {"wsgi.input": io.BytesIO(body), **others}


def test_bodies_are_read_by_length_to_their_end_in_chunks_and_unzipped() -> None:
    text = b"some text " * 1_000
    chunked = b"".join(b"%x;x=y\r\n%s\r\n" % (len(text[n : n + 700]), text[n : n + 700]) for n in range(0, 10_000, 700))
    for given in (
        environ(text + b"more", CONTENT_LENGTH="10000"),
        environ(text, **{"wsgi.input_terminated": True}),
        environ(chunked + b"0\r\nA: b\r\n\r\nmore", HTTP_TRANSFER_ENCODING="chunked"),
        environ(gzip.compress(text), CONTENT_LENGTH=str(len(gzip.compress(text))), HTTP_CONTENT_ENCODING="gzip"),
    ):
        with request_body(given, 10_000) as file:
            assert file.read() == text
    with request_body(environ(b"nothing said of its length"), 100) as file:
        assert file.read() == b""


def test_bodies_that_are_too_large_also_when_unzipped_or_broken_are_refused() -> None:
    bomb = gzip.compress(b"\0" * 50_000_000)
    for given, error in (
        (environ(b"x" * 101, CONTENT_LENGTH="101"), TooMany),
        (environ(bomb, CONTENT_LENGTH=str(len(bomb)), HTTP_CONTENT_ENCODING="gzip"), TooMany),
        (environ(b"no zip", CONTENT_LENGTH="6", HTTP_CONTENT_ENCODING="gzip"), Invalid),
        (environ(b"x", CONTENT_LENGTH="1", HTTP_CONTENT_ENCODING="br"), Invalid),
        (environ(b"zz\r\n", HTTP_TRANSFER_ENCODING="chunked"), Invalid),
        (environ(b"5\r\nab", HTTP_TRANSFER_ENCODING="chunked"), Invalid),
    ):
        with pytest.raises(error), request_body(given, 100):
            pass


def test_packets_are_read_to_their_end_and_nothing_else_is_taken_for_one() -> None:
    assert list(read_packets(io.BytesIO(packet("a") + b"0000" + b"0001" + packet("b")), 10)) == [b"a", None, b"b"]
    for wrong in (b"00", b"zzzz", b"0003", b"00ff", b"+0a1", b"0x10"):
        with pytest.raises(Invalid):
            list(read_packets(io.BytesIO(wrong), 10))
    with pytest.raises(Invalid):
        list(read_packets(io.BytesIO(b"0000" * 11), 10))


def test_a_client_that_goes_away_ends_its_git_and_frees_its_turn(
    folder: Path, repository: Repository, served: Served, tmp_path: Path
) -> None:
    commit_files(folder, "Large", large_md=os.urandom(3_000_000).hex())
    body = packet("command=fetch") + b"0001" + packet(f"want {repository.head()}\n") + packet("done\n") + b"0000"
    for _ in range(20):
        given = {
            **environ(body, CONTENT_LENGTH=str(len(body))),
            "REQUEST_METHOD": "POST",
            "PATH_INFO": "/-/content.git/git-upload-pack",
            "CONTENT_TYPE": "application/x-git-upload-pack-request",
            "HTTP_GIT_PROTOCOL": "version=2",
        }
        answer: Any = served.application(given, lambda *_: None)
        if _ % 2:
            next(iter(answer))
        answer.close()
    assert (cloned(served, tmp_path) / "large.md").exists()
