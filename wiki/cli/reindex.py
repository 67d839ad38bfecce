"""`movement-wiki reindex`."""

from __future__ import annotations

import click

from wiki.cli.home import Home, pass_home
from wiki.cli.output import as_json, print_json, progress


@click.command()
@click.option("--full", is_flag=True, help="Build everything again from nothing.")
@as_json
@pass_home
def reindex(home: Home, full: bool, as_json: bool) -> None:
    """Bring the search index, and all that is derived from the pages, to the newest commit.

    Safe while the wiki is served.
    """
    with home.wiki() as wiki:
        with progress(quiet=as_json) as show:
            wiki.catch_up(show, full=full)
        head, current = wiki.repository.head(), wiki.is_current()
    if as_json:
        print_json({"head": head, "current": current})
    elif current:
        click.echo(f"Everything is at {head[:10]}.")
    else:
        click.echo("Another process is at work on the same; it will finish it.")
