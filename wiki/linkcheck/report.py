"""What the last look at the links to other sites found, kept beside what else is derived; it may be deleted."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from wiki.errors import Unavailable
from wiki.linkcheck.checker import Verdict
from wiki.linkcheck.links import OutsideLink

FILE_NAME = "links.json"
FORMAT = 1


@dataclass(frozen=True, slots=True)
class BadLink:
    """A link to another site and what was found there."""

    link: OutsideLink
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Report:
    """When links to other sites were last asked for, how many addresses, and what was not as it should be."""

    made: datetime
    addresses: int
    bad: tuple[BadLink, ...]


def report_of(made: datetime, links: Sequence[OutsideLink], verdicts: Mapping[str, Verdict]) -> Report:
    """Put links and verdicts together, in the order of the links."""
    bad = tuple(BadLink(link, verdict) for link in links if (verdict := verdicts[link.address]).code)
    return Report(made, len(verdicts), bad)


def write_report(report: Report, folder: Path) -> None:
    """Keep a report in the folder of what is derived. Raises Unavailable("storage.unwritable")."""
    rows = [
        {
            "page": item.link.page,
            "blob": item.link.blob_id,
            "line": item.link.line,
            "address": item.link.address,
            "code": item.verdict.code,
            "params": item.verdict.params,
        }
        for item in report.bad
    ]
    found = {"format": FORMAT, "made": report.made.isoformat(), "addresses": report.addresses, "bad": rows}
    draft = folder / f"{FILE_NAME}.{os.getpid()}.tmp"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        draft.write_text(json.dumps(found, ensure_ascii=False), "utf-8")
        draft.replace(folder / FILE_NAME)
    except OSError as error:
        raise Unavailable("storage.unwritable", reason=error.strerror) from error


def read_report(folder: Path) -> Report | None:
    """The last report; None where there is none, or none that can be read."""
    try:
        found: dict[str, Any] = json.loads((folder / FILE_NAME).read_text("utf-8"))
        if found["format"] != FORMAT:
            return None
        bad = tuple(
            BadLink(
                OutsideLink(str(row["page"]), str(row["blob"]), int(row["line"]), str(row["address"])),
                Verdict(str(row["code"]), dict(row["params"])),
            )
            for row in found["bad"]
        )
        return Report(datetime.fromisoformat(found["made"]), int(found["addresses"]), bad)
    except (OSError, ValueError, KeyError, TypeError):
        return None
