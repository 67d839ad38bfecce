"""What axe says of the accessibility of a page in a browser."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from playwright.sync_api import Page

SOURCE = Path(__file__).resolve().parents[1] / "node_modules" / "axe-core" / "axe.min.js"
ABOUT_COLORS = ("color-contrast", "link-in-text-block")
# Of what is as it should be one example a rule is looked at closely, not all.
RUN = """rules => axe.run({resultTypes: ["violations"], ...rules.length && {runOnly: rules}})
  .then(({violations}) => violations.flatMap(v => v.nodes.map(n => `${v.id}: ${n.target} ${n.failureSummary}`)))"""


def axe(page: Page, rules: Sequence[str] = ()) -> list[str]:
    """What axe finds, as "address: rule: element and why"; by all its rules, the best practices included, or by these."""
    if page.evaluate("typeof axe") == "undefined":
        # Not through a <script>: the page's policy would rightly refuse it.
        page.evaluate(SOURCE.read_text(encoding="utf-8") + "\nundefined")
    return [f"{page.url}: {found}" for found in page.evaluate(RUN, list(rules))]
