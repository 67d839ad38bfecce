"""The kinds of pages and their fields, each declared once (content-format in docs/reference follows from this)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from wiki.pages.fields import N_, Field, FieldType, Group, PageKind
from wiki.pages.path import PagePath

T = FieldType


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
    Field("last_verified", T.DATE, N_("Last verified"), group=Group.CHECKED, infobox=True, compare=True),
    Field("verified_by", T.LINE, N_("Verified by"), group=Group.CHECKED, limit=80),
    Field("verify_every", T.NUMBER, N_("Check again after (days)"), group=Group.CHECKED, rare=True),
    Field("sources", T.LINKS, N_("Sources"), N_("One address a line."), group=Group.CHECKED, limit=100),
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

TOOL = PageKind(
    "tool",
    N_("Tool"),
    N_("Tools"),
    (
        TITLE,
        SUMMARY,
        CATEGORIES,
        Field(
            "functions",
            T.CHOICES,
            N_("What kind of tool"),
            required=True,
            vocabulary="functions",
            facet="function",
            infobox=True,
            compare=True,
            limit=12,
        ),
        Field("aliases", T.WORDS, N_("Other and older names"), rare=True, limit=30),
        Field("url", T.URL, N_("Site"), infobox=True, limit=1000),
        mapping(
            "vendor",
            N_("Made by"),
            Field("name", T.LINE, N_("Made by"), infobox=True, compare=True, limit=200),
            Field(
                "ownership",
                T.CHOICE,
                N_("Ownership"),
                vocabulary="ownership",
                allowed=(
                    *("nonprofit", "cooperative", "public-benefit", "private", "investor-owned"),
                    *("community", "government", "unknown"),
                ),
                compare=True,
                infobox=True,
            ),
        ),
        mapping(
            "cost",
            N_("Cost"),
            Field(
                "level",
                T.CHOICE,
                N_("Cost"),
                N_("Compared with other tools that do the same job."),
                required=True,
                lead=True,
                vocabulary="cost_levels",
                allowed=("free", "$", "$$", "$$$", "$$$$"),
                facet="cost",
                compare=True,
                infobox=True,
            ),
            Field(
                "model",
                T.CHOICES,
                N_("How you pay"),
                vocabulary="cost_models",
                allowed=(
                    *(
                        "free",
                        "donation",
                        "one-time",
                        "per-month",
                        "per-year",
                        "per-seat",
                        "per-contact",
                        "per-message",
                    ),
                    *("per-minute", "percent-of-gift", "quote-only", "self-host"),
                ),
                compare=True,
                infobox=True,
                limit=12,
            ),
            Field("free_tier", T.LINE, N_("Free tier"), compare=True, infobox=True),
            Field("nonprofit_discount", T.LINE, N_("Discount for nonprofits"), compare=True, rare=True),
            Field(
                "prices",
                T.ROWS,
                N_("Recorded prices"),
                N_("Used to work out what a number of messages, seats or months would cost."),
                fields=(
                    Field("amount", T.NUMBER, N_("Amount")),
                    Field("currency", T.LINE, N_("Currency"), limit=3),
                    Field(
                        "per",
                        T.CHOICE,
                        N_("For each"),
                        allowed=("message", "minute", "contact", "seat-month", "month", "year", "once", "percent"),
                    ),
                    Field("note", T.LINE, N_("Note"), prose=True),
                ),
                rare=True,
                limit=12,
            ),
            Field("note", T.TEXT, N_("Note on cost"), prose=True, limit=2000),
            Field("as_of", T.DATE, N_("Prices as of"), compare=True),
            group=Group.COST,
            required=True,
        ),
        Field(
            "platforms",
            T.CHOICES,
            N_("Platforms"),
            vocabulary="platforms",
            allowed=(
                *("web", "ios", "android", "windows", "macos", "linux", "sms", "phone", "paper", "browser-extension"),
            ),
            group=Group.WHERE,
            facet="platform",
            compare=True,
            infobox=True,
            limit=12,
        ),
        Field(
            "hosting",
            T.CHOICES,
            N_("Hosting"),
            vocabulary="hosting",
            allowed=("vendor", "self-host", "on-device", "federated"),
            group=Group.WHERE,
            facet="hosting",
            compare=True,
            infobox=True,
            limit=4,
        ),
        mapping(
            "license",
            N_("Licence"),
            Field(
                "type",
                T.CHOICE,
                N_("Open source"),
                vocabulary="license_types",
                allowed=("open-source", "proprietary", "source-available", "public-domain"),
                facet="license",
                compare=True,
                infobox=True,
            ),
            Field("spdx", T.LINE, N_("Licence"), N_("Its short name, such as AGPL-3.0-only."), compare=True, limit=120),
            Field("source_url", T.URL, N_("Source code"), rare=True, limit=1000),
            group=Group.WHERE,
        ),
        Field("languages", T.WORDS, N_("Languages"), group=Group.WHERE, facet="language", compare=True, limit=80),
        Field("regions", T.WORDS, N_("Where it can be used"), group=Group.WHERE, compare=True, rare=True, limit=250),
        mapping(
            "fit",
            N_("Who it is for"),
            Field("for", T.CHOICES, N_("For whom"), vocabulary="audiences", facet="audience", compare=True, limit=20),
            Field(
                "size",
                T.CHOICES,
                N_("Size of the group"),
                vocabulary="sizes",
                allowed=("solo", "small", "medium", "large"),
                compare=True,
                limit=4,
            ),
            Field(
                "skill",
                T.CHOICE,
                N_("Skill needed"),
                vocabulary="skills",
                allowed=("beginner", "some-training", "technical"),
                compare=True,
                infobox=True,
            ),
            Field(
                "lead_time",
                T.CHOICE,
                N_("Time to get going"),
                vocabulary="lead_times",
                allowed=("minutes", "hours", "days", "weeks"),
                compare=True,
            ),
            group=Group.FIT,
        ),
        Field(
            "compliance",
            T.CHOICES,
            N_("Rules it helps with"),
            vocabulary="compliance",
            allowed=(
                *("fec", "state-campaign-finance", "501c3-limits", "501c4", "lmrda-union", "tcpa-10dlc", "can-spam"),
                *("gdpr", "ccpa", "pci", "hipaa-no", "accessibility-508"),
            ),
            group=Group.FIT,
            facet="compliance",
            compare=True,
            rare=True,
            limit=20,
        ),
        Field(
            "integrations",
            T.ROWS,
            N_("Works with"),
            fields=(
                Field("with", T.LINE, N_("With"), required=True, limit=200),
                Field(
                    "direction",
                    T.CHOICE,
                    N_("Direction"),
                    vocabulary="directions",
                    allowed=("read", "write", "two-way", "export-only", "none", "unknown"),
                ),
            ),
            group=Group.DATA,
            compare=True,
            infobox=True,
            limit=60,
        ),
        mapping(
            "data",
            N_("Data"),
            Field(
                "export",
                T.CHOICE,
                N_("Getting your data out"),
                vocabulary="exports",
                allowed=("full", "partial", "none", "unknown"),
                compare=True,
                infobox=True,
            ),
            Field("formats", T.WORDS, N_("Formats"), compare=True, limit=30),
            Field("api", T.LINE, N_("API"), compare=True, rare=True),
            Field("owner", T.LINE, N_("Who owns the data"), compare=True, rare=True),
            Field("deletion", T.LINE, N_("Deleting data"), compare=True, rare=True),
            group=Group.DATA,
        ),
        mapping(
            "privacy",
            N_("Privacy"),
            Field("policy_url", T.URL, N_("Privacy policy"), rare=True, limit=1000),
            Field(
                "end_to_end",
                T.CHOICE,
                N_("End-to-end encrypted"),
                vocabulary="end_to_end",
                allowed=("yes", "no", "partial", "not-applicable", "unknown"),
                facet="end_to_end",
                compare=True,
                infobox=True,
            ),
            Field(
                "needs",
                T.CHOICES,
                N_("Needs from you"),
                vocabulary="needs",
                allowed=("phone-number", "real-name", "email", "government-id", "payment", "nothing"),
                compare=True,
                infobox=True,
                limit=6,
            ),
            Field("collects", T.WORDS, N_("Collects"), compare=True, rare=True, limit=40),
            Field("jurisdiction", T.LINE, N_("Jurisdiction"), compare=True, rare=True),
            Field(
                "high_risk_use",
                T.CHOICE,
                N_("For people at high risk"),
                vocabulary="high_risk_use",
                allowed=("ok", "with-care", "not-advised", "unknown"),
                compare=True,
                infobox=True,
            ),
            Field("note", T.TEXT, N_("Note on privacy"), prose=True, limit=2000),
            group=Group.PRIVACY,
        ),
        mapping(
            "accessibility",
            N_("Accessibility"),
            Field("keyboard", T.LINE, N_("By keyboard"), compare=True),
            Field("screen_reader", T.LINE, N_("With a screen reader"), compare=True),
            Field("captions", T.LINE, N_("Captions"), compare=True),
            Field("vpat_url", T.URL, N_("Accessibility report"), limit=1000),
            group=Group.FIT,
            rare=True,
        ),
        Field("alternatives", T.PAGES, N_("Alternatives"), group=Group.MORE, limit=30),
        Field(
            "experiences",
            T.ROWS,
            N_("Who has used it"),
            N_("Signed, and apart from the neutral facts."),
            fields=(
                Field("who", T.LINE, N_("Who"), required=True, limit=200),
                Field("role", T.LINE, N_("Role"), limit=200),
                Field("year", T.NUMBER, N_("Year")),
                Field(
                    "verdict",
                    T.CHOICE,
                    N_("Verdict"),
                    vocabulary="verdicts",
                    allowed=("uses", "tried", "stopped", "recommends"),
                ),
                Field("note", T.TEXT, N_("Note"), prose=True, limit=2000),
                Field("affiliation", T.LINE, N_("Stake in the tool"), limit=200),
            ),
            group=Group.MORE,
            rare=True,
            limit=100,
        ),
        TAGS,
        Field(
            "status",
            T.CHOICE,
            N_("Status"),
            required=True,
            vocabulary="statuses",
            allowed=("stub", "active", "caution", "retired", "unknown"),
            group=Group.CHECKED,
            facet="status",
            compare=True,
        ),
        Field("status_note", T.LINE, N_("Why this status"), group=Group.CHECKED, prose=True, rare=True, limit=1000),
        Field("replaced_by", T.PAGE, N_("Use instead"), group=Group.CHECKED, rare=True, limit=400),
        *VERIFICATION,
        *LICENCE,
    ),
    outline=(
        N_("What it does"),
        N_("Cost"),
        N_("Good for, and not for"),
        N_("Getting started"),
        N_("Privacy and safety"),
        N_("Alternatives"),
    ),
)

_GUIDE_FIELDS = (
    replace(TITLE, label=N_("Title"), hint=""),
    SUMMARY,
    CATEGORIES,
    TOPICS,
    LEVEL,
    Field("minutes", T.NUMBER, N_("Minutes to read or do"), group=Group.FIT, infobox=True),
    ROLES,
    Field("tools", T.PAGES, N_("Tools it speaks of"), group=Group.MORE, limit=60),
    Field("prerequisites", T.WORDS, N_("Before you start"), group=Group.FIT, rare=True, prose=True, limit=30),
    mapping(
        "adapted_from",
        N_("Adapted from"),
        Field("title", T.LINE, N_("Title of the original"), limit=300),
        Field("url", T.URL, N_("Address of the original"), limit=1000),
        Field("license", T.LINE, N_("Licence of the original"), limit=120),
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
            Field("group_rate", T.LINE, N_("For a group"), limit=200),
            Field("sponsor_contact", T.LINE, N_("If you can't pay"), limit=300),
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
            "audience", T.CHOICES, N_("For whom"), vocabulary="audiences", group=Group.FIT, facet="audience", limit=20
        ),
        TOPICS,
        LEVEL,
        Field("hours", T.NUMBER, N_("Hours"), group=Group.FIT, infobox=True),
        Field("certificate", T.LINE, N_("Certificate"), group=Group.FIT, rare=True, limit=200),
        Field("toolkit", T.PAGE, N_("Toolkit"), group=Group.MORE, limit=400),
        Field("recordings_url", T.URL, N_("Recordings"), group=Group.MORE, rare=True, limit=1000),
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
TERM = PageKind(
    "term",
    N_("Term"),
    N_("Glossary"),
    (
        replace(TITLE, label=N_("Term"), hint=""),
        Field("short", T.LINE, N_("In one sentence"), required=True, lead=True, prose=True, limit=200),
        Field("expansion", T.LINE, N_("Stands for"), prose=True, limit=200),
        Field("aka", T.WORDS, N_("Also called"), prose=True, limit=30),
        Field("see", T.PAGES, N_("See also"), limit=30),
        *LICENCE,
    ),
    folder="glossary",
)
PAGE = PageKind(
    "page",
    N_("Page"),
    N_("Pages"),
    (
        replace(TITLE, label=N_("Title"), hint="", required=False),
        replace(SUMMARY, required=False),
        TAGS,
        *LICENCE,
    ),
)
SETTINGS = PageKind("settings", N_("Settings"), N_("Settings"), ())

KINDS: dict[str, PageKind] = {kind.id: kind for kind in (TOOL, GUIDE, TIP, TRAINING, TOOLKIT, TERM, PAGE, SETTINGS)}


def kind_of(
    path: PagePath, fields: Mapping[str, Any], categories: tuple[str, ...], languages: tuple[str, ...]
) -> PageKind:
    """The kind of a page: what it says of itself, else what is usual in its folder; a page without fields is a page."""
    if path.is_settings:
        return SETTINGS
    named = fields.get("kind")
    if isinstance(named, str) and named in KINDS and named != SETTINGS.id:
        return KINDS[named]
    if not fields:
        return PAGE
    return KINDS[usual_kind(path.without_language(languages), categories)]


def usual_kind(path: str, categories: tuple[str, ...]) -> str:
    """The kind that a new page at this path would have."""
    section = path.partition("/")[0]
    if "/" in path and section in categories:
        return TOOL.id
    for kind in KINDS.values():
        if kind.folder and kind.folder == section:
            return kind.id
    return PAGE.id
