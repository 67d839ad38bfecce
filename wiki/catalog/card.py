"""What lists, boxes and comparisons need to know of a page, without opening it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from wiki.pages.fields import Field, FieldType, value_at
from wiki.pages.page import Page
from wiki.pages.settings import Settings

# Where the day begins first, it is a day later than by UTC.
AHEAD = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class PageCard:
    """A page in a list. `fields` is its front matter; `changed` is when the site last showed something new of it."""

    id: int
    path: str
    title: str
    kind: str
    summary: str
    language: str
    status: str
    fields: dict[str, Any]
    last_verified: date | None
    verify_due: date | None
    changed: datetime
    changed_by: str
    revision: str
    blob_id: str

    def value(self, dotted: str) -> Any:
        """The value of a field; None where it is not recorded."""
        return value_at(self.fields, dotted)

    @property
    def names(self) -> tuple[str, ...]:
        """The title, and other names by which the page is known."""
        others = [*_list(self.value("aliases")), *_list(self.value("aka"))]
        return (self.title, *(str(name) for name in others if isinstance(name, str | int | float)))

    @property
    def category(self) -> str:
        """The folder at the top, which is the home category where it is one."""
        return self.path.partition("/")[0] if "/" in self.path else ""

    def is_stale(self, today: date) -> bool:
        """Whether the page should have been checked again by now, or was on a day that is still to come (by a clock that was
        wrong); one never checked is unverified, not stale."""
        return self.verify_due is not None and (self.verify_due < today or self.is_verified_ahead(today))

    def is_verified_ahead(self, today: date) -> bool:
        """Whether the day of its last check is still to come wherever one is."""
        return self.last_verified is not None and self.last_verified > today + AHEAD


def stale_days(today: date) -> tuple[str, str]:
    """The days by which `tables.STALE` tells what is stale."""
    return today.isoformat(), (today + AHEAD).isoformat()


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def facet_values(page: Page, language: str) -> list[tuple[str, str]]:
    """The values by which lists can be narrowed to this page, with the names that addresses use for them."""
    values = [("kind", page.kind.id), ("page_language", language)]
    values += [("category", value) for value in page.texts("categories")]
    for item in page.kind.facets:
        values += [(item.facet, value) for value in page.texts(item.dotted)]
    # Tags are free words; they are one and the same however they are capitalised.
    seen = {(name, value.strip().casefold() if name == "tag" else value) for name, value in values}
    return sorted(item for item in seen if item[1])


def verification(page: Page, settings: Settings) -> tuple[date | None, date | None]:
    """When a person last verified the page and by when it is to be checked again."""
    verified = as_date(page.value("last_verified"))
    if verified is None or page.value("status") == "retired":
        return verified, None
    own = page.value("verify_every")
    days = own if isinstance(own, int) and not isinstance(own, bool) and own > 0 else None
    if days is None:
        days = settings.verify_every(page.texts("functions"))
    return verified, verified + timedelta(days=min(days, 36_500))


def as_date(value: Any) -> date | None:
    """A day out of front matter; None where it is none."""
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(str(value)) if value else None
    except ValueError:
        return None


def site_key(url: Any) -> str:
    """What two addresses of the same site have in common: host without ``www.``, and path; empty for no address."""
    if not isinstance(url, str) or not url.strip():
        return ""
    text = url.strip() if "//" in url else f"https://{url.strip()}"
    try:
        parts = urlsplit(text)
        host = (parts.hostname or "").removeprefix("www.")
    except ValueError:
        return ""
    return f"{host}{parts.path.rstrip('/')}" if "." in host else ""


def declared(field: Field, value: Any) -> bool:
    """Whether anything is recorded for a field."""
    if field.type is FieldType.FLAG:
        return isinstance(value, bool)
    return value not in (None, "", [], {})


def timestamp(moment: datetime) -> int:
    """Seconds since 1970, within what every part of the system can show."""
    return max(0, min(int(moment.timestamp()), 4_102_444_800))


def moment(seconds: int) -> datetime:
    """The UTC time of a timestamp."""
    return datetime.fromtimestamp(seconds, UTC)
