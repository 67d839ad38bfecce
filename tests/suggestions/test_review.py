"""What a reviewer is shown."""

from __future__ import annotations

import pytest

from wiki.errors import NotFound
from wiki.history.diff import FieldChange

SIGNAL = "communications/signal"


def words(view) -> list[str]:
    """The changed lines with a sign."""
    signs = {"added": "+", "removed": "-"}
    return [
        signs[line.kind] + "".join(part.text for part in line.parts)
        for hunk in view.text
        for line in hunk.lines
        if line.kind in signs
    ]


def test_facts_by_field_and_text_by_words(queue):
    source = (
        queue.story.source(SIGNAL)
        .replace("level: free", 'level: "$"')
        .replace("x-note: kept by hand\n", "")
        .replace("  - ios\n", "")
        .replace("Each person installs", "Everybody installs")
    )
    sent = queue.submit((SIGNAL, source))

    view = queue.review.preview(sent.number)
    [part] = view.parts
    assert part.facts == (
        FieldChange("cost.level", "free", "$"),
        FieldChange("platforms", ["ios", "android"], ["android"]),
        FieldChange("x-note", "kept by hand", None),
    )
    assert [line[0] for line in words(part)] == ["-", "+"]
    changed = [piece.text for line in part.text[0].lines for piece in line.parts if piece.changed]
    assert changed == ["Each person", "Everybody"] or changed == ["Each", " ", "person", "Everybody"]
    assert part.page.value("cost.level") == "$"
    assert (part.part.moved_on, part.problems) == (False, ())
    assert view.at == queue.story.repository.head()


def test_the_changes_shown_are_those_that_approving_would_make(queue):
    sent = queue.change(SIGNAL, "Each person", "Everybody")
    queue.story.save(SIGNAL, queue.story.source(SIGNAL).replace("level: free", 'level: "$"'))

    [part] = queue.review.preview(sent.number).parts
    assert part.part.moved_on
    assert part.facts == ()
    assert len(words(part)) == 2
    assert part.page.value("cost.level") == "$"


def test_a_new_page_is_all_new(queue):
    sent = queue.submit(("tips/new", "---\nkind: page\ntitle: New\n---\nHello.\n"))
    [part] = queue.review.preview(sent.number).parts
    assert (part.part.base, part.part.ours) == (None, None)
    assert part.facts == (FieldChange("kind", None, "page"), FieldChange("title", None, "New"))
    assert "+Hello." in words(part)


def test_what_breaks_the_facts_is_shown_as_text(queue):
    queue.story.commit({"tips/odd.md": "---\na: [\n---\nHello.\n"})
    sent = queue.submit(("tips/odd", "---\na: [\n---\nHello you.\n"))
    [part] = queue.review.preview(sent.number).parts
    assert part.facts == ()
    assert "+Hello you." in words(part)
    assert part.problems == (), "it was broken before"
    queue.approve(sent.number)


def test_a_suggestion_that_is_not_there_can_not_be_reviewed(queue):
    with pytest.raises(NotFound):
        queue.review.preview(1)


def test_what_was_approved_is_shown_as_the_author_made_it(queue):
    sent = queue.change(SIGNAL, "Each person", "Everybody")
    queue.approve(sent.number)
    queue.story.save(SIGNAL, queue.story.source(SIGNAL).replace("Everybody", "All"))

    [part] = queue.review.preview(sent.number).parts
    assert [line[:10] for line in words(part)] == ["-Each pers", "+Everybody"]
    assert "Everybody" in part.page.source
    assert part.problems == ()


def test_what_the_wiki_holds_already_is_no_change(queue):
    source = queue.story.source(SIGNAL).replace("Each person", "Everybody")
    sent = queue.submit((SIGNAL, source))
    queue.story.save(SIGNAL, source)

    [part] = queue.review.preview(sent.number).parts
    assert (part.text, part.facts, part.part.changes_something) == ((), (), False)
