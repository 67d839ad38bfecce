"""Guides and tips, which have the same fields."""

from __future__ import annotations

from dataclasses import replace

from wiki.pages.fields import N_, Field, Group, PageKind
from wiki.pages.kinds.shared import (
    CATEGORIES,
    LEVEL,
    LICENCE,
    ROLES,
    SUMMARY,
    TAGS,
    TITLE,
    TOPICS,
    VERIFICATION,
    T,
    mapping,
)

_GUIDE_FIELDS = (
    replace(TITLE, label=N_("Title"), hint=""),
    SUMMARY,
    CATEGORIES,
    TOPICS,
    LEVEL,
    Field("minutes", T.NUMBER, N_("Minutes to read or do"), group=Group.FIT, infobox=True),
    ROLES,
    Field("tools", T.PAGES, N_("Tools it speaks of"), group=Group.MORE, infobox=True, limit=60),
    Field(
        "prerequisites", T.WORDS, N_("Before you start"), group=Group.FIT, rare=True, prose=True, infobox=True, limit=30
    ),
    mapping(
        "adapted_from",
        N_("Adapted from"),
        Field("title", T.LINE, N_("Title of the original"), infobox=True, limit=300),
        Field("url", T.URL, N_("Address of the original"), infobox=True, limit=1000),
        Field("license", T.LINE, N_("Licence of the original"), infobox=True, limit=120),
        group=Group.MORE,
        rare=True,
    ),
    Field("risk_note", T.TEXT, N_("Risks to know"), group=Group.PRIVACY, prose=True, limit=2000),
    TAGS,
    Field("status", T.CHOICE, N_("Status"), vocabulary="statuses", allowed=("stub", "active", "retired"), rare=True),
    *VERIFICATION,
    *LICENCE,
)
GUIDE = PageKind(
    "guide",
    N_("Guide"),
    N_("Guides"),
    _GUIDE_FIELDS,
    outline=(N_("When you need this"), N_("Step by step"), N_("What decides the choice"), N_("Common mistakes")),
)
TIP = PageKind("tip", N_("Tip"), N_("Tips"), _GUIDE_FIELDS, outline=(N_("The short version"), N_("Why it works")))
