"""What the community decides, as values: everything that the files in ``_wiki/`` say at one revision."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from wiki.errors import Problem
from wiki.pages.fields import Field

MAX_REDIRECTS = 20
_RIGHT_TO_LEFT = ("ar", "fa", "he", "ur", "yi")
Labels = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Term:
    """One allowed value of a vocabulary, with its label and description by language."""

    slug: str
    label: Labels = field(default_factory=dict)
    description: Labels = field(default_factory=dict)
    synonyms: tuple[str, ...] = ()
    products: tuple[str, ...] = ()
    verify_every: int = 0


@dataclass(frozen=True, slots=True)
class Category:
    """One category: its id is the folder of its pages; `color` names a colour of the design."""

    id: str
    label: Labels
    description: Labels
    icon: str
    color: str


@dataclass(frozen=True, slots=True)
class Reply:
    """A canned reason for the review."""

    id: str
    label: Labels
    text: Labels


@dataclass(frozen=True, slots=True)
class License:
    """The licence of the text."""

    name: str = "CC BY-SA 4.0"
    spdx: str = "CC-BY-SA-4.0"
    url: str = "https://creativecommons.org/licenses/by-sa/4.0/"


@dataclass(frozen=True, slots=True)
class Home:
    """What the home page asks and shows."""

    question: Labels = field(default_factory=dict)
    examples: tuple[tuple[Labels, Labels], ...] = ()
    start_here: tuple[str, ...] = ()
    text: Labels = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class MenuItem:
    """A link in the menu, to a page of the wiki or to an address."""

    label: Labels
    page: str
    url: str


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that ``_wiki/`` says, at one revision."""

    name: str = "Movement Tech Wiki"
    tagline: Labels = field(default_factory=dict)
    languages: tuple[str, ...] = ("en",)
    license: License = License()
    edit_policy: str = "suggest"
    home: Home = Home()
    menu: tuple[MenuItem, ...] = ()
    footer: Labels = field(default_factory=dict)
    accent: str = ""
    logo: str = ""
    categories: tuple[Category, ...] = ()
    vocabulary: Mapping[str, Mapping[str, Term]] = field(default_factory=dict)
    synonyms: tuple[tuple[str, ...], ...] = ()
    replies: tuple[Reply, ...] = ()
    spam_words: tuple[str, ...] = ()
    max_links: int | None = None
    protection: Mapping[str, str] = field(default_factory=dict)
    redirects: Mapping[str, str] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()
    fingerprint: str = ""

    @property
    def category_ids(self) -> tuple[str, ...]:
        """The ids of the categories, in order."""
        return tuple(category.id for category in self.categories)

    def category(self, id: str) -> Category | None:
        """The category with this id."""
        return next((category for category in self.categories if category.id == id), None)

    def terms(self, item: Field) -> Mapping[str, Term]:
        """The values that a field may have, in order, by slug; empty where anything goes."""
        if item.vocabulary == "categories":
            return {
                category.id: Term(category.id, category.label, category.description) for category in self.categories
            }
        if item.vocabulary in self.vocabulary:
            return self.vocabulary[item.vocabulary]
        return {slug: Term(slug) for slug in item.allowed}

    def verify_every(self, functions: Iterable[str]) -> int:
        """Days after which a page with these functions is to be checked again: the shortest that applies, else a year."""
        known = self.vocabulary.get("functions", {})
        days = [known[slug].verify_every for slug in functions if slug in known and known[slug].verify_every > 0]
        return min(days, default=365)

    @property
    def is_damaged(self) -> bool:
        """Whether the repository has lost one of the files: these settings hold until it is put back."""
        return any(problem.code == "storage.damaged" for problem in self.problems)

    def protected_by(self, path: str) -> str | None:
        """The role that ``protection.yml`` asks for to change this path: that of the longest prefix named ("" is all of
        the wiki). It may be no role that there is."""
        parts = path.split("/")
        for length in range(len(parts), -1, -1):
            role = self.protection.get("/".join(parts[:length]))
            if role is not None:
                return role
        return None

    def redirected(self, path: str) -> str | None:
        """Where what was at this path, or in a folder above it, has been moved to; None where nowhere or in a circle."""
        seen = {path}
        found = None
        for _ in range(MAX_REDIRECTS):
            parts = path.split("/")
            lengths = range(len(parts), 0, -1)
            length = next((length for length in lengths if self.redirects.get("/".join(parts[:length]))), 0)
            if not length:
                return found
            path = found = "/".join([self.redirects["/".join(parts[:length])], *parts[length:]])
            if path in seen:
                return None
            seen.add(path)
        return None


def localized(labels: Labels, language: str, default: str = "") -> str:
    """The text in this language, else in any there is, else the default."""
    return labels.get(language) or next((text for text in labels.values() if text), default)


def direction(language: str) -> str:
    """The direction in which a language is written, as HTML says it."""
    return "rtl" if language.partition("-")[0] in _RIGHT_TO_LEFT else "ltr"
