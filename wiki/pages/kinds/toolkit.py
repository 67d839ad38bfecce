"""Toolkits: lists that a trainer hands out."""

from __future__ import annotations

from dataclasses import replace

from wiki.pages.fields import N_, Field, Group, PageKind
from wiki.pages.kinds.shared import LICENCE, SUMMARY, TAGS, TITLE, VERIFICATION, T, mapping

TOOLKIT = PageKind(
    "toolkit",
    N_("Toolkit"),
    N_("Toolkits"),
    (
        replace(TITLE, label=N_("Title"), hint=""),
        SUMMARY,
        mapping(
            "for",
            N_("Made for"),
            Field("training", T.LINE, N_("Training"), infobox=True, limit=300),
            Field("event", T.LINE, N_("Event"), infobox=True, limit=300),
            Field("audience", T.LINE, N_("Audience"), infobox=True, limit=300),
            group=Group.FIT,
        ),
        Field("curator", T.LINE, N_("Put together by"), infobox=True, limit=200),
        Field(
            "items",
            T.ROWS,
            N_("Items, in order"),
            N_("A page of this wiki, or an outside address with a title."),
            required=True,
            lead=True,
            ordered=True,
            fields=(
                Field("page", T.PAGE, N_("Page"), limit=400),
                Field("url", T.URL, N_("Or address"), limit=1000),
                Field("title", T.LINE, N_("Title"), limit=200),
                Field("note", T.TEXT, N_("Note"), prose=True, limit=1000),
                Field("section", T.LINE, N_("Section"), prose=True, limit=120),
                Field("optional", T.FLAG, N_("Optional")),
            ),
            limit=200,
        ),
        Field(
            "pin", T.LINE, N_("Frozen at"), N_("The version that trainees saw."), group=Group.MORE, rare=True, limit=40
        ),
        TAGS,
        *VERIFICATION,
        *LICENCE,
    ),
    folder="toolkits",
)
