"""`movement-wiki doctor`."""

from __future__ import annotations

import click

from wiki.cli.home import Home, pass_home
from wiki.cli.output import as_json, print_json, problem_dict, progress
from wiki.cli.terminal import printable
from wiki.cli.words import sentence
from wiki.doctor import Finding, Outcome, examine

REMAINS_EXIT = 7
_WORDS = {Outcome.MENDED: "mended", Outcome.REMAINS: "TO DO", Outcome.NOTE: "note"}


@click.command()
@as_json
@pass_home
def doctor(home: Home, as_json: bool) -> int:
    """Look for damage, mend what is derived, and say what can't be mended. Safe while the wiki is served."""
    with home.wiki() as wiki, progress(quiet=as_json) as show:
        findings = list(examine(wiki, show))
    if as_json:
        print_json([_as_dict(finding) for finding in findings])
    else:
        for finding in findings:
            where = f"{finding.problem.where}: " if finding.problem.where else ""
            click.echo(printable(f"{_WORDS[finding.outcome]:7} {where}{sentence(finding.problem)}"))
        if not any(finding.outcome is not Outcome.NOTE for finding in findings):
            click.echo("All is well.")
    return REMAINS_EXIT if any(finding.outcome is Outcome.REMAINS for finding in findings) else 0


def _as_dict(finding: Finding) -> dict[str, object]:
    return {**problem_dict(finding.problem, sentence(finding.problem)), "outcome": finding.outcome.value}
