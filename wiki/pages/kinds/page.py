"""Pages of no other kind."""

from __future__ import annotations

from dataclasses import replace

from wiki.pages.fields import N_, PageKind
from wiki.pages.kinds.shared import LICENCE, SUMMARY, TAGS, TITLE

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
