"""All pages as data: what programs ask for instead of reading page by page."""

from __future__ import annotations

from typing import Any

from wiki.catalog.catalog import Catalog
from wiki.pages.kinds import KINDS


def all_pages(catalog: Catalog) -> list[dict[str, Any]]:
    """Every page with its facts, by path; the texts are at ``/<path>.md``."""
    cards = sorted((card for kind in KINDS for card in catalog.of_kind(kind)), key=lambda card: card.path)
    return [
        {
            "path": card.path,
            "title": card.title,
            "kind": card.kind,
            "language": card.language,
            "summary": card.summary,
            "status": card.status,
            "last_verified": card.last_verified.isoformat() if card.last_verified else None,
            "verify_due": card.verify_due.isoformat() if card.verify_due else None,
            "changed": card.changed.isoformat(),
            "revision": card.revision,
            "blob": card.blob_id,
            "fields": card.fields,
        }
        for card in cards
    ]
