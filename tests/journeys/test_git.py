"""A maintainer at home in git, and strangers who clone: a real git against the running server."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.conftest import git
from tests.journeys.conftest import Server
from wiki.accounts.accounts import open_accounts
from wiki.accounts.roles import Role
from wiki.accounts.secret import load_secret
from wiki.accounts.tokens import Scope
from wiki.config import load

SIGNAL = "communications/signal"
PAGE = "# A page\n\nWith a line.\n"


class Desk:
    """Where one person works: a folder for clones, and the address to clone from with their token, if they have one."""

    def __init__(self, server: Server, place: Path, name: str = "", role: Role = Role.MAINTAINER) -> None:
        self.server = server
        self.place = place
        place.mkdir()
        self.url = f"{server.url}/-/content.git"
        if name:
            self.url = self.url.replace("://", f"://{name}:{token(server, name, role)}@")

    def run(self, *arguments: str, folder: Path | None = None) -> tuple[int, str]:
        """Exit status of a git command, and all that it says."""
        environment = {"PATH": os.environ["PATH"], "HOME": str(self.place), "LC_ALL": "C", "GIT_TERMINAL_PROMPT": "0"}
        who = {
            f"GIT_{part}_{what}": f"gil{'@git.example' * (what == 'EMAIL')}"
            for part in ("AUTHOR", "COMMITTER")
            for what in ("NAME", "EMAIL")
        }
        command = ["git", "-C", str(folder or self.place), *arguments]
        done = subprocess.run(command, env={**environment, **who}, capture_output=True, text=True, errors="replace")
        return done.returncode, done.stdout + done.stderr

    def __call__(self, *arguments: str, folder: Path | None = None) -> str:
        status, said = self.run(*arguments, folder=folder)
        assert status == 0, f"git {' '.join(arguments)}: {said}"
        return said.strip()

    def clone(self, name: str = "clone") -> Clone:
        self("clone", "-q", self.url, name)
        return Clone(self, self.place / name)


class Clone:
    """A clone with its files."""

    def __init__(self, desk: Desk, folder: Path) -> None:
        self.desk = desk
        self.folder = folder

    def __call__(self, *arguments: str) -> str:
        return self.desk(*arguments, folder=self.folder)

    def commit(self, message: str, files: dict[str, str | bytes]) -> None:
        for name, text in files.items():
            file = self.folder / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(text.encode() if isinstance(text, str) else text)
        self("add", "-A")
        self("commit", "-qm", message)

    def push(self, *arguments: str) -> tuple[int, str]:
        return self.desk.run("push", *(arguments or ("origin", "HEAD:main")), folder=self.folder)

    def refused(self, *arguments: str) -> str:
        """What the server says of a push that it doesn't take; the clone then stands where the server does."""
        before = git(self.desk.server.home / "content", "rev-parse", "main")
        status, said = self.push(*arguments)
        assert status != 0, said
        assert git(self.desk.server.home / "content", "rev-parse", "main") == before
        self("reset", "-q", "--hard", "origin/main")
        return said


def token(server: Server, name: str, role: Role) -> str:
    """A token for git and reading, as somebody makes it in their account."""
    config = load(server.home, {})
    accounts = open_accounts(config, load_secret(config.instance_dir))
    user = accounts.users.by_name(name) or accounts.users.add(name, role, display_name=name.capitalize())
    made, _ = accounts.tokens.create(user, "Laptop", {Scope.GIT, Scope.READ})
    accounts.database.close()
    return made


@pytest.fixture(scope="module")
def shared(ready_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One server for this module; whoever changes a page takes one of their own."""
    home = Path(shutil.copytree(ready_home, tmp_path_factory.mktemp("git") / "home", symlinks=True))
    (home / "instance" / "wiki.toml").write_text("[review]\nmin_seconds = 0\n")
    found = Server(home).start()
    yield found
    found.stop()


@pytest.fixture
def stranger(shared: Server, tmp_path: Path) -> Desk:
    return Desk(shared, tmp_path / "stranger")


@pytest.fixture
def ana(shared: Server, tmp_path: Path) -> Desk:
    return Desk(shared, tmp_path / "ana", "ana")


@pytest.fixture
def clone(ana: Desk) -> Clone:
    return ana.clone()


def suggest(server: Server, words: str, path: str = SIGNAL) -> tuple[int, str]:
    """A stranger suggests words for a page; the number of the suggestion and its private address."""
    status, _, headers = server.send(path, "", {"body": lambda body: f"{body}\n{words}\n", "message": f"Say {words}"})
    assert status == 303
    address = headers["location"].partition("?")[0]
    return int(address.split("/")[3]), address


def test_a_stranger_clones_the_pages_and_sees_nothing_of_what_is_only_suggested(shared: Server, stranger: Desk) -> None:
    number, _ = suggest(shared, "okapi words")
    content = shared.home / "content"
    hidden = git(content, "rev-parse", f"refs/suggestions/{number}/head")
    clone = stranger.clone()
    assert (clone.folder / f"{SIGNAL}.md").read_bytes() == (content / f"{SIGNAL}.md").read_bytes()
    assert "suggestions" not in clone("ls-remote", "origin")
    for version in ("0", "2"):
        for wanted in (hidden, git(content, "rev-parse", f"{hidden}:{SIGNAL}.md"), f"refs/suggestions/{number}/head"):
            status, said = stranger.run(
                "-c", f"protocol.version={version}", "fetch", "origin", wanted, folder=clone.folder
            )
            assert status != 0, said
    assert stranger.run("cat-file", "-e", hidden, folder=clone.folder)[0] != 0
    status, said = clone.push()
    assert status != 0 and ("could not read Username" in said or "terminal prompts disabled" in said)


def test_a_good_push_is_on_the_site_at_the_next_request(shared: Server, clone: Clone) -> None:
    clone.commit(
        "A tip by git",
        {
            "tips/by-git.md": "---\nkind: tip\ntitle: By git\nsummary: How it came.\ncategories: [tips]\n---\nPushed, with zebra words.\n"
        },
    )
    status, said = clone.push()
    assert status == 0, said
    assert "zebra words" in shared.get("/tips/by-git")[1]
    assert "By git" in shared.get("/tips")[1]
    assert "A tip by git" in shared.get("/-/recent")[1]
    assert git(shared.home / "content", "status", "--porcelain") == ""


def test_what_is_wrong_with_a_push_is_said_by_file_and_line(clone: Clone) -> None:
    page = (clone.folder / f"{SIGNAL}.md").read_text()
    clone.commit("A wrong price", {f"{SIGNAL}.md": page.replace("level: free", "level: lots")})
    said = clone.refused()
    line = page.splitlines().index("  level: free") + 1
    assert re.search(rf"{SIGNAL}\.md:{line}: cost\.level: .*free", said), said

    clone.commit("Nothing said", {"tips/empty.md": "---\nkind: tip\ntitle: Empty\ncategories: [tips]\n---\nText.\n"})
    assert "tips/empty.md:1: summary: This has to be filled in." in clone.refused()

    clone.commit("Broken", {"tips/broken.md": "---\ntitle: [unclosed\n---\nText.\n"})
    assert re.search(r"tips/broken\.md:\d+: ", clone.refused())

    (clone.folder / "tips" / "link.md").symlink_to("/etc/passwd")
    clone.commit("A link", {})
    assert "tips/link.md: Links to other files" in clone.refused()

    head = clone("rev-parse", "HEAD")
    clone("update-index", "--add", "--cacheinfo", f"160000,{head},tips/module")
    clone("commit", "-qm", "A module")
    assert "tips/module: Other repositories" in clone.refused()

    long = "a" * 200
    clone.commit("A long name", {f"tips/{long}.md": PAGE})
    assert re.search(rf"tips/{long}\.md: \S+", clone.refused())

    clone.commit("A large file", {"tips/large.bin": os.urandom(20_000_000)})
    assert re.search(r"tips/large\.bin: The file is too large", clone.refused())


@pytest.mark.parametrize("name", [".git", ".GIT", "git~1", ".git "])
def test_a_path_that_some_computers_take_for_git_s_own_is_refused(clone: Clone, name: str) -> None:
    """Git itself doesn't make such a tree any more, so it is made out of objects."""
    blob = clone("hash-object", "-w", f"{SIGNAL}.md")
    tree = clone("rev-parse", "HEAD^{tree}")
    entries = subprocess.run(
        ["git", "cat-file", "tree", tree], cwd=clone.folder, capture_output=True, check=True
    ).stdout
    inner = b"100644 config\0" + bytes.fromhex(blob)
    sub = put(clone, inner)
    whole = put(clone, b"40000 " + name.encode() + b"\0" + bytes.fromhex(sub) + entries)
    commit = clone("commit-tree", "-p", "HEAD", "-m", "Trap", whole)
    assert "hasDotgit" in clone.refused("origin", f"{commit}:refs/heads/main")
    assert not (clone.desk.server.home / "content" / name / "config.md").exists()


def put(clone: Clone, tree: bytes) -> str:
    command = ["git", "hash-object", "-w", "-t", "tree", "--literally", "--stdin"]
    done = subprocess.run(command, cwd=clone.folder, input=tree, capture_output=True, check=True)
    return done.stdout.decode().strip()


def test_history_is_not_rewritten_and_no_other_branch_is_made(clone: Clone) -> None:
    clone("commit", "-q", "--amend", "-m", "It never happened")
    assert "history" in clone.refused("--force", "origin", "HEAD:main").lower()
    assert clone.refused("origin", "HEAD:refs/heads/mine")
    assert clone.refused("origin", ":main")


def test_who_may_not_push_is_told_so(shared: Server, tmp_path: Path) -> None:
    desk = Desk(shared, tmp_path / "chris", "chris", Role.CONTRIBUTOR)
    clone = desk.clone()
    assert "suggestions" not in clone("ls-remote", "origin")
    clone.commit("Mine", {"tips/mine.md": PAGE})
    assert "403" in clone.refused()
    clone("remote", "set-url", "origin", desk.url.replace("mtw_", "mtw_not_"))
    assert clone.push()[0] != 0


def test_an_editor_pushes_what_the_browser_would_take_of_them(shared: Server, tmp_path: Path) -> None:
    clone = Desk(shared, tmp_path / "ben", "ben", Role.EDITOR).clone()
    assert "suggestions" not in clone("ls-remote", "origin")
    clone.commit("Mine", {"tips/of-an-editor.md": PAGE})
    assert clone.push()[0] == 0
    clone.commit("Names", {".mailmap": "Ben <gil@git.example>\n"})
    assert "Only maintainers" in clone.refused()
    clone.commit("Somebody else", {"tips/of-an-editor.md": PAGE + "More.\n"})
    clone("commit", "-q", "--amend", "--no-edit", "--author", "Ana <ana@users.noreply.localhost>")
    assert "in the name of another account (ana)" in clone.refused()
    # One that says so is out of the queue, today's and those that will get the numbers.
    clone.commit("Taken in\n\nSuggestion: 1\nSuggestion: 9000", {"tips/of-an-editor.md": PAGE + "More.\n"})
    assert "only maintainers decide" in clone.refused()
    assert clone.refused("origin", "HEAD:refs/suggestions/40/head")


def test_pushes_and_saves_at_once_lose_nothing(shared: Server, ana: Desk) -> None:
    clones = [ana.clone(f"clone-{number}") for number in range(2)]
    pages = [f"tips/at-once-{number}" for number in range(10)]
    clones[0].commit("Ten pages", {f"{page}.md": PAGE for page in pages})
    assert clones[0].push()[0] == 0
    clones[1]("pull", "-q", "--rebase")
    cookies = [shared.sign_in(f"person{number}") for number in range(5)]

    def push(clone: Clone) -> str:
        name = f"pushed {clone.folder.name}"
        clone.commit(name, {f"tips/{clone.folder.name}.md": PAGE})
        for _ in range(30):
            status, said = clone.push()
            if status == 0:
                return name
            assert re.search(r"fetch first|non-fast-forward|failed to update|busy|stale", said), said
            clone("pull", "-q", "--rebase", "origin", "main")
        raise AssertionError(said)

    def save(number: int) -> str:
        text: dict[str, str | Callable[[str], str]] = {"body": f"Saved by {number}.\n", "message": f"saved {number}"}
        assert shared.save(pages[number], cookies[number % 5], text) == 303
        return f"saved {number}"

    with ThreadPoolExecutor(6) as pool:
        pushes = [pool.submit(push, clone) for clone in clones]
        saves = [pool.submit(save, number) for number in range(10)]
        done = {future.result() for future in (*pushes, *saves)}
    assert done <= shared.subjects() and len(done) == 12
    for number, page in enumerate(pages):
        assert f"Saved by {number}." in shared.get(f"/{page}")[1]
    content = shared.home / "content"
    assert "error" not in git(content, "fsck", "--full") and git(content, "status", "--porcelain") == ""


def test_a_suggestion_is_fetched_merged_and_pushed_with_plain_git(shared: Server, ana: Desk) -> None:
    number, address = suggest(shared, "gnu words", "glossary/gotv")
    assert "waiting" in shared.get(address)[1]
    cookie = shared.sign_in("ana", Role.MAINTAINER)
    assert "Say gnu words" in shared.get("/-/review", cookie)[1]
    clone = ana.clone()
    clone("fetch", "-q", "origin", "+refs/suggestions/*:refs/remotes/origin/suggestions/*")
    clone("merge", "-q", "--no-ff", "-m", "Take it in", f"refs/remotes/origin/suggestions/{number}/head")
    status, said = clone.push()
    assert status == 0, said
    assert "taken in" in shared.get(address)[1]
    assert "Say gnu words" not in shared.get("/-/review", cookie)[1].partition("Decided lately")[0]
    assert "gnu words" in shared.get("/glossary/gotv")[1]
