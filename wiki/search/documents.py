"""What the search knows of a page: plain values, independent of where pages come from."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Document:
    """One page as the search sees it. Only `path` and `title` have to be there.

    `language` is a BCP 47 code ("es", "pt-BR"); it chooses stemmer and stop words. `lead` is the first paragraph and `body`
    the whole text (lead included), both without markup. `topics` are what its facts say that it is about, as labels in its
    language ("Phone banking"), `alternatives` what can be used in its place. `facts` are the values that it has of a field: what it is for
    ("functions:crm"), what narrows that ("platforms:android"), what it can be used in place of ("alternatives:tips/tails"), and how it stands with it ("status:retired"). `site` is the web address of what it is about. `anchors` are the texts of links that point to this page.
    """

    path: str
    title: str
    language: str = "en"
    kind: str = ""
    aliases: tuple[str, ...] = ()
    summary: str = ""
    lead: str = ""
    body: str = ""
    topics: tuple[str, ...] = ()
    alternatives: tuple[str, ...] = ()
    facts: tuple[str, ...] = ()
    site: str = ""
    anchors: tuple[str, ...] = ()

    @property
    def path_words(self) -> str:
        """The words of the address: `field/door-knocking` gives "field door knocking"."""
        return self.path.replace("/", " ").replace("-", " ").replace("_", " ")
