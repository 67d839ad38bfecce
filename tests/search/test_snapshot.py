"""What a snapshot keeps of what it has read."""

from __future__ import annotations

from pathlib import Path

import pytest

from wiki.search import snapshot
from wiki.search.documents import Document
from wiki.search.query import parse
from wiki.search.schema import FORMS
from wiki.search.whoosh_engine import WhooshEngine


def test_where_there_is_no_room_for_all_what_is_asked_for_again_and_again_is_not_read_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = WhooshEngine(tmp_path)
    engine.rebuild("1", [Document(f"a/p{n}", f"Page{n}", body="common word") for n in range(30)], 30)
    engine.rank(parse("common"))
    monkeypatch.setattr(snapshot, "MAX_CACHED_POSTINGS", 400)
    state = engine._current()
    assert state is not None
    opened = snapshot.Snapshot(state[1].folder, state[1].generation, state[1].recent)
    common = opened.postings(FORMS, "common")
    rare = opened.postings(FORMS, "page0")
    for number in range(1, 30):
        opened.postings(FORMS, f"page{number}")
        assert opened.postings(FORMS, "common") is common
    assert opened.postings(FORMS, "page0") is not rare and opened.postings(FORMS, "page0") == rare
