"""Pages of text out of another wiki: which are new here, which are there already."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from wiki.editing.edit import Attach
from wiki.editing.forms import new_source
from wiki.editing.moving import REDIRECTS
from wiki.editing.yaml_files import update_mapping
from wiki.errors import Invalid, Problem
from wiki.importers.plan import Changed, Existing, New, Plan, Refused, problem_of
from wiki.pages.kinds import PAGE
from wiki.pages.path import PagePath, fold, slug
from wiki.pages.settings import Settings
from wiki.pages.store import PageStore


@dataclass(frozen=True, slots=True)
class Origin:
    """What every page of another wiki is given: the folder it goes into (empty for the top), and whose text it is."""

    folder: str = ""
    license: str = ""
    attribution: str = ""


@dataclass(frozen=True, slots=True)
class Text:
    """A page as another wiki has it, in Markdown. `left` names what of it is kept as a comment only."""

    title: str
    path: str
    body: str
    tags: Sequence[str] = ()
    left: Sequence[str] = field(default_factory=tuple)


def path_for(parts: Iterable[str], folder: str) -> str:
    """The path for the page whose title has these parts; empty where nothing of one of them can stand in a path."""
    names = [slug(part) for part in parts]
    return "/".join([*([folder] if folder else []), *names]) if names and all(names) else ""


def source_of(text: Text, origin: Origin) -> str:
    """The page as it is stored."""
    fields = {
        "kind": PAGE.id,
        "title": text.title,
        "tags": list(text.tags),
        "content_license": origin.license,
        "attribution": origin.attribution,
    }
    return new_source(PAGE, {key: value for key, value in fields.items() if value}, text.body)


def plan(
    texts: Iterable[Text],
    origin: Origin,
    store: PageStore,
    settings: Settings,
    revision: str,
    max_bytes: int,
    refused: Sequence[Refused] = (),
    files: Sequence[Attach] = (),
    redirects: dict[str, str] | None = None,
) -> Plan:
    """What becomes of these pages at a revision of the wiki. A page that is another text by now stays as it is."""
    present = {fold(path.text): path for path, _ in store.paths(revision)}
    new: list[New] = []
    existing: list[Existing] = []
    refusals = list(refused)
    partly: list[Refused] = []
    taken: dict[str, str] = {}
    for text in texts:
        try:
            if not text.path:
                raise Invalid("path.empty", where="path")
            path = PagePath.parse(text.path)
            if fold(path.text) in taken:
                raise Invalid("import.same_path", where="path", other=taken[fold(path.text)], path=path.text)
            taken[fold(path.text)] = text.title
            source = source_of(text, origin)
            there = present.get(fold(path.text))
            if there is not None:
                page = store.get(there, revision)
                why = "same" if page.source == source else "differs"
                existing.append(Existing(text.title, there.text, page.title, why))
                continue
            if path.text in settings.category_ids:
                raise Invalid("import.category", where="path", path=path.text)
            problem = problem_of(path, source, settings, max_bytes)
        except Invalid as error:
            problem = error.problems[0]
        if problem is not None:
            refusals.append(Refused(text.title[:200], problem))
            continue
        new.append(New(text.title, path, source))
        if text.left:
            partly.append(Refused(text.title, Problem("import.left", path.text, {"what": tuple(text.left)})))
    changed = _redirected(redirects or {}, {*present, *taken}, store, settings, revision)
    return Plan(tuple(new), changed, tuple(existing), tuple(refusals), tuple(files), tuple(partly))


def _redirected(
    redirects: dict[str, str], pages: set[str], store: PageStore, settings: Settings, revision: str
) -> tuple[Changed, ...]:
    """The file of redirects with those that lead from a path without a page to one with a page."""
    wanted = {
        old: new
        for old, new in sorted(redirects.items())
        if old
        and new
        and old != new
        and fold(old) not in pages
        and fold(new) in pages
        and old not in settings.redirects
    }
    if not wanted:
        return ()
    there = store.entry(REDIRECTS, revision) is not None
    before = store.get(REDIRECTS, revision).source if there else ""
    return (Changed("redirects", REDIRECTS, update_mapping(before, wanted), tuple(wanted)),)
