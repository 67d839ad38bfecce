"""What attackers are known to type, sent with suggestions and in talk about them, and in copies to take along: it stays text."""

from __future__ import annotations

import re
from contextlib import suppress
from pathlib import Path

from tests.conftest import Story
from tests.exporters.test_copies import content
from tests.web.conftest import Site
from tests.web.payloads import ADDRESSES, MARKUP, WORDS
from tests.web.planting import front_matter, obeyed, shape
from wiki.accounts.roles import Role
from wiki.editing.edit import Actor, Edit, Write
from wiki.errors import Invalid
from wiki.exporters.site import write_site
from wiki.pages.path import PagePath
from wiki.suggestions.access import stranger
from wiki.suggestions.review import Review

ANA = Actor("ana", "Ana", Role.MAINTAINER)
FACTS = {"kind": "tool", "categories": ["communications"], "functions": ["team-chat"]}
# Control characters are refused in texts.
TEXTS = tuple(re.sub(r"[\x00-\x08\x0b-\x1f\x7f]", "", text) for text in (*MARKUP, *WORDS, *ADDRESSES))
# So many are tried with one suggestion.
TOGETHER = 48


def named(text: str) -> Actor:
    """A stranger who calls themselves this, where the wiki takes it for a name."""
    with suppress(Invalid):
        return stranger(text)
    return stranger("Sam")


def test_what_comes_with_a_suggestion_is_text_to_its_author_and_to_reviewers(site: Site) -> None:
    queue, review = site.wiki.suggestions, Review(site.wiki.suggestions)
    author, reviewer = site.browser(), site.browser("ana")
    found = []
    for start in range(0, len(TEXTS), TOGETHER):
        texts = (TEXTS * 2)[start : start + TOGETHER]
        edits = tuple(
            Edit(
                PagePath(f"tips/odd-{start + place}"),
                "",
                front_matter({"kind": "page", "title": " ".join(text.split())[:80]}) + text,
            )
            for place, text in enumerate(texts[:4])
        )
        queue.submit(Write(edits, texts[-1], stranger("Sam")), texts[0])
        head = site.head()
        page = site.source("tips/first-hour-of-safety")
        sent = queue.submit(
            Write(
                (Edit(PagePath("tips/first-hour-of-safety"), head, page + "\n\n".join(texts)),),
                texts[0],
                named(texts[1]),
                affiliation=texts[2],
            ),
            texts[3],
        )
        for text in texts:
            with suppress(Invalid):
                queue.say(sent.number, stranger("Sam"), text, sent.key)
        review.ask(sent.number, ANA, texts[4])
        follow = f"/-/suggestions/{sent.number}/{sent.key}"
        for browser, address in ((author, follow), (reviewer, f"/-/review/{sent.number}")):
            answer = browser.client.get(address)
            assert answer.status_code == 200, address
            found += [f"{what} at {address}" for what in obeyed(answer, address)]
        review.decline(sent.number, ANA, texts[5])
        found += obeyed(author.client.get(follow), follow)
    for address in ("/-/review", "/-/review?state=closed", "/-/recent"):
        found += obeyed(reviewer.client.get(address), address)
    assert found == []


def test_what_is_typed_is_text_in_a_copy_to_take_along(story: Story, tmp_path: Path) -> None:
    titled = {f"tips/odd-{place}": text for place, text in enumerate(("harmless", *MARKUP, *WORDS))}
    story.commit(
        {
            f"{path}.md": front_matter({**FACTS, "title": text, "summary": text, "tags": [text], "aka": [text]})
            + "Words.\n"
            for path, text in titled.items()
        }
    )
    write_site(content(story), tmp_path / "site")
    pages = {path: shape((tmp_path / "site" / f"{path}.html").read_text()) for path in titled}
    assert {path: more for path, found in pages.items() if (more := found - pages["tips/odd-0"])} == {}
