"""The command `movement-wiki` itself: where the wiki is, which commands there are, and how a command ends."""

from __future__ import annotations

import errno
import importlib
import logging
import os
import sqlite3
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

import click

from wiki import __version__
from wiki.cli.home import Home
from wiki.cli.terminal import LogLines
from wiki.cli.words import exit_code, sentences
from wiki.errors import Unavailable, WikiError

log = logging.getLogger(__name__)
INTERRUPTED = 130
BROKEN = 1
# A disk that is full, or may only be read, is the owner's to mend, and no mistake of ours.
NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EROFS)
NO_ROOM_BY_SQLITE = (sqlite3.SQLITE_FULL, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_READONLY)
# In the order in which they are needed; each is imported only when it is called for, so that all of them start quickly.
COMMANDS = {
    "init": "wiki.cli.init:init",
    "serve": "wiki.cli.serve:serve",
    "reindex": "wiki.cli.reindex:reindex",
    "user": "wiki.cli.user:user",
    "check": "wiki.cli.check:check",
    "import": "wiki.cli.importing:import_",
    "export": "wiki.cli.exporting:export",
    "backup": "wiki.cli.backup:backup",
    "restore": "wiki.cli.backup:restore",
    "doctor": "wiki.cli.doctor:doctor",
    "config": "wiki.cli.config:config",
}


class Commands(click.Group):
    """Commands that are imported when they are called for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names of all commands, in the order of `COMMANDS`."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of this name."""
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name].partition(":")
        command = getattr(importlib.import_module(module), name)
        assert isinstance(command, click.Command)
        return command


@click.command(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.option(
    "--home",
    type=click.Path(path_type=Path, file_okay=False),
    envvar="WIKI_HOME",
    help="Folder in which content/, search_index/ and instance/ lie. Default: the current folder.",
)
@click.version_option(__version__, prog_name="movement-wiki")
@click.pass_context
def cli(context: click.Context, home: Path | None) -> None:
    """Look after a movement tech wiki: set it up, serve it, manage its people, check and back it up."""
    context.obj = Home(home or Path.cwd(), chosen=home is not None)
    if os.geteuid() == 0:
        context.call_on_close(context.obj.give_back)


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run one command, and end the process with its exit code."""
    _open_streams()
    to_log = logging.StreamHandler()
    to_log.setFormatter(LogLines("%(levelname)s %(name)s: %(message)s"))
    logging.basicConfig(level=logging.WARNING, handlers=[to_log])
    try:
        status = cli.main(args=arguments, prog_name="movement-wiki", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except WikiError as error:
        for sentence in sentences(error):
            click.echo(sentence, err=True)
        sys.exit(exit_code(error))
    except (click.Abort, KeyboardInterrupt):
        click.echo("Stopped.", err=True)
        sys.exit(INTERRUPTED)
    except BrokenPipeError:
        # Whoever read our output has seen enough.
        _drop_output()
        sys.exit(BROKEN)
    except Exception as error:
        if isinstance(error, OSError) and error.errno in NO_ROOM:
            click.echo(f"Nothing can be written here: {error.strerror}.", err=True)
            _drop_output()
            sys.exit(exit_code(Unavailable()))
        if isinstance(error, sqlite3.OperationalError) and error.sqlite_errorcode & 0xFF in NO_ROOM_BY_SQLITE:
            # What people gave (accounts, drafts) is kept behind errors of its own.
            refused = Unavailable("derived.unwritable", reason=str(error))
            click.echo(next(sentences(refused)), err=True)
            sys.exit(exit_code(refused))
        # The border of a command: what nobody foresaw is told as such, with everything that helps to find it.
        log.exception("unexpected error")
        click.echo("Something went wrong that should not have. The lines above say where.", err=True)
        sys.exit(BROKEN)
    sys.exit(status if isinstance(status, int) else 0)


def _open_streams() -> None:
    """Make what was closed before we began (`<&-`, some schedulers) nothing to read and nowhere to write.

    Otherwise the next file that is opened would get its number, and whatever is printed."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, Path(os.devnull).open(mode, encoding="utf-8"))  # noqa: SIM115


def _drop_output() -> None:
    """Forget what can't be printed, so that Python doesn't complain about it on the way out."""
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
