"""Terms of the glossary."""

from __future__ import annotations

from dataclasses import replace

from wiki.pages.fields import N_, Field, PageKind
from wiki.pages.kinds.shared import LICENCE, TITLE, T

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
