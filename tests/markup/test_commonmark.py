"""The 652 examples of the CommonMark specification 0.31.2.

They are read from the npm package `commonmark-spec` where it is installed, else from the collection that lies beside the
repository; without either the test fails.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from wiki.markup.markdown import Renderer
from wiki.markup.sanitizer import author, clean

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "node_modules" / "commonmark-spec" / "spec.txt"
COLLECTION = ROOT.parent / "shared" / "sample" / "commonmark-0.31.2.json"
FENCE = re.compile(r"^`{32} example\n(.*?)^\.\n(.*?)^`{32}$", re.MULTILINE | re.DOTALL)

# Where our extensions mean something else on purpose: [[wiki links]], <Warning> boxes, addresses that need no brackets.
EXTENDED = {163, 548, 559, 590, 602, 606, 608, 611, 612}


@pytest.fixture(scope="module")
def examples() -> list[tuple[str, str]]:
    if PACKAGE.is_file():
        found = FENCE.findall(PACKAGE.read_text("utf-8").replace("\u2192", "\t"))
    elif COLLECTION.is_file():
        found = [(item["markdown"], item["html"]) for item in json.loads(COLLECTION.read_text("utf-8"))]
    else:
        pytest.fail(f"No CommonMark examples: neither {PACKAGE} (npm install) nor {COLLECTION} is there.")
    assert len(found) == 652
    return found


def test_every_example_of_the_specification_comes_out_as_it_says(examples: list[tuple[str, str]]) -> None:
    renderer = Renderer(extensions=False)
    wrong = [
        number
        for number, (markdown, html) in enumerate(examples, 1)
        # The specification's raw HTML is taken as the sanitizer leaves it.
        if renderer.render(markdown).html != clean(author(html))
    ]
    assert wrong == []


def test_our_extensions_change_nothing_else(examples: list[tuple[str, str]]) -> None:
    renderer = Renderer()
    wrong = {
        number
        for number, (markdown, html) in enumerate(examples, 1)
        if without_our_forms(renderer.render(markdown).html) != a_level_down(clean(author(html)))
    }
    assert wrong == EXTENDED


def without_our_forms(html: str) -> str:
    html = re.sub(r'<div class="heading"><h(\d) id="[^"]*">', r"<h\1>", html)
    html = re.sub(r'<a href="#[^"]*" class="heading-link" aria-labelledby="[^"]*"></a></div>', "", html)
    html = re.sub(r'<span class="[a-z0-9]{1,2}">([^<]*)</span>', r"\1", html)
    return html.replace('<pre tabindex="0">', "<pre>")


def a_level_down(html: str) -> str:
    if "<h1>" not in html:
        return html
    return re.sub(r"(</?h)([1-5])", lambda match: f"{match[1]}{int(match[2]) + 1}", html)
