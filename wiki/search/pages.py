"""The wiki's pages as documents for the search."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from stat import S_ISREG

from wiki.markup.markdown import Rendered
from wiki.pages.page import Page
from wiki.pages.path import PagePath
from wiki.pages.rendering import Rendering
from wiki.pages.settings import Settings, Term, localized
from wiki.pages.settings_store import SettingsStore
from wiki.pages.store import PageStore
from wiki.search.documents import Document
from wiki.search.indexer import Changes
from wiki.search.schema import MAIN, NAMED, STATUS, SUCCESSOR
from wiki.search.synonyms import Synonyms
from wiki.storage.repository import Repository

BATCH = 100

# The lists of values whose words people search by.
SEARCHED_BY = ("functions", "platforms", "compliance", "audiences", "cost_levels")

# The fields whose values a query may speak of, by the list of values that has the words for them; of alternatives, paths have.
FACTS = {
    "functions": ("functions", "topics", "tags"),
    "cost_levels": ("cost.level",),
    "platforms": ("platforms",),
    "hosting": ("hosting",),
    "license_types": ("license.type",),
    "end_to_end": ("privacy.end_to_end",),
    "high_risk_use": ("privacy.high_risk_use",),
    "needs": ("privacy.needs",),
    "audiences": ("fit.for",),
    "alternatives": ("alternatives",),
}

# Kinds that people ask for by name ("training for canvassers").
TOLD_KINDS = ("guide", "tip", "toolkit", "training")


class PageDocuments:
    """Reads documents off commits. `anchors` gives the words with which other pages link to a path."""

    def __init__(
        self,
        repository: Repository,
        store: PageStore,
        rendering: Rendering,
        settings: SettingsStore,
        anchors: Callable[[str], tuple[str, ...]],
    ) -> None:
        self._repository = repository
        self._store = store
        self._rendering = rendering
        self._settings = settings
        self._anchors = anchors

    def head(self) -> str:
        """The revision that an index should stand at."""
        return self._repository.head()

    def changed(self, old: str | None, new: str) -> Changes:
        """The pages that differ between two revisions; all pages where `old` is None."""
        changes = self._repository.diff(old, new)
        wanted: list[tuple[PagePath, str]] = []
        deletes: list[str] = []
        for change in changes:
            path = PagePath.of_file(change.path)
            if path is None or path.is_settings:
                continue
            if change.new_id is None or not S_ISREG(change.new_mode):
                deletes.append(path.text)
            else:
                wanted.append((path, change.new_id))
        return Changes(self._documents(wanted, new), tuple(deletes), len(wanted))

    def _documents(self, wanted: list[tuple[PagePath, str]], revision: str) -> Iterator[Document]:
        settings = self._settings.at(revision)
        for start in range(0, len(wanted), BATCH):
            # Without those too large to be a page, which `check` names.
            pages = list(self._store.read_many(wanted[start : start + BATCH], revision))
            for page, rendered in zip(pages, self._rendering.rendered_all(pages), strict=True):
                yield document_of(page, settings, rendered, self._anchors(page.path.text))


def document_of(page: Page, settings: Settings, rendered: Rendered, anchors: tuple[str, ...]) -> Document:
    """A page by its facts, its text, and the words with which others link to it."""
    language = page.path.language(settings.languages)
    functions = settings.vocabulary.get("functions", {})
    topics = [localized(functions[slug].label, language) for slug in page.texts("functions") if slug in functions]
    return Document(
        path=page.path.text,
        title=page.title,
        language=language,
        kind=page.kind.id,
        aliases=page.texts("aliases") + page.texts("aka") + page.texts("expansion"),
        summary=page.summary,
        lead=rendered.lead,
        body="\n".join((rendered.text, *_told_of_others(page))),
        topics=(*filter(None, topics), *([page.kind.id] if page.kind.id in TOLD_KINDS else [])),
        alternatives=tuple(path.rpartition("/")[2].replace("-", " ") for path in page.texts("alternatives")),
        facts=_facts(page),
        site=str(page.value("url") or ""),
        anchors=anchors,
    )


def _told_of_others(page: Page) -> tuple[str, ...]:
    """Who a toolkit is for, and what it says of the pages in it; it may say nothing else."""
    items = page.value("items")
    rows = [item for item in items if isinstance(item, dict)] if isinstance(items, list) else []
    told = (str(row[key]) for key in ("section", "title", "note") for row in rows if row.get(key))
    return (*page.texts("for.training"), *page.texts("for.event"), *page.texts("for.audience"), *dict.fromkeys(told))


def _facts(page: Page) -> tuple[str, ...]:
    """What is recorded of a page; one that can be had for nothing, too, counts as free."""
    facts = [f"{name}:{value}" for name, fields in FACTS.items() for field in fields for value in page.texts(field)]
    # Nobody asks for what wants to know who they are.
    facts = [fact for fact in facts if not fact.startswith("needs:") or fact == "needs:nothing"]
    facts += [f"{MAIN}{slug}" for field in ("functions", "tags") for slug in page.texts(field)[:1]]
    facts += [f"{NAMED}{page.path.text}>{other}" for other in page.texts("alternatives")]
    facts += [f"{STATUS}{status}" for status in page.texts("status")]
    facts += [f"{SUCCESSOR}{page.path.text}>{other.strip('/')}" for other in page.texts("replaced_by")]
    return (*facts, *(["cost_levels:free"] if page.value("cost.free_tier") == "yes" else []))


def synonyms_of(settings: Settings) -> Synonyms:
    """The words that mean the same, from the vocabulary and the synonyms file, and those that speak of a fact."""
    groups = [_phrases(term) for name in SEARCHED_BY for term in settings.vocabulary.get(name, {}).values()]
    facts = {
        f"{name}:{slug}": (*_phrases(term), *term.products)
        for name in FACTS
        for slug, term in settings.vocabulary.get(name, {}).items()
    }
    products = [name for term in settings.vocabulary.get("functions", {}).values() for name in term.products]
    # What is said to mean the same comes before what speaks of the same function.
    return Synonyms((*settings.synonyms, *(group for group in groups if len(group) > 1)), facts, products)


def _phrases(term: Term) -> tuple[str, ...]:
    """What the value of a field is called."""
    return tuple(dict.fromkeys((*term.label.values(), *term.synonyms, term.slug.replace("-", " "))))
