"""What the commands that import have in common: finding out whose work it is, saying what it comes to, doing it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import click

from wiki.accounts.roles import Role
from wiki.cli.output import counted, print_json, problem_dict, progress
from wiki.cli.terminal import printable
from wiki.cli.words import sentence
from wiki.editing.edit import Actor
from wiki.errors import Invalid, NotFound
from wiki.pages.settings import Settings

if TYPE_CHECKING:
    from wiki.bootstrap import Wiki
    from wiki.importers.plan import Plan

OPTIONS = {"functions": "--function", "categories": "--category"}
NOTHING_EXIT = 2
WHYS = {
    "address": "the same address",
    "name": "the same name",
    "list": "further up in the list",
    "same": "says the same",
    "differs": "was changed here since; it stays",
}


def ready(wiki: Wiki, category: str, functions: Iterable[str]) -> Settings:
    """The settings, with the catalog at HEAD. Raises Invalid for a category or function that there is not."""
    from wiki.pages.kinds.tool import FUNCTIONS

    wiki.catalog.catch_up()
    settings = wiki.settings.at()
    allowed = tuple(settings.terms(FUNCTIONS))
    for value, known in ((category, settings.category_ids), *((function, allowed) for function in functions)):
        if value and value not in known:
            raise Invalid("choice.unknown", value=value, allowed=known)
    return settings


def actor(wiki: Wiki, by: str | None) -> Actor:
    """In whose name something is done: that of an account, with its rights, or the wiki's own."""
    if by is None:
        return Actor("wiki", wiki.settings.at().name, Role.ADMIN)
    user = wiki.accounts.users.by_name(by)
    if user is None:
        raise NotFound("user.unknown", name=by)
    return Actor(user.name, user.display_name, user.effective_role)


def carry_out(wiki: Wiki, plan: Plan, revision: str, message: str, dry_run: bool, by: str | None, quiet: bool) -> int:
    """Say what a plan made on a revision comes to, and do it unless it is only asked for; the exit code."""
    person = actor(wiki, by)
    if quiet:
        print_json(_as_dict(plan))
    else:
        _tell(plan, dry_run)
    if plan.writes and not dry_run:
        wiki.editor.apply(plan.write(person, message, revision))
        catch_up(wiki, quiet)
    nothing = not (plan.writes or plan.existing)
    return NOTHING_EXIT if plan.refused and nothing else 0


def catch_up(wiki: Wiki, quiet: bool) -> None:
    """Bring everything that is derived to HEAD."""
    with progress(quiet=quiet) as show:
        wiki.catch_up(show)


def say(text: str) -> None:
    """Print a line; what other people have typed in it must not steer somebody's terminal."""
    click.echo(printable(text))


def _tell(plan: Plan, dry_run: bool) -> None:
    for new in plan.new:
        say(f"new      {new.path}: {new.label}")
    for changed in plan.changed:
        say(f"change   {changed.path}: {', '.join(changed.fields)}")
    for file in plan.files:
        say(f"file     {file.file}")
    for there in plan.existing:
        say(f"there    {there.path}: {there.label} ({WHYS.get(there.why, there.why)})")
    for item in plan.partly:
        say(f"in part  {item.label}: {sentence(item.problem)}")
    for item in plan.refused:
        line = f"line {item.problem.line}, " if item.problem.line else ""
        field = f"{item.problem.where}: " if item.problem.where else ""
        say(f"refused  {line}{item.label}: {field}{sentence(item.problem)}")
    missing = {item.problem.where for item in plan.refused if item.problem.code == "field.required"}
    for option in (option for where, option in OPTIONS.items() if where in missing):
        say(f"         What is missing can be said for all of them with {option}.")
    would = "would be " if dry_run else ""
    say(
        f"{len(plan.new)} {would}new, {len(plan.changed)} {would}changed, {counted(len(plan.files), 'file')}, "
        f"{len(plan.existing)} there already, {len(plan.refused)} refused."
    )


def _as_dict(plan: Plan) -> dict[str, Any]:
    return {
        "new": [{"path": str(item.path), "label": item.label, "line": item.line} for item in plan.new],
        "changed": [{"path": str(item.path), "fields": list(item.fields), "line": item.line} for item in plan.changed],
        "files": [item.file for item in plan.files],
        "existing": [
            {"path": item.path, "label": item.label, "why": item.why, "line": item.line} for item in plan.existing
        ],
        "partly": [{"label": item.label, **problem_dict(item.problem, sentence(item.problem))} for item in plan.partly],
        "refused": [
            {"label": item.label, **problem_dict(item.problem, sentence(item.problem))} for item in plan.refused
        ],
    }


def pairs(columns: Iterable[str]) -> Mapping[str, str]:
    """What columns are about, from arguments like "Price=cost.note"."""
    found = {}
    for text in columns:
        heading, equals, field = text.rpartition("=")
        if not equals:
            raise Invalid("import.mapping", value=text)
        found[heading.strip()] = field.strip()
    return found
