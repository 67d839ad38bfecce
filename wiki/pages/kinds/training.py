"""Trainings, with their dates."""

from __future__ import annotations

from dataclasses import replace

from wiki.pages.fields import N_, Field, Group, PageKind
from wiki.pages.kinds.shared import CATEGORIES, LEVEL, LICENCE, SUMMARY, TAGS, TITLE, TOPICS, VERIFICATION, T, mapping

TRAINING = PageKind(
    "training",
    N_("Training"),
    N_("Trainings"),
    (
        replace(TITLE, label=N_("Title"), hint=""),
        SUMMARY,
        Field("provider", T.LINE, N_("Who runs it"), required=True, infobox=True, limit=200),
        replace(CATEGORIES, required=False),
        Field(
            "format",
            T.CHOICE,
            N_("Format"),
            vocabulary="formats",
            allowed=("live-online", "in-person", "self-paced", "hybrid", "unconference"),
            group=Group.WHERE,
            facet="training_format",
            infobox=True,
        ),
        Field("language", T.LINE, N_("Language"), group=Group.WHERE, infobox=True, limit=80),
        Field("captions", T.LINE, N_("Captions"), group=Group.WHERE, infobox=True, limit=200),
        mapping(
            "cost",
            N_("Cost"),
            Field("per_person", T.LINE, N_("Per person"), infobox=True, limit=200),
            Field("group_rate", T.LINE, N_("For a group"), infobox=True, limit=200),
            Field("sponsor_contact", T.LINE, N_("If you can't pay"), infobox=True, limit=300),
            group=Group.COST,
        ),
        Field(
            "dates",
            T.ROWS,
            N_("Dates"),
            fields=(
                Field("start", T.DATE, N_("First day"), required=True),
                Field("end", T.DATE, N_("Last day")),
                Field("timezone", T.LINE, N_("Time zone"), limit=60),
                Field("registration_url", T.URL, N_("Registration"), limit=1000),
                Field("deadline", T.DATE, N_("Register by")),
            ),
            group=Group.WHERE,
            infobox=True,
            limit=60,
        ),
        Field("on_request", T.FLAG, N_("On request"), group=Group.WHERE, infobox=True),
        Field("cohort_size", T.LINE, N_("Size of a group"), group=Group.FIT, infobox=True, limit=100),
        Field(
            "audience",
            T.CHOICES,
            N_("For whom"),
            vocabulary="audiences",
            group=Group.FIT,
            facet="audience",
            infobox=True,
            limit=20,
        ),
        TOPICS,
        LEVEL,
        Field("hours", T.NUMBER, N_("Hours"), group=Group.FIT, infobox=True),
        Field("certificate", T.LINE, N_("Certificate"), group=Group.FIT, rare=True, infobox=True, limit=200),
        Field("toolkit", T.PAGE, N_("Toolkit"), group=Group.MORE, infobox=True, limit=400),
        Field("recordings_url", T.URL, N_("Recordings"), group=Group.MORE, rare=True, infobox=True, limit=1000),
        Field("data_asked", T.WORDS, N_("Asked when you register"), group=Group.PRIVACY, infobox=True, limit=30),
        TAGS,
        Field(
            "status",
            T.CHOICE,
            N_("Status"),
            vocabulary="training_statuses",
            allowed=("announced", "open", "full", "running", "past", "cancelled"),
            group=Group.CHECKED,
            facet="status",
            infobox=True,
        ),
        *VERIFICATION,
        *LICENCE,
    ),
    outline=(N_("What you learn"), N_("How it runs"), N_("What to bring")),
    folder="trainings",
)
