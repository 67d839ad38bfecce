"""`movement-wiki check`."""

from __future__ import annotations

import click

from wiki.cli.home import Home, pass_home
from wiki.cli.output import as_json, print_json, problem_dict
from wiki.cli.words import sentence
from wiki.editing.checking import Checking, FileProblem

PROBLEMS_EXIT = 2
KINDS = ("pages",)


@click.command()
@click.argument("what", nargs=-1, type=click.Choice(KINDS))
@as_json
@pass_home
def check(home: Home, what: tuple[str, ...], as_json: bool) -> int:
    """Look all files of the newest commit over: what can't be served, what the rules refuse, and where.

    Prints `path:line: what, and what is allowed`, and ends with 2 where there is something.
    """
    with home.wiki() as wiki:
        found = list(Checking(wiki.repository, wiki.settings, wiki.config.limits).tree(wiki.repository.head()))
    if as_json:
        print_json([{"path": item.file, **problem_dict(item.problem, sentence(item.problem))} for item in found])
    else:
        for item in found:
            click.echo(_line(item))
        click.echo(f"{len(found)} problems." if found else "No problems.", err=True)
    return PROBLEMS_EXIT if found else 0


def _line(item: FileProblem) -> str:
    field = "" if item.problem.where in ("", item.file) else f"{item.problem.where}: "
    words = " ".join(f"{field}{sentence(item.problem)}".split())
    # A file's name may hold anything, a line's end too.
    path = item.file.encode("utf-8", "backslashreplace").decode()
    path = "".join(character if character.isprintable() else "�" for character in path)
    return f"{path}:{item.line or 1}: {words}"
