"""What commands print: tables and progress for people, JSON for scripts."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TaskProgressColumn, TextColumn, TimeRemainingColumn
from rich.table import Table

from wiki.cli.terminal import printable
from wiki.errors import Problem

STEPS = {
    "catalog": "Reading the pages",
    "texts": "Reading the texts",
    "history": "Reading the changes",
    "search": "Making the search index",
    "links": "Asking other sites",
}

WIDE = 1_000

as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON, for scripts.")


def counted(count: int, noun: str) -> str:
    """A number of things, whose `noun` makes its plural with s: "1 page", "20,000 pages"."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def print_json(value: Any) -> None:
    """Print a value as JSON, indented."""
    click.echo(json.dumps(value, indent=2, ensure_ascii=False, default=str))


def print_table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print a table as wide as the terminal; nothing in it is taken for markup."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*map(printable, row))
    _console().print(table)


def problem_dict(problem: Problem, words: str) -> dict[str, Any]:
    """A problem as JSON has it."""
    return {"code": problem.code, "where": problem.where, "line": problem.line, "message": words}


@contextmanager
def progress(quiet: bool = False, alone: bool = False) -> Iterator[Callable[[str, int, int], None] | None]:
    """A bar for each step of `Wiki.catch_up`; where nobody watches, one line when a step is done, but for a command
    whose output is lines for another program (`alone`)."""
    console = _console()
    if quiet or (alone and not console.is_terminal):
        yield None
        return
    if not console.is_terminal:
        yield _said
        return
    columns = (
        TextColumn("{task.description:<24}"),
        BarColumn(bar_width=None),
        TaskProgressColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console) as bars:
        tasks: dict[str, TaskID] = {}

        def show(step: str, done: int, total: int) -> None:
            if step not in tasks:
                tasks[step] = bars.add_task(STEPS.get(step, step), total=total)
            bars.update(tasks[step], completed=done, total=total)

        yield show


def _said(step: str, done: int, total: int) -> None:
    if done == total:
        click.echo(f"{STEPS.get(step, step)}: done")


def _console() -> Console:
    # Another program that reads our output wants whole lines.
    width = None if sys.stdout.isatty() else WIDE
    return Console(highlight=False, markup=False, width=width)
