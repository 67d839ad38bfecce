"""How a write is signed in git: who, when and with which words. Nothing that people typed can pass for the engine's."""

from __future__ import annotations

from datetime import UTC, datetime

from wiki.editing.edit import Actor, Write
from wiki.invisible import visible
from wiki.storage.objects import Person

MAX_SUMMARY = 300
MAX_TRAILER = 200
MAX_NAME = 80
_NOREPLY = "users.noreply."


def commit_message(write: Write, default: str) -> str:
    """One line of summary (`default` where the person gave none), then the trailers that only the engine writes."""
    trailers = dict(write.trailers)
    if write.affiliation and write.affiliation != "none":
        trailers["Affiliation"] = write.affiliation
    if write.minor:
        trailers["Minor-edit"] = "yes"
    lines = [one_line(write.message, MAX_SUMMARY) or one_line(default, MAX_SUMMARY)]
    if trailers:
        lines.append("")
    for key, values in trailers.items():
        for value in (values,) if isinstance(values, str) else values:
            lines.append(f"{key}: {one_line(value, MAX_TRAILER)}")
    return "\n".join(lines) + "\n"


def person(actor: Actor, host: str) -> Person:
    """An actor in git: the name to be shown, and an address that is nobody's mailbox."""
    name = one_line(actor.display_name, MAX_NAME).replace("<", "").replace(">", "").strip(" .,:;\"'") or actor.name
    return Person(name, f"{actor.name}@{_NOREPLY}{host}")


def account_of(address: str) -> str | None:
    """The account that an address in git stands for; None where it is no address that a wiki gave out."""
    name, _, host = address.partition("@")
    return name if host.startswith(_NOREPLY) else None


def minute(moment: datetime) -> datetime:
    """The time of a commit, in UTC and rounded to the minute: when exactly somebody was awake is nobody's business."""
    return moment.astimezone(UTC).replace(second=0, microsecond=0)


def one_line(text: str, limit: int) -> str:
    """A text as one line without control or direction-changing characters, cut to a length."""
    return " ".join(visible(text[: limit * 8]).split())[:limit].rstrip()
