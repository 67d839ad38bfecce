"""What Lighthouse says of the main pages on a phone: `make lighthouse`, into docs/reference/lighthouse.md.

A wiki is made from the seed and served as it would be; Lighthouse looks at each page as at its first visit, as a phone
of the middle price with a slow connection. Fails where a page that is to be found by search engines has less than
`LEAST` in any category, or the first view of a tool page weighs more than `MOST_BYTES`.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from build_assets import node_command, npm_command
from find_browser import find
from screenshots import OTHER, TOOL, make_wiki, served

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ROOT / "tools" / "lighthouse"
PAGE = ROOT / "docs" / "reference" / "lighthouse.md"
LEAST = 95
MOST_BYTES = 60_000
RUNS = 3
CATEGORIES = {
    "performance": "Performance",
    "accessibility": "Accessibility",
    "best-practices": "Best practices",
    "seo": "Search engines",
}
# Name, address, and whether search engines are to find it.
PAGES = (
    ("Home", "/", True),
    ("Category", "/communications", True),
    ("Tool", f"/{TOOL}", True),
    ("Search", "/-/search?q=text+volunteers", True),
    ("Toolkit", "/toolkits/a-safer-organizing-group", True),
    ("Spanish tool", f"/es/{TOOL}", True),
    ("Compare", f"/-/compare?page={TOOL}&page={OTHER}", False),
    ("Suggest a change", f"/-/edit/{TOOL}", False),
)
FLAGS = "--headless=new --no-sandbox --disable-gpu --no-first-run --disable-background-networking --disable-sync"


@dataclass(frozen=True, slots=True)
class Seen:
    """One page: how fast Lighthouse found the machine just then, scores of 100 by category, when the largest part stood (seconds), how far things moved after they were
    painted, how long scripts kept it from answering (milliseconds), and bytes over the wire in all."""

    name: str
    found: bool
    machine: float
    scores: dict[str, int]
    largest: float
    shift: float
    blocked: float
    bytes: int


def install() -> None:
    """Bring Lighthouse to what its lock says."""
    done = PACKAGES / "node_modules" / ".package-lock.json"
    lock = PACKAGES / "package-lock.json"
    if not done.is_file() or done.stat().st_mtime < lock.stat().st_mtime:
        subprocess.run([*npm_command(), "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=PACKAGES, check=True)


def ask(url: str) -> dict[str, Any]:
    """One look at a page; what Lighthouse found."""
    command = [*node_command(), "node_modules/lighthouse/cli/index.js", url, "--quiet", "--output=json"]
    command += [f"--chrome-flags={FLAGS}", f"--only-categories={','.join(CATEGORIES)}"]
    environment = {**os.environ, "CHROME_PATH": find() or ""}
    done = subprocess.run(command, cwd=PACKAGES, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"Lighthouse failed at {url}:\n{done.stderr[-3000:]}")
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def look(url: str, name: str, found: bool) -> Iterator[Seen]:
    """RUNS looks at a page."""
    for _ in range(RUNS):
        report = ask(url)
        audits = report["audits"]
        for audit in audits.values():
            if found and audit["score"] is not None and audit["score"] < 0.9 and audit.get("details"):
                print(f"{name}: {audit['id']} {audit.get('displayValue', '')}", file=sys.stderr)
        yield Seen(
            name,
            found,
            report["environment"]["benchmarkIndex"],
            {key: round(report["categories"][key]["score"] * 100) for key in CATEGORIES},
            audits["largest-contentful-paint"]["numericValue"] / 1000,
            audits["cumulative-layout-shift"]["numericValue"],
            audits["total-blocking-time"]["numericValue"],
            audits["total-byte-weight"]["numericValue"],
        )


def table(seen: list[Seen], versions: str) -> str:
    """The page of the documentation."""
    heads = ["Page", *CATEGORIES.values(), "Largest part after", "Moved by", "Blocked for", "Bytes"]
    rows = [
        [
            item.name,
            *(str(item.scores[key]) if item.found or key != "seo" else "–" for key in CATEGORIES),
            f"{item.largest:.1f} s",
            f"{item.shift:.3f}",
            f"{item.blocked:.0f} ms",
            f"{item.bytes:,}",
        ]
        for item in seen
    ]
    lines = ["| " + " | ".join(row) + " |" for row in (heads, ["---"] * len(heads), *rows)]
    return f"""# Lighthouse

What Lighthouse says of the main pages at their first visit, as a phone of the middle price with a slow connection: of
{RUNS} looks at each, the one at which the machine was least busy by Lighthouse's own measure. `make lighthouse` takes these numbers and writes this page; it fails where one is below
{LEAST}, or where the first view of a tool page weighs more than {MOST_BYTES:,} bytes.

{versions}

{chr(10).join(lines)}

Bytes are all that comes over the wire, headers too: page, style sheet, scripts, icons. Comparing and suggesting are kept
from search engines on purpose, so how well those find them is not asked.
"""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("only", nargs="*", help="names of pages; all without any")
    parser.add_argument("--docs", action="store_true", help="write docs/reference/lighthouse.md")
    given = parser.parse_args()
    install()
    seen = []
    with tempfile.TemporaryDirectory() as folder:
        make_wiki(Path(folder))
        with served(Path(folder)) as url:
            for name, address, found in PAGES:
                if given.only and name not in given.only:
                    continue
                # What else the machine does makes a page slow by accident: the look in its quietest moment counts.
                seen.append(max(look(url + address, name, found), key=lambda item: item.machine))
                print(seen[-1])
    browser = subprocess.run([find() or "", "--version"], capture_output=True, text=True, check=False).stdout.strip()
    lock = json.loads((PACKAGES / "package-lock.json").read_text("utf-8"))
    version = lock["packages"]["node_modules/lighthouse"]["version"]
    if given.docs:
        today = f"{datetime.now(UTC):%-d %B %Y}"
        versions = f"Taken on {today} with Lighthouse {version}, {browser.partition(' built')[0]}."
        PAGE.write_text(table(seen, versions), "utf-8")
    low = [
        f"{item.name}: {words} {item.scores[key]}"
        for item in seen
        for key, words in CATEGORIES.items()
        if item.scores[key] < LEAST and (item.found or key != "seo")
    ]
    low += [f"Tool: {item.bytes:,} bytes" for item in seen if item.name == "Tool" and item.bytes > MOST_BYTES]
    print("\n".join(low) or "All as it should be.")
    return 1 if low else 0


if __name__ == "__main__":
    sys.exit(main())
