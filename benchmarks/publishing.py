"""Figures into the documentation: tables into docs/reference/benchmarks.md, a curve beside the other pictures."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path

from benchmarks import curve, report

DOCS = Path(__file__).parents[1] / "docs"
PAGE = DOCS / "reference" / "benchmarks.md"
PICTURE = DOCS / "images" / "cost-against-size.svg"
BEGIN, END = "<!-- results: python -m benchmarks report FILE -->", "<!-- end -->"


def publish(files: Sequence[Path], page: Path = PAGE, picture: Path = PICTURE) -> None:
    """Put the runs of result files, those of the same size from the last file that has one, between the marks of `page`.
    Raises ValueError where a file is of another machine than the first, or the page lacks the marks."""
    found = [json.loads(file.read_text()) for file in files]
    machines = {result["machine"] for result in found}
    if len(machines) != 1:
        raise ValueError(f"not results of one machine: {sorted(machines)}")
    latest = {(run.pages, run.commits): run for result in found for run in report.from_json(result)}
    runs = sorted(latest.values(), key=lambda run: (run.commits, run.pages))
    before, begin, rest = page.read_text("utf-8").partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"{page} has no place for results")
    text = re.sub(r"\n{3,}", "\n\n", report.text(machines.pop(), runs)).strip()
    page.write_text(f"{before}{BEGIN}\n\n{text}\n\n{END}{after}", "utf-8")
    picture.write_text(curve.svg(runs), "utf-8")
