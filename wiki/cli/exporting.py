"""`movement-wiki export`: the wiki as a site without a server, as one file, as a table."""

from __future__ import annotations

import sys
from collections.abc import Callable
from gettext import translation
from pathlib import Path
from typing import TYPE_CHECKING

import click

from wiki.cli.home import Home, pass_home
from wiki.cli.output import as_json, counted, print_json, progress
from wiki.cli.terminal import printable
from wiki.errors import Conflict, Unavailable

if TYPE_CHECKING:
    from wiki.bootstrap import Wiki
    from wiki.exporters.copy import Content


@click.group()
def export() -> None:
    """The wiki in other forms. Suggestions and drafts are never part of them."""


@export.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path, file_okay=False))
@as_json
@pass_home
def site(home: Home, folder: Path, as_json: bool) -> None:
    """Write a site into DIR that reads and searches without a server, from a stick or a phone.

    DIR has to be empty, or hold an earlier copy, which is brought up to date.
    """
    from wiki.exporters.site import write_site

    with home.wiki() as wiki, progress(quiet=as_json) as show:
        told = (lambda done, total: show("Pages", done, total)) if show else lambda done, total: None
        made = write_site(_content(wiki), folder, wiki.config.server.url, _words, progress=told)
    if as_json:
        print_json({"folder": str(folder), "pages": made.pages, "files": made.files, "revision": made.revision})
    else:
        click.echo(
            f"{folder}: {counted(made.pages, 'page')} and {counted(made.files, 'other file')}. Open {folder / 'index.html'}"
        )


@export.command(name="zip")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@as_json
@pass_home
def zip_(home: Home, file: Path, as_json: bool) -> None:
    """Write everything into one new FILE: the pages as Markdown, as a site, and all attachments."""
    from wiki.exporters.zip import write_zip

    with home.wiki() as wiki, progress(quiet=as_json) as show:
        told = (lambda done, total: show("Pages", done, total)) if show else lambda done, total: None
        made = write_zip(_content(wiki), file, wiki.config.server.url, _words, progress=told)
    if as_json:
        print_json({"file": str(file), "pages": made.pages, "size": file.stat().st_size, "revision": made.revision})
    else:
        click.echo(f"{file}: {counted(made.pages, 'page')}, {file.stat().st_size:,} bytes.")


@export.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, allow_dash=True))
@pass_home
def csv(home: Home, file: Path) -> None:
    """Write the facts about all tools into a new FILE (- for standard output), as a table for spreadsheets."""
    from wiki.exporters.copy import DRAFTS
    from wiki.exporters.csv import tool_facts
    from wiki.storage.workplace import new_file

    with home.wiki() as wiki:
        wiki.catalog.catch_up()
        text = tool_facts(wiki.catalog, wiki.settings.at().languages[0])
    if str(file) == "-":
        if sys.stdout.isatty():
            text = "\n".join(map(printable, text.split("\r\n")))
        click.echo(text, nl=False)
        return
    try:
        with new_file(file, DRAFTS) as draft:
            draft.write_text(text, "utf-8", newline="")
    except FileExistsError:
        raise Conflict("export.exists", file=str(file))
    except OSError as error:
        raise Unavailable("export.unwritable", path=str(file), reason=error.strerror or str(error))
    # A line end within a cell is of one character.
    rows = text.count("\r\n") - 1
    click.echo(f"{file}: {counted(rows, 'row')}.")


def _words(language: str) -> Callable[[str], str]:
    """The words of the interface in a language; in English where nobody has translated them."""
    from wiki.resources import folder

    found = translation("messages", folder("translations"), [language.replace("-", "_")], fallback=True)
    return found.gettext


def _content(wiki: Wiki) -> Content:
    from wiki.exporters.copy import Content

    return Content.at_head(wiki.repository, wiki.store, wiki.settings, wiki.catalog, wiki.presenter, wiki.rendering)
