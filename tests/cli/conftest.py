"""Running commands as somebody at a terminal would: arguments in; exit code, output and complaints out."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest

from wiki.cli.command import main


@dataclass(frozen=True)
class Result:
    """How a command ended and what it said."""

    code: int
    out: str
    err: str


Run = Callable[..., Result]


@pytest.fixture
def run_in(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs `movement-wiki --home HOME …`; a home of None leaves the option out. Expects the exit code `code`, if not
    None."""
    monkeypatch.delenv("WIKI_HOME", raising=False)

    def run(home: Path | None, *arguments: str, code: int | None = 0, given: str = "") -> Result:
        monkeypatch.setattr("sys.stdin", io.StringIO(given))
        capsys.readouterr()
        with pytest.raises(SystemExit) as end:
            main([*(["--home", str(home)] if home else []), *arguments])
        said = capsys.readouterr()
        result = Result(int(end.value.code or 0), said.out, said.err)
        assert code is None or result.code == code, result
        return result

    return run


@pytest.fixture
def run(run_in: Run, story_home: Path) -> Run:
    """Runs a command on the story wiki."""
    return partial(run_in, story_home)
