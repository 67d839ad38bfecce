"""`movement-wiki backup` and `movement-wiki restore`."""

from __future__ import annotations

from pathlib import Path

import click

from wiki.backup import restore_backup, write_backup
from wiki.cli.arguments import PresentPath
from wiki.cli.home import Home, pass_home
from wiki.cli.output import as_json, print_json, progress

STEPS = {
    "accounts": "Accounts and settings …",
    "content": "Pages with their history, and suggestions …",
    "writing": "Writing …",
    "verifying": "Verifying …",
}


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@as_json
@pass_home
def backup(home: Home, file: Path, as_json: bool) -> None:
    """Write the whole wiki into one new FILE, and verify it. Safe while the wiki is served.

    In it are the pages with all their history, the suggestions, the accounts, the settings and the wiki's key. Keep it
    where only you can read it.
    """
    with home.wiki() as wiki:
        written = write_backup(wiki, file, _told(as_json))
    if as_json:
        print_json({"file": str(file), "head": written.head, "made": written.made, "size": file.stat().st_size})
    else:
        click.echo(f"{file}: {file.stat().st_size:,} bytes, verified.")


@click.command()
@click.argument("file", type=PresentPath(path_type=Path, dir_okay=False))
@as_json
@pass_home
def restore(home: Home, file: Path, as_json: bool) -> None:
    """Make the wiki of a backup FILE in an empty folder (--home). Nothing is ever written over.

    Everybody is signed out by it. Uncommitted files of the content folder are not in a backup.
    """
    config = home.config_for_new()
    restored = restore_backup(config, file, _told(as_json))
    # Said before anything is derived: for that there may be no room, and it can be made later.
    if as_json:
        print_json({"home": str(config.home), "head": restored.head, "accounts": restored.accounts})
    else:
        click.echo(f"The wiki is back in {config.home}. Accounts: {restored.accounts}.")
    with home.wiki() as wiki, progress(quiet=as_json) as show:
        wiki.catch_up(show)


def _told(quiet: bool):  # type: ignore[no-untyped-def]
    return (lambda step: None) if quiet else (lambda step: click.echo(STEPS[step]))
