"""`movement-wiki check`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import click

from wiki.bootstrap import Progress, Wiki
from wiki.cli.home import Home, pass_home
from wiki.cli.output import as_json, counted, print_json, problem_dict, progress
from wiki.cli.terminal import printable
from wiki.cli.words import sentence
from wiki.editing.checking import Checking, FileProblem
from wiki.errors import Problem
from wiki.linkcheck.checker import Checker
from wiki.linkcheck.links import Finding, Links, OutsideLink, outside
from wiki.linkcheck.network import Internet
from wiki.linkcheck.report import BadLink, report_of, write_report
from wiki.pages.path import PagePath
from wiki.storage.objects import shown_name

PROBLEMS_EXIT = 2
PAGES, LINKS = "pages", "links"


@click.command()
@click.argument("what", nargs=-1, type=click.Choice((PAGES, LINKS)))
@as_json
@pass_home
def check(home: Home, what: tuple[str, ...], as_json: bool) -> int:
    """Look over all files of the newest commit: what can't be served, what the rules refuse, and where.

    With `links`: the links instead, those inside of the wiki and those to other sites, which are asked for one after
    the other; nobody in a private network is asked. Both: `check pages links`.

    Prints `path:line: what, and what is allowed`, and ends with 2 where there is something. A note counts for nothing.
    """
    with home.wiki() as wiki, progress(quiet=as_json, alone=True) as show:
        found: list[Finding] = []
        if PAGES in what or not what:
            checking = Checking(wiki.repository, wiki.settings, wiki.config.limits)
            found += map(_finding, checking.tree(wiki.repository.head()))
        if LINKS in what:
            found += _links(wiki, show)
    problems = sum(not item.note for item in found)
    if as_json:
        print_json([_as_dict(item) for item in found])
    else:
        for item in found:
            click.echo(_line(item))
        if found:
            click.echo(err=True)
        click.echo(f"{counted(problems, 'problem')}." if problems else "No problems.", err=True)
    return PROBLEMS_EXIT if problems else 0


def _links(wiki: Wiki, show: Progress | None) -> Iterator[Finding]:
    wiki.catch_up(show)
    head = wiki.repository.head()
    links = Links(wiki.store, wiki.rendering, wiki.catalog, wiki.settings.at(head))
    going_out: list[OutsideLink] = []
    for page, rendered in links.pages(head):
        yield from links.inside(page, rendered)
        going_out += outside(page, rendered)
    tell = None if show is None else (lambda done, total: show(LINKS, done, total))
    verdicts = Checker(Internet()).check((link.address for link in going_out), tell)
    report = report_of(wiki.clock(), going_out, verdicts)
    write_report(report, wiki.config.index_dir)
    yield from map(_bad, report.bad)


def _bad(item: BadLink) -> Finding:
    link, verdict = item.link, item.verdict
    problem = Problem(verdict.code, link.address, verdict.params, link.line)
    return Finding(PagePath(link.page).file, link.line, problem, verdict.note)


def _finding(item: FileProblem) -> Finding:
    return Finding(item.file, item.line, item.problem)


def _as_dict(item: Finding) -> dict[str, Any]:
    return {"path": item.file, **problem_dict(item.problem, sentence(item.problem)), "note": item.note}


def _line(item: Finding) -> str:
    field = "" if item.problem.where in ("", item.file) else f"{item.problem.where}: "
    words = " ".join(f"{'note: ' if item.note else ''}{field}{sentence(item.problem)}".split())
    # A file's name may hold anything, a line's end too.
    return printable(f"{shown_name(item.file)}:{item.line or 1}: {words}")
