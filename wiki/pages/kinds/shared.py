"""Fields that several kinds have, and what a group of fields is made with."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from wiki.pages.fields import N_, Field, FieldType, Group

T = FieldType

# What decides a choice, in this order: it stands first wherever facts are shown. All else follows as in the form.
MOST_TELLING = ("cost.level", "functions", "url", "platforms", "license.type", "privacy.needs", "vendor.name")


def most_telling_first(fields: Iterable[Field]) -> list[Field]:
    """The fields in the order in which people who choose want to read them."""
    order = {name: place for place, name in enumerate(MOST_TELLING)}
    return sorted(fields, key=lambda item: order.get(item.dotted, len(order)))


def mapping(name: str, label: str, *fields: Field, **options: Any) -> Field:
    """A field that holds fields; what is said of the group and of rarity holds for each of them."""
    group = options.get("group", Group.BASICS)
    inner = tuple(
        replace(item, path=f"{name}.{item.name}", group=group, rare=item.rare or options.get("rare", False))
        for item in fields
    )
    return Field(name, T.MAPPING, label, fields=inner, **options)


TITLE = Field(
    "title", T.LINE, N_("Name"), N_("The product's own name."), required=True, lead=True, prose=True, limit=200
)
SUMMARY = Field(
    "summary",
    T.LINE,
    N_("In one sentence"),
    N_("What it is or does, at most 250 characters, no sales words."),
    required=True,
    lead=True,
    prose=True,
    limit=250,
)
CATEGORIES = Field(
    "categories",
    T.CHOICES,
    N_("Categories"),
    N_("One to four; the first is where the page lives."),
    required=True,
    vocabulary="categories",
    limit=4,
)
VERIFICATION = (
    Field("last_verified", T.DATE, N_("Last verified"), group=Group.CHECKED, infobox=True, compare=True, past=True),
    Field("verified_by", T.LINE, N_("Verified by"), group=Group.CHECKED, limit=80),
    Field("verify_every", T.NUMBER, N_("Check again after (days)"), group=Group.CHECKED, rare=True),
    Field("sources", T.LINKS, N_("Sources"), N_("One address a line."), group=Group.CHECKED, infobox=True, limit=100),
)
LICENCE = (
    Field(
        "content_license", T.LINE, N_("Licence of this text"), N_("Only where it differs."), group=Group.MORE, rare=True
    ),
    Field("attribution", T.LINE, N_("Attribution"), group=Group.MORE, rare=True, limit=1000),
)
TOPICS = Field("topics", T.WORDS, N_("Topics"), group=Group.FIT, facet="tag", limit=30)
LEVEL = Field(
    "level",
    T.CHOICE,
    N_("Level"),
    vocabulary="levels",
    allowed=("intro", "intermediate", "advanced"),
    group=Group.FIT,
    facet="level",
    infobox=True,
)
ROLES = Field("roles", T.WORDS, N_("For whom"), group=Group.FIT, infobox=True, limit=30)
TAGS = Field("tags", T.WORDS, N_("Tags"), N_("Separated by commas."), group=Group.MORE, facet="tag", limit=30)
