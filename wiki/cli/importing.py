"""`movement-wiki import`: pages from a list, a table, a git repository or another wiki."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import IO, TYPE_CHECKING, BinaryIO, cast

import click

from wiki.cli.arguments import PresentFile, PresentPath
from wiki.cli.home import Home, pass_home
from wiki.cli.output import as_json, counted, print_json, problem_dict, progress
from wiki.cli.plans import actor, carry_out, catch_up, pairs, ready, say
from wiki.cli.words import sentence

if TYPE_CHECKING:
    from wiki.bootstrap import Wiki
    from wiki.importers.plan import Plan
    from wiki.importers.replay import Step
    from wiki.importers.texts import Origin

# A repository of a program has thousands of files that are no pages.
MAX_ALIKE = 10
SUMMARY = "Nobody has described this tool here yet."
STEPS = {
    "fetch": "Fetching the history …",
    "names": "Finding addresses for the pages …",
    "links": "Leading the links there …",
    "check": "Checking …",
    "take": "Taking it over …",
}

_dry = click.option("--dry-run", is_flag=True, help="Say what would happen, and change nothing.")
_by = click.option("--by", metavar="NAME", help="Account in whose name it is done. Default: the wiki's own name.")
_category = click.option("--category", default="", help="Category of tools that come without one.")
_function = click.option("--function", "functions", multiple=True, help="What tools are for that don't say it.")
_folder = click.option("--folder", default="", help="Folder of this wiki that the pages go into. Default: the top.")
_license = click.option("--license", "license_name", default="", help="Licence of the text, if it is not this wiki's.")
_attribution = click.option("--attribution", default="", help="Whose text it is, said on each page.")

_history = click.option("--history", is_flag=True, help="Take all versions of the pages along, not only the last.")


@click.group(name="import")
def import_() -> None:
    """Pages from elsewhere: a list, a table, a git repository, another wiki."""


@import_.command(name="list")
@click.argument("file", type=PresentFile("rb"))
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
    from wiki.importers.table import text_of

    found = listing.read(text_of(file), kind or "")
    with home.wiki() as wiki:
        settings = ready(wiki, category, functions)
        revision = wiki.repository.head()
        category = category or next(iter(settings.category_ids), "")
        defaults = Defaults(category, functions, SUMMARY)
        plan = stubs.plan(found, defaults, wiki.catalog, settings, wiki.config.limits.page_bytes)
        message = f"Add {counted(len(plan.new), 'tool')} from a list"
        return carry_out(wiki, plan, revision, message, dry_run, by, as_json)


@import_.command(name="csv")
@click.argument("file", type=PresentFile("rb"))
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
    from wiki.importers.table import read_table, text_of

    named = pairs(columns)
    table = read_table(text_of(file))
    with home.wiki() as wiki:
        settings = ready(wiki, category, functions)
        revision = wiki.repository.head()
        limit = wiki.config.limits.page_bytes
        defaults = Defaults(category, functions, SUMMARY)
        facts = csv.plan(table, wiki.catalog, wiki.store, settings, revision, limit, defaults, named)
        unused = [heading for heading, field in facts.columns if not field]
        if unused and not as_json:
            say(f"Columns that no field is known for: {', '.join(unused)}")
        return carry_out(wiki, facts.plan, revision, "Facts about tools from a table", dry_run, by, as_json)


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
        author = wiki.editor.person(actor(wiki, by))
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
                say(f"{old} → {new}")
            alike = Counter(item.problem.code for item in found.problems)
            told_of: Counter[str] = Counter()
            for item in found.problems:
                told_of[item.problem.code] += 1
                if told_of[item.problem.code] <= MAX_ALIKE:
                    say(f"{item.file}:{item.line or 1}: {sentence(item.problem)}")
                elif told_of[item.problem.code] == MAX_ALIKE + 1:
                    click.echo(f"… and {alike[item.problem.code] - MAX_ALIKE} more like these; --json lists all.")
            would = "would come" if dry_run else "came"
            click.echo(
                f"{counted(found.pages, 'page')} and {counted(found.files, 'other file')} {would} "
                f"with {counted(found.commits, 'commit')}; "
                f"{len(found.moved)} with a new address, {len(found.relinked)} with links changed, "
                f"{counted(len(found.problems), 'problem')}."
            )
        if found.revision and not dry_run:
            catch_up(wiki, as_json)
    return 0


@import_.command(name="mediawiki")
@click.argument("file", type=PresentFile("rb"))
@_folder
@_license
@_attribution
@_history
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
    from wiki.importers.texts import Origin

    origin = Origin(folder.strip("/"), license_name, attribution)
    export = mediawiki.read(cast(BinaryIO, file), history)
    with home.wiki() as wiki:
        settings, limit = wiki.settings.at(), wiki.config.limits.page_bytes
        revision = wiki.repository.head()
        plan = mediawiki.plan(export, origin, wiki.store, settings, revision, limit)
        if history and plan.new and not dry_run:
            total = sum(len(article.versions) for article in export.articles)
            _replay(wiki, mediawiki.steps(export, origin), total, origin, plan, by, as_json)
        return carry_out(wiki, plan, revision, "Pages from another wiki", dry_run, by, as_json)


@import_.command(name="dokuwiki")
@click.argument("folder_in", metavar="DIR", type=PresentPath(path_type=Path, file_okay=False))
@_folder
@_license
@_attribution
@_history
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
    history: bool,
    dry_run: bool,
    by: str | None,
    as_json: bool,
) -> int:
    """Make pages and files of a DokuWiki's data folder DIR."""
    from wiki.importers import dokuwiki
    from wiki.importers.texts import Origin

    origin = Origin(folder.strip("/"), license_name, attribution)
    with home.wiki() as wiki:
        limits, revision = wiki.config.limits, wiki.repository.head()
        sizes = (limits.attachment_bytes, limits.image_pixels)
        data = dokuwiki.read(folder_in, origin, wiki.repository, revision, *sizes)
        plan = dokuwiki.plan(data, origin, wiki.store, wiki.settings.at(), revision, limits.page_bytes)
        if history and plan.new and not dry_run:
            versions = dokuwiki.versions(data)
            steps = dokuwiki.steps(data, versions, origin, limits.page_bytes)
            _replay(wiki, steps, len(versions), origin, plan, by, as_json)
        return carry_out(wiki, plan, revision, "Pages from another wiki", dry_run, by, as_json)


def _replay(
    wiki: Wiki, steps: Iterable[Step], total: int, origin: Origin, plan: Plan, by: str | None, quiet: bool
) -> None:
    """Commit all versions of the pages that are new."""
    from wiki.importers.replay import replay

    limit, committer = wiki.config.limits.page_bytes, wiki.editor.person(actor(wiki, by))
    with progress(quiet=quiet) as show:
        count = replay(
            *(steps, origin, plan, wiki.repository, wiki.writer, wiki.settings.at(), limit, committer),
            progress=(lambda done: show("Versions", done, total)) if show else lambda done: None,
        )
    if not quiet:
        click.echo(f"{counted(count, 'version')} of {counted(len(plan.new), 'page')} came over.")
