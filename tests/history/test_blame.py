from __future__ import annotations

from story import Story

from wiki.history.blame import blame
from wiki.history.history import History


def test_every_line_of_the_body_has_its_author_under_the_name_of_today(story: Story, history: History) -> None:
    begin = story.save({"tips/chat.md": "---\ntitle: Chat\n---\n\nOne.\n" + "Same.\n" * 20}, by="rosa")
    story.save({"tips/chat.md": None, "tips/talk.md": "---\ntitle: Chat\n---\n\nOne.\n" + "Same.\n" * 20}, by="mo")
    story.save({"tips/talk.md": "---\ntitle: Talk\n---\n\nOne.\nTwo.\n" + "Same.\n" * 20}, by="mo", message="Two")
    story.save({".mailmap": "Ruth <rosa@users.noreply.wiki.example>\n"}, by="mo")
    lines = blame(story.repository, history.names(), story.repository.head(), "tips/talk.md", from_line=5)
    assert [(line.number, line.text, line.author, line.subject) for line in lines[:3]] == [
        (5, "One.", "Ruth", "Save"),
        (6, "Two.", "Mo", "Two"),
        (7, "Same.", "Ruth", "Save"),
    ]
    assert (lines[0].commit, lines[0].username) == (begin, "rosa")
