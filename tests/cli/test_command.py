"""The command as a whole: help, where the wiki is, and how a command ends."""

from __future__ import annotations

import json
import logging
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import Run
from tests.conftest import Story
from wiki import errors
from wiki.cli import command
from wiki.cli.terminal import LogLines
from wiki.cli.words import SENTENCES, exit_code, sentence
from wiki.config import SECTIONS
from wiki.errors import Problem


def test_help_names_every_command_and_each_has_help_of_its_own(run_in: Run) -> None:
    told = run_in(None, "--help").out
    for name in command.COMMANDS:
        assert f"  {name} " in told
        assert "Usage: movement-wiki" in run_in(None, name, "--help").out


def test_it_runs_as_a_module_too(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "wiki.cli", "--home", str(tmp_path), "user", "list"],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
    )
    assert done.returncode == 4
    assert done.stderr.startswith("There is no wiki at")


@pytest.mark.parametrize(
    ("redirected", "code", "told"),
    [
        ("user add rosa --role editor --password-stdin <&-", 2, "No password came on standard input."),
        ("user list <&- >&-", 4, "There is no wiki at"),
        ("config explain --json >/dev/full", 7, "Nothing can be written here: No space left on device.\n"),
    ],
)
def test_streams_that_are_closed_or_full_are_no_accident(tmp_path: Path, redirected: str, code: int, told: str) -> None:
    done = subprocess.run(
        ["sh", "-c", f'"$0" -m wiki.cli --home "$1" {redirected}', sys.executable, str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
    )
    assert (done.returncode, "Traceback" in done.stderr) == (code, False), done.stderr
    assert done.stderr.startswith(told) and "ignored" not in done.stderr


def test_a_mistyped_command_is_invalid_input(run_in: Run) -> None:
    assert "No such command" in run_in(None, "swerve", code=2).err


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        (errors.Invalid, 2),
        (errors.Denied, 3),
        (errors.NotFound, 4),
        (errors.Gone, 4),
        (errors.Conflict, 5),
        (errors.TooMany, 6),
        (errors.Unavailable, 7),
    ],
)
def test_each_kind_of_error_has_its_exit_code(kind: type[errors.WikiError], code: int) -> None:
    assert exit_code(kind("x")) == code


def test_errors_are_one_plain_sentence_each_on_the_error_output(run_in: Run, tmp_path: Path) -> None:
    for arguments in (["user", "list"], ["reindex"], ["doctor"], ["backup", "x"]):
        result = run_in(tmp_path, *arguments, code=4)
        assert result.out == ""
        assert result.err == f"There is no wiki at {tmp_path / 'content'} yet. `movement-wiki init` makes one.\n"


def test_what_nobody_foresaw_is_told_as_such(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wiki.cli.home.load", lambda *_, **__: 1 / 0)
    result = run("config", "explain", code=1)
    assert "Something went wrong that should not have." in result.err


@pytest.mark.parametrize("code", SENTENCES)
def test_no_sentence_shows_its_inside(code: str) -> None:
    assert "{" not in sentence(Problem(code))


@pytest.mark.parametrize("code", SENTENCES)
def test_no_sentence_steers_a_terminal(code: str) -> None:
    params = dict.fromkeys(re.findall(r"{(\w+)}", SENTENCES[code]), "\x1b]0;x\x07\x9b2J\r\n\u202e")
    assert sentence(Problem(code, params=params)).isprintable()


def test_a_table_that_is_looked_at_steers_no_terminal(
    run: Run, story: Story, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    story.commit({"communications/odd.md": '---\nkind: tool\ntitle: "\\e[31mred"\ncategories: [communications]\n---\n'})
    monkeypatch.setattr(type(sys.stdout), "isatty", lambda self: True)
    told = run("export", "csv", "-").out
    assert "[31mred," in told
    assert all(line.isprintable() for line in told.splitlines())
    assert "\r" not in told


def test_no_name_makes_a_line_of_the_log_of_its_own() -> None:
    found = LogLines("%(levelname)s %(name)s: %(message)s")
    entry = logging.makeLogRecord(
        {"name": "x", "levelname": "WARNING", "msg": "left: %s", "args": ("a\n\x1b[1mERROR y: b\u2028c",)}
    )
    assert found.format(entry) == "WARNING x: left: a\n  �[1mERROR y: b\n  c"


def test_the_folder_is_taken_from_the_environment(
    run_in: Run, story_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir("/")
    monkeypatch.setenv("WIKI_HOME", str(story_home))
    with pytest.raises(SystemExit) as end:
        command.main(["user", "list"])
    assert end.value.code == 0


def test_config_explain_says_every_setting_its_value_and_its_origin(
    run: Run, story_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (story_home / "instance").mkdir()
    (story_home / "instance" / "wiki.toml").write_text("[server]\nport = 9000\n")
    monkeypatch.setenv("WIKI_ACCOUNTS__SIGN_UP", "closed")
    monkeypatch.setenv("WIKI_DATABASE__URL", "postgresql://wiki:secret-word@db/wiki")
    settings = {item["name"]: item for item in json.loads(run("config", "explain", "--json").out)}
    assert {name.partition(".")[0] for name in settings} == set(SECTIONS)
    assert settings["server.port"]["value"] == 9000
    assert settings["server.port"]["origin"].endswith("wiki.toml")
    assert settings["accounts.sign_up"]["origin"] == "WIKI_ACCOUNTS__SIGN_UP"
    assert settings["server.host"]["origin"] == "default"
    told = run("config", "explain").out
    assert "secret-word" not in told
    assert all(item["meaning"] in told for item in settings.values())


def test_a_setting_that_does_not_fit_is_named_with_its_source(
    run: Run, story_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WIKI_SERVER__PORT", "many")
    assert "server.port (WIKI_SERVER__PORT)" in run("config", "explain", code=2).err
    monkeypatch.setenv("WIKI_SERVER__PORT", "80")
    monkeypatch.setenv("WIKI_SERVER__COLOUR", "red")
    assert "server.colour" in run("config", "explain", code=2).err


@pytest.mark.parametrize(
    "named", [("restore",), ("import", "csv"), ("import", "list"), ("import", "mediawiki"), ("import", "dokuwiki")]
)
def test_a_file_that_is_not_there_ends_as_all_that_is_not_found(
    run_in: Run, tmp_path: Path, named: tuple[str, ...]
) -> None:
    missing = str(tmp_path / "missing")
    assert run_in(tmp_path, *named, missing, code=4).err == f"There is nothing at {missing}.\n"
