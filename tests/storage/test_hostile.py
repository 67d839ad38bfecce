"""A repository from elsewhere as content: nothing it names is run, nothing in it breaks the reading of the rest."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from gitrepo import NOON, ROSA, commit_files, git

from wiki.errors import NotFound, TooMany, Unavailable, WikiError
from wiki.storage.integrity import damage, unreadable
from wiki.storage.objects import kind_of
from wiki.storage.repository import Repository
from wiki.storage.trees import Tree
from wiki.storage.writer import Writer


def raw_object(folder: Path, kind: str, data: bytes) -> str:
    return git(folder, "hash-object", "-t", kind, "-w", "--stdin", "--literally", given=data).strip()


def raw_commit(folder: Path, tree: str, author: bytes, message: bytes) -> str:
    head = git(folder, "rev-parse", "HEAD").strip()
    data = f"tree {tree}\nparent {head}\n".encode() + b"author " + author + b"\ncommitter " + author + b"\n\n" + message
    made = raw_object(folder, "commit", data)
    git(folder, "update-ref", "HEAD", made)
    return made


@pytest.fixture
def trapped(folder: Path, tmp_path: Path) -> Path:
    """Everything in a repository by which git can be made to run a program; running one leaves the file returned."""
    mark = tmp_path / "it-ran"
    trap = tmp_path / "trap"
    trap.write_text(f"#!/bin/sh\necho $0 $* >> {mark}\ncat\n")
    trap.chmod(0o755)
    for hook in (
        "reference-transaction",
        "post-index-change",
        "pre-commit",
        "post-checkout",
        "post-update",
        "pre-auto-gc",
    ):
        place = folder / ".git/hooks" / hook
        place.parent.mkdir(exist_ok=True)
        place.write_text(trap.read_text())
        place.chmod(0o755)
    commit_files(folder, "Attributes", _gitattributes_x="x\n")
    (folder / ".gitattributes").write_text("* filter=evil diff=evil merge=evil\n")
    git(folder, "add", ".")
    git(folder, "commit", "-qm", "Attributes")
    (folder / ".git/info").mkdir(exist_ok=True)
    (folder / ".git/info/attributes").write_text("* filter=evil diff=evil merge=evil text eol=crlf\n")
    (tmp_path / "included").write_text(f'[filter "evil2"]\n\tsmudge = {trap}\n')
    settings = f"""
[core]
    fsmonitor = {trap}
    pager = {trap}
    editor = {trap}
    sshCommand = {trap}
    gitProxy = {trap}
    askPass = {trap}
    alternateRefsCommand = {trap}
    hooksPath = {folder}/.git/hooks
    worktree = {tmp_path}/elsewhere
    attributesFile = {tmp_path}/attributes
[extensions]
    worktreeConfig = true
    partialClone = evil
[remote "evil"]
    url = ext::{trap}
    promisor = true
    partialclonefilter = blob:none
    uploadpack = {trap}
[include]
    path = {tmp_path}/included
[filter "evil"]
    clean = {trap}
    smudge = {trap}
    process = {trap}
    required = true
[diff]
    external = {trap}
[diff "evil"]
    command = {trap}
    textconv = {trap}
[merge "evil"]
    driver = {trap}
[gpg]
    program = {trap}
[log]
    showSignature = true
[credential]
    helper = {trap}
[uploadpack]
    packObjectsHook = {trap}
[gc]
    auto = 1
[safe]
    directory = nowhere
[alias]
    cat-file = !{trap}
    log = !{trap}
"""
    with (folder / ".git/config").open("a") as file:
        file.write(settings)
    mark.unlink(missing_ok=True)
    return mark


def exercise(repository: Repository, writer: Writer) -> None:
    head = repository.head()
    list(repository.entries(head))
    list(repository.walk(head))
    list(repository.details(repository.reachable([head])))
    list(repository.moves([head]))
    repository.resolve(head[:8])
    repository.blame(head, "communications/signal.md")
    repository.renames(repository.commit(head).parents[0], head)
    repository.merge_base(head, repository.commit(head).parents[0])
    for missing in (lambda: repository.blob("1" * 40), lambda: repository.resolve("1" * 40)):
        with pytest.raises(NotFound):
            missing()
    new = writer.commit({"tips/email.md": b"new\n"}, base=head, message="Save", author=ROSA, when=NOON)
    writer.update_ref("refs/suggestions/1/head", new, None)
    writer.delete_ref("refs/suggestions/1/head", new)
    writer.put_right()
    writer.local_changes()


def test_nothing_that_a_repository_names_is_run(
    folder: Path, repository: Repository, writer: Writer, trapped: Path, tmp_path: Path
) -> None:
    exercise(repository, writer)
    assert not trapped.exists(), trapped.read_text()
    assert (folder / "tips/email.md").read_bytes() == b"new\n"
    assert not (tmp_path / "elsewhere").exists()


def test_a_configuration_git_can_not_read_is_no_hindrance(folder: Path, repository: Repository, writer: Writer) -> None:
    (folder / ".git/config").write_text("[core\nthis is = not a configuration\n")
    exercise(repository, writer)


def test_a_configuration_of_the_user_that_git_can_not_read_is_no_hindrance(folder: Path, tmp_path: Path) -> None:
    home = tmp_path / "somebody"
    home.mkdir()
    (home / ".gitconfig").write_text("[core\nthis is = not a configuration\n")
    code = "import sys, pathlib; from wiki.storage.repository import Repository; print(Repository(pathlib.Path(sys.argv[1])).head())"
    environment = {**os.environ, "HOME": str(home)}
    found = subprocess.run(
        [sys.executable, "-c", code, str(folder)], env=environment, capture_output=True, text=True, check=False
    )
    assert found.stdout.strip() == git(folder, "rev-parse", "HEAD").strip(), found.stderr


def test_a_folder_that_belongs_to_somebody_else_is_read(folder: Path, repository: Repository) -> None:
    """Git itself refuses a repository of another owner; ours is told where it is and asks nothing of it."""
    subprocess.run(["chown", "-R", "65534", str(folder)], check=False)
    assert repository.read(repository.head(), "tips/email.md").data == b"# E-mail\n"
    assert len(repository.blame(repository.head(), "tips/email.md")) == 1


def test_links_and_submodules_are_named_as_such_and_never_read(folder: Path, repository: Repository) -> None:
    (folder / "passwd.md").symlink_to("/etc/passwd")
    (folder / "tips/up").symlink_to("../..")
    git(folder, "add", ".")
    git(folder, "update-index", "--add", "--cacheinfo", f"160000,{repository.head()},module")
    git(folder, "commit", "-qm", "odd")
    head = repository.head()
    kinds = {entry.path: entry.kind for entry in repository.entries(head)}
    assert (kinds["passwd.md"], kinds["tips/up"], kinds["module"]) == ("link", "link", "submodule")
    for path in ("passwd.md", "tips/up", "tips/up/content/tips/email.md", "module", "module/x"):
        with pytest.raises(NotFound):
            repository.read(head, path)


def test_names_that_are_not_utf8_are_listed_and_read(folder: Path, repository: Repository, writer: Writer) -> None:
    name = "tips/caf\udce9.md"
    blob = raw_object(folder, "blob", b"text\n")
    git(folder, "update-index", "--add", "-z", "--index-info", given=b"100644 %s\ttips/caf\xe9.md\0" % blob.encode())
    git(folder, "commit", "-qm", "latin")
    head = repository.head()
    assert name in [entry.path for entry in repository.entries(head)]
    assert repository.read(head, name).data == b"text\n"
    assert repository.blame(head, name)[0].text == "text"
    assert [change.path for change in next(repository.walk(head))[1]] == [name]
    assert (folder.joinpath("tips") / "caf\udce9.md").exists() is False
    git(folder, "checkout", "-q", ".")
    new = writer.commit({name: None}, base=head, message="gone", author=ROSA, when=NOON)
    assert repository.entry(new, name) is None
    assert git(folder, "status", "--porcelain") == ""


def test_paths_that_lead_out_are_never_written_to_the_folder(
    folder: Path, repository: Repository, writer: Writer, tmp_path: Path
) -> None:
    blob = bytes.fromhex(raw_object(folder, "blob", b"evil\n"))
    inner = bytes.fromhex(raw_object(folder, "tree", b"100644 config\0" + blob))
    up = bytes.fromhex(raw_object(folder, "tree", b"100644 evil\0" + blob))
    rows = [b"40000 ..\0" + up, b"40000 .git\0" + inner, b"40000 GIT~1\0" + inner, b"100644 a/../../evil\0" + blob]
    tree = raw_object(folder, "tree", b"".join([*rows, b"100644 good.md\0" + blob]))
    before = (folder / ".git/config").read_bytes()
    writer.put_right()
    head = raw_commit(folder, tree, b"E <e@x> 1700000000 +0000", b"evil\n")
    assert len(list(repository.entries(head))) == 5
    assert writer.put_right()
    assert (folder / "good.md").read_text() == "evil\n"
    assert (folder / ".git/config").read_bytes() == before
    assert not (tmp_path / "evil").exists()
    assert not (folder / "GIT~1").exists()
    new = writer.commit({"tips/email.md": b"x\n"}, base=head, message="Save", author=ROSA, when=NOON)
    assert repository.read(new, "good.md").data == b"evil\n"


def test_links_under_the_names_of_our_own_files_are_not_followed(
    folder: Path, repository: Repository, writer: Writer, tmp_path: Path
) -> None:
    outside = tmp_path / "outside"
    outside.write_text("mine")
    for name in ("synced", "new", "mark", "index", "file"):
        (folder / f".git/movement-wiki.{name}").symlink_to(outside)
    writer.commit({"tips/email.md": b"x\n"}, base=repository.head(), message="Save", author=ROSA, when=NOON)
    assert outside.read_text() == "mine"
    assert git(folder, "status", "--porcelain") == ""


def test_a_tree_made_to_explode_is_cut_off_and_what_lies_beside_it_is_there(
    folder: Path, repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("wiki.storage.trees.MAX_FOLDER", 2_000)
    monkeypatch.setattr("wiki.storage.trees.MAX_ENTRIES", 5_000)
    monkeypatch.setattr("wiki.storage.walking.MAX_CHANGES", 4_000)
    file = bytes.fromhex(raw_object(folder, "blob", b"x"))
    level, mode = file, b"100644"
    for _ in range(12):
        tree = raw_object(folder, "tree", b"".join(mode + b" %d\0" % n + level for n in range(10)))
        level, mode = bytes.fromhex(tree), b"40000"
    names = [b"40000 %b\0" % name + level for name in (b"a", b"b", b"c", b"d")]
    # What is no tree at all is read no further, in no time.
    names.append(b"40000 junk\0" + bytes.fromhex(raw_object(folder, "tree", b"1 " * 1_000_000)))
    top = raw_object(folder, "tree", b"".join([*names, b"100644 z.md\0" + file]))
    old = repository.head()
    head = raw_commit(folder, top, b"E <e@x> 1700000000 +0000", b"bomb\n")
    found = list(repository.entries(head))
    assert [entry.path for entry in found if "/" not in entry.path] == [*"abcd", "junk", "z.md"]
    assert {entry.kind for entry in found} == {"blob", "tree"}
    assert len(found) <= 5_005
    new = [change for change in repository.diff(old, head) if "/" not in change.path and change.status == "A"]
    assert {change.path: kind_of(change.new_mode) for change in new} == {
        **dict.fromkeys([*"abcd", "junk"], "tree"),
        "z.md": "blob",
    }
    with pytest.raises(TooMany):
        list(repository.entries(head, "a"))
    # Each request asks this while so much is brought in, and looks no further than it has to.
    read: list[str] = []
    from_git = Repository.tree

    def counted(self: Repository, id: str) -> Tree:
        read.append(id)
        return from_git(self, id)

    with monkeypatch.context() as patch:
        patch.setattr(Repository, "tree", counted)
        assert not repository.differs_little(old, head, 2)
    assert len(read) < 50
    assert repository.differs_little(old, old, 0)
    # Of those that hold too much, a few are walked again.
    *named, rest = unreadable(repository)
    assert [(problem.code, problem.params["path"]) for problem in named] == [
        ("storage.too_much", name) for name in "abc"
    ]
    assert str(rest.params["reason"]).startswith("up to ")
    assert len(next(repository.walk(head))[1]) == 4_000
    assert repository.read(head, "a/" + "/".join("1" * 12)).data == b"x"


def test_a_tree_of_five_hundred_levels_is_cut_off(folder: Path, repository: Repository) -> None:
    level, mode = raw_object(folder, "blob", b"x"), b"100644"
    for _ in range(500):
        level, mode = raw_object(folder, "tree", mode + b" d\0" + bytes.fromhex(level)), b"40000"
    old = repository.head()
    head = raw_commit(folder, level, b"E <e@x> 1700000000 +0000", b"deep\n")
    assert [entry.kind for entry in repository.entries(head)] == ["tree"]
    # Whoever looks at the change sees that there is something, and everything else is read as ever.
    assert [kind_of(change.new_mode) for change in repository.diff(old, head) if change.status == "A"] == ["tree"]


@pytest.mark.parametrize(
    ("author", "name", "year"),
    [
        (b"E <e@x> 32503680000 +0000", "E", 3000),
        (b"E <e@x> -86400 +0000", "E", 1969),
        (b"E <e@x> 99999999999999999999 +0000", "E", 9999),
        (b"E <e@x> -99999999999999999999 +9999", "E", 1),
        (b"E <e@x> soon", "E", 1970),
        (b"E <e@x>", "E", 1970),
        (b"nobody", "nobody", 1970),
        (b"", "", 1970),
        (b"Ren\xe9 <e@x> 1700000000 +0000", "Ren\N{REPLACEMENT CHARACTER}", 2023),
        (b"x" * 10_000 + b" <e@x> 1700000000 +0000", "x" * 200, 2023),
        (b"<script>alert(1)</script> <e@x> 1700000000 +0000", "", 2023),
    ],
)
def test_people_and_dates_that_can_not_be_are_shown_as_far_as_they_can(
    folder: Path, repository: Repository, author: bytes, name: str, year: int
) -> None:
    tree = git(folder, "rev-parse", "HEAD^{tree}").strip()
    commit = repository.commit(raw_commit(folder, tree, author, b"message\n"))
    assert commit.author.name == name
    assert commit.authored.year == year
    assert commit.authored.tzinfo is UTC
    commit.authored.isoformat()


def test_a_huge_message_is_cut_and_other_encodings_are_read(folder: Path, repository: Repository) -> None:
    tree = git(folder, "rev-parse", "HEAD^{tree}").strip()
    huge = repository.commit(raw_commit(folder, tree, b"E <e@x> 1700000000 +0000", b"s\n\n" + b"x" * 5_000_000))
    assert len(huge.body) < 101_000
    data = f"tree {tree}\nauthor E <e@x> 1 +0000\ncommitter E <e@x> 1 +0000\nencoding ISO-8859-1\n\n".encode()
    assert repository.commit(raw_object(folder, "commit", data + b"caf\xe9\n")).subject == "caf\u00e9"
    data = data.replace(b"ISO-8859-1", b"unicode_escape")
    assert (
        repository.commit(raw_object(folder, "commit", data + b"caf\xe9\n")).subject == "caf\N{REPLACEMENT CHARACTER}"
    )


def test_a_trailer_counts_only_in_a_paragraph_of_its_own(folder: Path, repository: Repository) -> None:
    def trailers(message: str) -> dict[str, tuple[str, ...]]:
        tree = git(folder, "rev-parse", "HEAD^{tree}").strip()
        return repository.commit(raw_commit(folder, tree, b"E <e@x> 1 +0000", message.encode())).trailers

    assert trailers("s\n\nSuggestion: 17\nReviewed-by: a\nReviewed-by: b\n") == {
        "Suggestion": ("17",),
        "Reviewed-by": ("a", "b"),
    }
    assert trailers("Suggestion: 17\n") == {}
    assert trailers("s\n\nSee this.\nSuggestion: 17\n") == {}
    assert trailers("s\n\nSuggestion: 17\n\nAnd more.\n") == {}


@pytest.mark.parametrize(
    "head", ["ref: ../../secret", "ref: refs/../../secret", "garbage", "", "ref: refs/heads/main\0"]
)
def test_a_head_that_points_elsewhere_is_not_followed(folder: Path, repository: Repository, head: str) -> None:
    (folder.parent / "secret").write_text("a" * 40)
    (folder / ".git/HEAD").write_text(head)
    with pytest.raises(WikiError):
        repository.head()


def test_a_file_that_says_nothing_of_where_the_repository_is_leads_to_none(tmp_path: Path) -> None:
    (tmp_path / ".git").write_bytes(bytes(5_000))
    with pytest.raises(NotFound):
        Repository(tmp_path).head()


def test_a_ref_or_a_configuration_that_is_a_fifo_makes_nobody_wait(folder: Path, repository: Repository) -> None:
    head = repository.head()
    for name in ("config", "refs/heads/other"):
        (folder / ".git" / name).unlink(missing_ok=True)
        os.mkfifo(folder / ".git" / name)
    assert repository.read(head, "tips/email.md").data
    [found] = damage(repository)
    assert found.code == "storage.damaged"
    assert "refs/heads/other" in str(found.params["reason"])
    (folder / ".git/refs/heads/main").unlink()
    os.mkfifo(folder / ".git/refs/heads/main")
    with pytest.raises((NotFound, Unavailable)):
        Repository(folder).head()


@pytest.mark.parametrize("name", ["packed-refs", "shallow", "objects/info/alternates", "objects/pack/multi-pack-index"])
def test_a_file_of_gits_that_is_a_fifo_is_damage_and_makes_nobody_wait(folder: Path, name: str) -> None:
    (folder / ".git" / name).unlink(missing_ok=True)
    (folder / ".git" / name).parent.mkdir(exist_ok=True)
    os.mkfifo(folder / ".git" / name)
    repository = Repository(folder)
    with pytest.raises(Unavailable) as error:
        repository.read(repository.head(), "tips/email.md")
    assert error.value.params["reason"] == f".git/{name} is no file"


def test_a_fifo_in_place_of_what_was_found_damaged_makes_nobody_wait(folder: Path, repository: Repository) -> None:
    os.mkfifo(folder / ".git/movement-wiki.damage")
    assert damage(repository) == [] and repository.damage.places() == []
    repository.damage.at("tips")
    assert repository.damage.places() == ["tips"]


def test_replace_refs_do_not_change_what_a_commit_says(folder: Path, repository: Repository) -> None:
    head = repository.head()
    git(folder, "replace", head, repository.commit(head).parents[0])
    assert Repository(folder).commit(head).subject == "Say more"
    assert Repository(folder).read(head, "communications/signal.md").data.endswith(b"calls.\n")


def test_dates_before_1970_are_kept_when_they_are_shown(folder: Path, repository: Repository) -> None:
    tree = git(folder, "rev-parse", "HEAD^{tree}").strip()
    commit = repository.commit(raw_commit(folder, tree, b"E <e@x> -86400 +0000", b"m\n"))
    assert commit.authored == datetime(1969, 12, 31, tzinfo=UTC)


def test_a_clone_of_a_part_is_said_in_few_lines(folder: Path, repository: Repository) -> None:
    names = [f"lost{number}/page.md" for number in range(25)]
    for name in names:
        (folder / name).parent.mkdir()
        (folder / name).write_text(f"# {name}\n")
    git(folder, "add", ".")
    git(folder, "commit", "-qm", "Many")
    for name in names:
        id = git(folder, "rev-parse", f"HEAD:{name.partition('/')[0]}").strip()
        (folder / ".git/objects" / id[:2] / id[2:]).unlink()
    (folder / ".git/objects/pack/pack-1.promisor").touch()
    assert {entry.path for entry in repository.entries(repository.head())}.isdisjoint(names)
    said = [str(problem.params["reason"]) for problem in unreadable(repository)]
    assert (
        len(said) == 21
        and said[0].startswith("lost")
        and said[-1].startswith("5 other places can't be read; this is a clone of a part")
    )
