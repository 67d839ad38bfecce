"""History that a maintainer rewrites by force, while people read, write and wait."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.conftest import git
from tests.journeys.conftest import Server
from tests.journeys.test_accidents import doctor, healthy, reads, serving
from tests.journeys.test_git import Desk, suggest
from tests.web.conftest import form_fields
from wiki.accounts.roles import Role

SIGNAL = "communications/signal"


@pytest.fixture
def server(story_home: Path) -> Iterator[Server]:
    (story_home / "instance" / "wiki.toml").write_text("[review]\nmin_seconds = 0\n[web]\nrewrite_history = true\n")
    with serving(story_home) as (found, _):
        yield found


def test_what_is_open_waiting_or_listed_survives_that_history_is_rewritten_by_force(
    server: Server, tmp_path: Path
) -> None:
    content = server.home / "content"
    ana, rosa = server.sign_in("ana", Role.MAINTAINER), server.sign_in("rosa")
    kept, facts = git(content, "rev-parse", "HEAD"), json.loads(server.get(f"/{SIGNAL}.json")[1])["fields"]
    secret: dict[str, str | Callable[[str], str]] = {
        "body": lambda body: f"{body}\nA home address.\n",
        "message": "what must go",
    }
    assert server.save(SIGNAL, rosa, secret) == 303
    token = form_fields(server.get(f"/-/edit/{SIGNAL}", ana)[1], 'name="base"')["csrf_token"]
    assert server.post(f"/-/verify/{SIGNAL}", ana, {"csrf_token": token})[0] == 303
    assert json.loads(server.get(f"/{SIGNAL}.json")[1])["fields"] != facts
    lost = git(content, "rev-parse", "HEAD")
    number, private = suggest(server, "gnu words")
    elsewhere, _ = suggest(server, "emu words", "glossary/gotv")
    opened = form_fields(server.get(f"/-/edit/{SIGNAL}", rosa)[1], 'name="base"')
    healthy(server, "search", "current")
    assert f'"path":"{SIGNAL}"' in server.get("/-/search?q=home+address&format=json")[1]

    clone = Desk(server, tmp_path / "ana", "ana").clone()
    clone("reset", "-q", "--hard", kept)
    clone.commit("A new line of things", {"tips/new.md": "# New\n\nWords.\n"})
    status, said = clone.push("--force", "origin", "HEAD:main")
    assert status == 0, said

    # Nothing of what went is read, listed, found or said to be verified any more.
    for path in (SIGNAL, f"{SIGNAL}.md", "-/recent", f"-/history/{SIGNAL}", "-/feed.atom", f"-/blame/{SIGNAL}"):
        status, text = server.get(f"/{path}?fresh", rosa)
        assert status == 200 and "home address" not in text and "what must go" not in text, path
    assert json.loads(server.get(f"/{SIGNAL}.json")[1])["fields"] == facts
    assert server.get(f"/{SIGNAL}?at={lost}")[0] == 404 and server.get(f"/-/diff/{SIGNAL}?from={lost}")[0] == 404
    assert server.get("/tips/new")[0] == 200
    healthy(server)
    assert f'"path":"{SIGNAL}"' not in server.get("/-/search?q=%22home+address%22&format=json")[1]
    assert git(content, "status", "--porcelain") == ""

    # A form that was open on it is a choice between two texts, and saves after it.
    answer = server.post(f"/-/edit/{SIGNAL}", rosa, {**opened, "body": "Typed for hours.\n", "message": "mine"})
    assert answer[0] == 409 and "Typed for hours." in answer[1]
    fields = form_fields(answer[1], 'name="head"')
    answer = server.post(f"/-/resolve/{SIGNAL}", rosa, {**fields, "whole": "theirs"})
    assert answer[0] == 303, answer[1][-2000:]
    source = server.get(f"/{SIGNAL}.md")[1]
    assert "Typed for hours." in source and "platforms:" in source and "home address" not in source

    # Suggestions made on it are still looked at, followed and decided; what doesn't touch the page goes in as it is.
    assert "gnu words" in server.get(private)[1]
    assert server.get(f"/-/review/{number}", ana)[0] == 200
    page = server.get(f"/-/review/{elsewhere}", ana)[1]
    answer = server.post(f"/-/review/{elsewhere}", ana, {**form_fields(page, 'name="head"'), "do": "approve"})
    assert answer[0] == 303, answer[1][-3000:]
    assert "emu words" in server.get("/glossary/gotv")[1]
    assert "home address" not in git(content, "show", f"HEAD:{SIGNAL}.md")

    git(content, "reflog", "expire", "--expire=now", "--all")
    git(content, "gc", "--quiet", "--prune=now")
    reads(server, rosa)
    doctor(server)
    assert "All is well" in doctor(server)
    healthy(server)
