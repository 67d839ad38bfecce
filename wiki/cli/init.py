"""`movement-wiki init`."""

from __future__ import annotations

import click

from wiki.cli.home import Home, link_address, pass_home
from wiki.cli.output import progress


@click.command()
@click.option("--empty", is_flag=True, help="Start without the seed pages, with their settings only.")
@pass_home
def init(home: Home, empty: bool) -> None:
    """Make the wiki, or finish making it. Twice is harmless.

    It starts with the pages that lie in content/, or else with the seed pages. Where nobody is an administrator yet,
    the address is printed at which the first one chooses a name and a password; each call prints a new one.
    """
    from wiki.bootstrap import create_wiki

    config = home.config_for_new()
    made = create_wiki(config, empty=empty)
    with home.wiki(config) as wiki:
        if not wiki.is_current():
            with progress() as show:
                wiki.catch_up(show)
        token = wiki.accounts.links.first_admin()
    click.echo(f"The wiki {'was made' if made else 'is there'}: {config.home}")
    if token is not None:
        click.echo(f"Become its first administrator here, once it is served:\n  {link_address(config, token)}")
