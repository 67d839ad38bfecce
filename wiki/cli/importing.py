"""`movement-wiki import`: pages from a list, a table, a git repository or another wiki."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, BinaryIO, cast

import click

from wiki.accounts.roles import Role
from wiki.cli.home import Home, pass_home
from wiki.cli.output import as_json, print_json, problem_dict, progress
from wiki.cli.words import sentence
from wiki.editing.edit import Actor
from wiki.errors import Invalid, NotFound

if TYPE_CHECKING:
    from wiki.bootstrap import Wiki
    from wiki.importers.plan import Plan

NOTHING_EXIT = 2
SUMMARY = "Nobody has described this tool here yet."
STEPS = {
    "fetch": "Fetching the history …",
    "names": "Finding addresses for the pages …",
    "links": "Leading the links there …",
    "check": "Checking …",
    "take": "Taking it over …",
}
WHYS = {
    "address": "the same address",
    "name": "the same name",
    "list": "further up in the list",
    "same": "says the same",
    "differs": "was changed here since; it stays",
}

_dry = click.option("--dry-run", is_flag=True, help="Say what would happen, and change nothing.")
_by = click.option("--by", metavar="NAME", help="Account in whose name it is done. Default: the wiki's own name.")
_category = click.option("--category", default="", help="Category of tools that come without one.")
_function = click.option("--function", "functions", multiple=True, help="What tools are for that don't say it.")
_folder = click.option("--folder", default="", help="Folder of this wiki that the pages go into. Default: the top.")
_license = click.option("--license", "license_name", default="", help="Licence of the text, if it is not this wiki's.")
_attribution = click.option("--attribution", default="", help="Whose text it is, said on each page.")


@click.group(name="import")
def import_() -> None:
    """Pages from elsewhere: a list, a table, a git repository, another wiki."""


@import_.command(name="list")
@click.argument("file", type=click.File("rb"))
@click.option("--format", "kind", type=click.Choice(["markdown", "html", "table", "plain"]), help="Default: found out.")
@_category
@_function
@_dry
@_by
@as_json
@pass_home
def import_list(
    home: Home,
    file: IO[bytes],
    kind: str | None,
    category: str,
    functions: tuple[str, ...],
    dry_run: bool,
    by: str | None,
    as_json: bool,
) -> int:
    """Make pages of the tools in a list: Markdown, HTML, a table, or lines "Name - https://… what it is".

    Tools that the wiki has already, by address or name, are left out. No link is ever fetched. FILE may be - for
    standard input.
    """
    from wiki.importers import listing, stubs
    from wiki.importers.plan import Defaults
    from wiki.importers.table import decode

    found = listing.read(decode(file.read()), kind or "")
    with home.wiki() as wiki:
        settings = _ready(wiki, category, functions, as_json)
        category = category or next(iter(settings.category_ids), "")
        defaults = Defaults(category, functions, SUMMARY)
        plan = stubs.plan(found, defaults, wiki.catalog, settings, wiki.config.limits.page_bytes)
        return _carry_out(
            wiki, plan, f"Add {len(plan.new)} tool{'' if len(plan.new) == 1 else 's'} from a list", dry_run, by, as_json
        )


@import_.command(name="csv")
@click.argument("file", type=click.File("rb"))
@click.option(
    "--map", "columns", multiple=True, metavar="HEADING=FIELD", help="What a column is about, such as Price=cost.note."
)
@_category
@_function
@_dry
@_by
@as_json
@pass_home
def import_csv(
    home: Home,
    file: IO[bytes],
    columns: tuple[str, ...],
    category: str,
    functions: tuple[str, ...],
    dry_run: bool,
    by: str | None,
    as_json: bool,
) -> int:
    """Bring facts about tools in from a table with a row for each: what `export csv` writes, or any spreadsheet's CSV.

    The headings are names of fields (cost.level) or their words (Cost). Empty cells change nothing; only the lines that
    differ do.
    """
    from wiki.importers import csv
    from wiki.importers.plan import Defaults
    from wiki.importers.table import decode, read_table

    named = _pairs(columns)
    table = read_table(decode(file.read()))
    with home.wiki() as wiki:
        settings = _ready(wiki, category, functions, as_json)
        revision = wiki.repository.head()
        limit = wiki.config.limits.page_bytes
        defaults = Defaults(category, functions, SUMMARY)
        facts = csv.plan(table, wiki.catalog, wiki.store, settings, revision, limit, defaults, named)
        unused = [heading for heading, field in facts.columns if not field]
        if unused and not as_json:
            click.echo(f"Columns that no field is known for: {', '.join(unused)}")
        return _carry_out(wiki, facts.plan, "Facts about tools from a table", dry_run, by, as_json)


@import_.command(name="git")
@click.argument("source")
@click.option("--folder", default="", help="Only this folder of the repository becomes the content.")
@_dry
@_by
@as_json
@pass_home
def import_git(home: Home, source: str, folder: str, dry_run: bool, by: str | None, as_json: bool) -> int:
    """Make a git repository of Markdown the content of a new wiki, with its history.

    SOURCE is a folder, or an https or ssh address: An Otter Wiki's, Gollum's, a folder of docs. What doesn't fit the
    rules is listed and stays in the repository. The seed pages are replaced; a wiki that somebody has worked on is not.
    """
    from wiki.importers.git import take

    told: Callable[[str], None] = lambda step: None if as_json else click.echo(STEPS[step])  # noqa: E731
    with home.wiki() as wiki:
        author = wiki.editor.person(_actor(wiki, by))
        found = take(
            *(source, wiki.repository, wiki.writer, wiki.rendering, wiki.config.limits, author, wiki.editor.now),
            folder=folder,
            dry_run=dry_run,
            told=told,
        )
        if as_json:
            print_json(
                {
                    "revision": "" if dry_run else found.revision,
                    "commits": found.commits,
                    "pages": found.pages,
                    "files": found.files,
                    "moved": dict(found.moved),
                    "relinked": list(found.relinked),
                    "problems": [
                        {"file": item.file, **problem_dict(item.problem, sentence(item.problem))}
                        for item in found.problems
                    ],
                }
            )
        elif not found.revision:
            click.echo("The wiki has this history already. Nothing was changed.")
        else:
            for old, new in found.moved.items():
                click.echo(f"{old} → {new}")
            for item in found.problems:
                click.echo(f"{item.file}:{item.line or 1}: {sentence(item.problem)}")
            would = "would come" if dry_run else "came"
            click.echo(
                f"{found.pages} pages and {found.files} other files {would} with {found.commits} commits; "
                f"{len(found.moved)} with a new address, {len(found.relinked)} with links changed, "
                f"{len(found.problems)} problems."
            )
        if found.revision and not dry_run:
            _catch_up(wiki, as_json)
    return 0


@import_.command(name="mediawiki")
@click.argument("file", type=click.File("rb"))
@_folder
@_license
@_attribution
@click.option("--history", is_flag=True, help="Take all versions of the pages along, not only the last.")
@_dry
@_by
@as_json
@pass_home
def import_mediawiki(
    home: Home,
    file: IO[bytes],
    folder: str,
    license_name: str,
    attribution: str,
    history: bool,
    dry_run: bool,
    by: str | None,
    as_json: bool,
) -> int:
    """Make pages of a MediaWiki's XML export (Special:Export, dumpBackup.php)."""
    from wiki.importers import mediawiki
    from wiki.importers.replay import replay
    from wiki.importers.texts import Origin

    origin = Origin(folder.strip("/"), license_name, attribution)
    export = mediawiki.read(cast(BinaryIO, file), history)
    with home.wiki() as wiki:
        settings, limit = wiki.settings.at(), wiki.config.limits.page_bytes
        plan = mediawiki.plan(export, origin, wiki.store, settings, wiki.repository.head(), limit)
        if history and plan.new and not dry_run:
            committer = wiki.editor.person(_actor(wiki, by))
            with progress(quiet=as_json) as show:
                total = sum(len(article.versions) for article in export.articles)
                count = replay(
                    *(export, origin, plan, wiki.repository, wiki.writer, settings, limit, committer),
                    progress=(lambda done: show("Versions", done, total)) if show else lambda done: None,
                )
            if not as_json:
                click.echo(f"{count} versions of {len(plan.new)} pages were taken over.")
        return _carry_out(wiki, plan, "Pages from another wiki", dry_run, by, as_json)


@import_.command(name="dokuwiki")
@click.argument("folder_in", metavar="DIR", type=click.Path(path_type=Path, file_okay=False, exists=True))
@_folder
@_license
@_attribution
@_dry
@_by
@as_json
@pass_home
def import_dokuwiki(
    home: Home,
    folder_in: Path,
    folder: str,
    license_name: str,
    attribution: str,
    dry_run: bool,
    by: str | None,
    as_json: bool,
) -> int:
    """Make pages and files of a DokuWiki's data folder DIR."""
    from wiki.importers import dokuwiki
    from wiki.importers.texts import Origin

    origin = Origin(folder.strip("/"), license_name, attribution)
    with home.wiki() as wiki:
        limits = wiki.config.limits
        plan = dokuwiki.plan(
            *(folder_in, origin, wiki.store, wiki.repository, wiki.settings.at(), wiki.repository.head()),
            *(limits.page_bytes, limits.attachment_bytes, limits.image_pixels),
        )
        return _carry_out(wiki, plan, "Pages from another wiki", dry_run, by, as_json)


# What they have in common


def _ready(wiki: Wiki, category: str, functions: Iterable[str], quiet: bool) -> Any:
    """The settings, with the catalog at HEAD. Raises Invalid for a category or function that there is not."""
    from wiki.pages.kinds import TOOL

    wiki.catalog.catch_up()
    settings = wiki.settings.at()
    item = TOOL.field("functions")
    allowed = tuple(settings.terms(item)) if item is not None else ()
    for value, known in ((category, settings.category_ids), *((function, allowed) for function in functions)):
        if value and value not in known:
            raise Invalid("choice.unknown", value=value, allowed=known)
    return settings


def _actor(wiki: Wiki, by: str | None) -> Actor:
    if by is None:
        return Actor("wiki", wiki.settings.at().name, Role.ADMIN)
    user = wiki.accounts.users.by_name(by)
    if user is None:
        raise NotFound("user.unknown", name=by)
    return Actor(user.name, user.display_name, user.effective_role)


def _carry_out(wiki: Wiki, plan: Plan, message: str, dry_run: bool, by: str | None, quiet: bool) -> int:
    """Say what a plan comes to, and do it unless it is only asked for."""
    actor = _actor(wiki, by)
    if quiet:
        print_json(_as_dict(plan))
    else:
        _say(plan, dry_run)
    if plan.writes and not dry_run:
        revision = wiki.repository.head()
        wiki.editor.apply(plan.write(actor, message, revision))
        _catch_up(wiki, quiet)
    nothing = not (plan.writes or plan.existing)
    return NOTHING_EXIT if plan.refused and nothing else 0


def _catch_up(wiki: Wiki, quiet: bool) -> None:
    with progress(quiet=quiet) as show:
        wiki.catch_up(show)


def _say(plan: Plan, dry_run: bool) -> None:
    for new in plan.new:
        click.echo(f"new      {new.path}: {new.label}")
    for changed in plan.changed:
        click.echo(f"change   {changed.path}: {', '.join(changed.fields)}")
    for file in plan.files:
        click.echo(f"file     {file.file}")
    for there in plan.existing:
        click.echo(f"there    {there.path}: {there.label} ({WHYS.get(there.why, there.why)})")
    for item in plan.partly:
        click.echo(f"in part  {item.label}: {sentence(item.problem)}")
    for item in plan.refused:
        line = f"line {item.problem.line}, " if item.problem.line else ""
        click.echo(f"refused  {line}{item.label}: {sentence(item.problem)}")
    would = "would be " if dry_run else ""
    click.echo(
        f"{len(plan.new)} {would}new, {len(plan.changed)} {would}changed, {len(plan.files)} files, "
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


def _pairs(columns: Iterable[str]) -> Mapping[str, str]:
    found = {}
    for text in columns:
        heading, equals, field = text.rpartition("=")
        if not equals:
            raise Invalid("import.mapping", value=text)
        found[heading.strip()] = field.strip()
    return found
