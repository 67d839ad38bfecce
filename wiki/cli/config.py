"""`movement-wiki config`."""

from __future__ import annotations

import click

from wiki.cli.home import Home, pass_home
from wiki.cli.output import as_json, print_json, print_table
from wiki.config import explain as explain_settings


@click.group()
def config() -> None:
    """The settings of the engine."""


@config.command()
@as_json
@pass_home
def explain(home: Home, as_json: bool) -> None:
    """Every setting: its value, where the value comes from, and what it means.

    Settings are kept in instance/wiki.toml ([server], port = 8000), or in the environment (WIKI_SERVER__PORT=8000).
    """
    found = explain_settings(home.config())
    if as_json:
        print_json(
            [
                {
                    "name": item.name,
                    "value": item.value,
                    "default": item.default,
                    "origin": item.origin,
                    "meaning": item.meaning,
                }
                for item in found
            ]
        )
        return
    print_table(
        ("setting", "value", "from", "meaning"),
        ((item.name, _value(item.value), item.origin, item.meaning) for item in found),
    )


def _value(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if value != "" else "(empty)"
