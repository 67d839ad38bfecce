from __future__ import annotations

import os
import shutil
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from tests.conftest import ANA, CHRIS, Story, git
from wiki.catalog.catalog import Catalog


def paths(catalog: Catalog) -> list[str]:
    return sorted(path for (path,) in catalog.database.rows("SELECT path FROM page"))


def test_a_card_knows_what_lists_show(story: Story) -> None:
    card = story.catalog.card("communications/signal")
    assert card is not None
    assert (card.title, card.kind, card.status, card.language) == ("Signal", "tool", "active", "en")
    assert (card.last_verified, card.verify_due) == (date(2026, 2, 1), date(2027, 2, 1))
    assert card.value("cost.level") == "free"
    assert (card.changed, card.changed_by) == (datetime(2026, 2, 27, 9, 30, tzinfo=UTC), "Ben")
    assert card.category == "communications"


def test_a_catalog_that_stands_at_head_has_nothing_to_do(story: Story) -> None:
    assert story.catalog.catch_up() is False
    assert story.catalog.revision() == story.repository.head()


def test_a_commit_by_whatever_program_is_listed_after_catching_up(story: Story) -> None:
    (story.content / "tips").mkdir(exist_ok=True)
    (story.content / "tips" / "by-hand.md").write_text("# By hand\n\nSee [[Spoke]].\n")
    story.git("add", "tips/by-hand.md")
    story.git("commit", "-qm", "By hand")
    version = story.catalog.version()
    assert story.catalog.catch_up() is True
    card = story.catalog.card("tips/by-hand")
    assert card is not None
    assert (card.title, card.changed_by, card.kind) == ("By hand", "Gil", "page")
    assert story.catalog.version() != version
    assert "tips/by-hand" in [link.page.path for link in story.catalog.backlinks("field/spoke")]


def test_changed_moved_and_deleted_pages_follow(story: Story) -> None:
    text = story.source("field/old-dialer")
    story.commit({"field/old-dialer.md": None, "field/older-dialer.md": text})
    story.save("field/spoke", story.source("field/spoke").replace("title: Spoke", "title: Spoke Texting"))
    story.catalog.catch_up()
    assert story.catalog.card("field/old-dialer") is None
    assert story.catalog.card("field/older-dialer") is not None
    spoke = story.catalog.card("field/spoke")
    assert spoke is not None
    assert spoke.title == "Spoke Texting"
    assert story.catalog.count() == 13


def test_a_page_changed_and_changed_back_was_last_changed_by_the_later_commit(story: Story) -> None:
    text = story.source("field/spoke")
    story.save("field/spoke", text + "More.\n")
    story.save("field/spoke", text, ANA)
    story.catalog.catch_up()
    card = story.catalog.card("field/spoke")
    assert card is not None
    assert (card.changed_by, card.revision) == ("Ana", story.repository.head())


def test_files_that_are_no_pages_harm_nothing(story: Story) -> None:
    content = story.content
    (content / "link.md").symlink_to("/etc/passwd")
    (content / "broken.md").write_bytes(b"---\ntitle: [\n---\nText \xff\n")
    (content / "huge.md").write_text("x" * 5_000_000)
    (content / "odd").mkdir()
    (content / "odd" / "Not A Page.TXT").write_text("text")
    Path(os.fsdecode(os.fsencode(content) + b"/bad\xff.md")).write_text("text")
    story.git("add", "-A")
    story.git("commit", "-qm", "All sorts of files")
    story.catalog.catch_up()
    assert {"link", "huge"}.isdisjoint(paths(story.catalog))
    assert story.catalog.card("broken") is not None
    assert story.catalog.files("odd") == ["odd/Not A Page.TXT"]
    story.git("rm", "-q", "-r", "link.md", "broken.md", "huge.md", "odd")
    story.git("rm", "-q", "bad*")
    story.git("commit", "-qm", "Away with them")
    story.catalog.catch_up()
    assert story.catalog.card("broken") is None
    assert story.catalog.files("odd") == []


def test_a_page_that_becomes_a_link_or_too_large_leaves_the_lists(story: Story) -> None:
    story.commit({"field/spoke.md": "x" * 1_100_000})
    (story.content / "field" / "old-dialer.md").unlink()
    (story.content / "field" / "old-dialer.md").symlink_to("spoke.md")
    story.git("add", "field/old-dialer.md")
    story.git("commit", "-qm", "A link now")
    story.catalog.catch_up()
    assert story.catalog.in_folder("field") == []
    assert "field" not in dict(story.catalog.folders_in(""))


@pytest.mark.parametrize("what", ["file", "folder", "garbage"])
def test_a_catalog_that_was_deleted_or_damaged_is_built_again(story: Story, what: str) -> None:
    before = paths(story.catalog)
    folder = story.home / "search_index"
    if what == "folder":
        shutil.rmtree(folder)
    else:
        (folder / "catalog.sqlite3").unlink()
    if what == "garbage":
        (folder / "catalog.sqlite3-wal").unlink()
        (folder / "catalog.sqlite3").write_bytes(b"garbage " * 1000)
    assert story.catalog.revision() == ""
    assert story.catalog.catch_up() is True
    assert paths(story.catalog) == before


def test_lists_follow_a_catalog_that_was_built_again(story: Story) -> None:
    assert story.facets.values("category")["field"] == 2
    (story.home / "search_index" / "catalog.sqlite3").unlink()
    story.commit({"field/spoke.md": None})
    story.catalog.catch_up()
    assert story.facets.values("category")["field"] == 1


def test_a_history_that_was_rewritten_is_followed(story: Story) -> None:
    story.save("field/spoke", story.source("field/spoke") + "More.\n")
    story.catalog.catch_up()
    story.git("reset", "-q", "--hard", "HEAD~2")
    story.git("commit", "-q", "--allow-empty", "-m", "Another way")
    story.git("reflog", "expire", "--expire=now", "--all")
    story.git("gc", "-q", "--prune=now")
    story.repository.close()
    fresh = Story(story.home)
    fresh.catalog.catch_up()
    card = fresh.catalog.card("field/spoke")
    assert card is not None
    assert card.changed_by == "Ben"
    assert fresh.catalog.card("tips/first-hour-of-safety") is None


def test_progress_is_told_page_by_page(story: Story) -> None:
    told: list[tuple[int, int]] = []
    story.catalog.catch_up(progress=lambda done, total: told.append((done, total)), full=True)
    assert told[-1][0] == told[-1][1] == len(told)


def test_settings_that_every_page_depends_on_make_it_read_everything_again(story: Story) -> None:
    story.commit({"_wiki/site.yml": "languages: [en, fr]\n"})
    story.catalog.catch_up()
    card = story.catalog.card("es/communications/signal")
    assert card is not None
    assert card.language == "en"


def test_two_processes_do_not_read_the_same_at_the_same_time(story: Story) -> None:
    story.save("field/spoke", story.source("field/spoke") + "More.\n")
    other = Catalog(
        story.home / "search_index" / "catalog.sqlite3",
        story.repository,
        story.store,
        story.settings,
        story.rendering,
    )
    begun, go_on = threading.Event(), threading.Event()

    def slow(done: int, total: int) -> None:
        begun.set()
        go_on.wait(20)

    thread = threading.Thread(target=lambda: story.catalog.catch_up(progress=slow))
    thread.start()
    begun.wait(20)
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(other.catch_up)
        assert other.card("field/spoke") is not None
        go_on.set()
        assert waiting.result(20) is False, "it found everything done"
    thread.join(20)
    assert other.revision() == story.repository.head()


def test_no_look_at_the_catalog_starts_a_process(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    story.save("field/spoke", story.source("field/spoke") + "More.\n")

    def refuse(*arguments: object, **options: object) -> None:
        raise AssertionError("a process was started")

    monkeypatch.setattr("subprocess.Popen", refuse)
    story.catalog.catch_up()
    page = story.page("communications/signal")
    story.presenter.html(story.rendering.rendered(page), page.path, story.settings.at())
    story.catalog.backlinks("communications/signal")
    story.attention.counts(story.today)


def test_pages_of_a_folder_kind_or_name_are_found(story: Story) -> None:
    catalog = story.catalog
    assert [card.path for card in catalog.in_folder("field")] == ["field/old-dialer", "field/spoke"]
    assert [card.title for card in catalog.of_kind("term", "en")] == ["GOTV", "P2P texting"]
    assert [card.path for card in catalog.latest(2, "field")] == ["field/old-dialer", "field/spoke"]
    assert catalog.latest(1)[0].changed_by == "Chris"
    assert list(catalog.cards_of(["field/spoke", "field/nothing"])) == ["field/spoke"]
    assert catalog.titles_of(["field/spoke", "field/nothing"]) == {"field/spoke": "Spoke"}
    for name in ("TextSecure", "signal", "Signal Messenger"):
        named = catalog.named(name)
        assert named is not None
        assert named.path == "communications/signal"
    assert catalog.named("") is None
    assert catalog.named("No such tool") is None
    found = catalog.find("Communications/SIGNAL")
    assert found is not None
    assert found.path == "communications/signal"


def test_pages_with_a_fact_and_the_days_of_their_changes_are_listed(story: Story) -> None:
    assert story.catalog.paths_with("tag", "chat") == ["communications/newsletter-basics", "communications/signal"]
    assert story.catalog.paths_with("tag", "Chat") == []
    days = story.catalog.days_of_change(2)
    assert days == [("about", date(2026, 2, 26)), ("communications/mattermost", date(2026, 2, 27))]


def test_translations_belong_together_by_their_path(story: Story) -> None:
    expected = {"en": "communications/signal", "es": "es/communications/signal"}
    assert story.catalog.translations("communications/signal") == expected
    assert story.catalog.translations("es/communications/signal") == expected
    assert story.catalog.translations("nowhere") == {}


def test_attachments_are_listed_with_their_page(story: Story) -> None:
    assert story.catalog.files("communications/signal") == ["communications/signal/groups.png"]


def test_a_merge_from_another_clone_gives_every_page_the_change_that_brought_it(story: Story, tmp_path: Path) -> None:
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "-q", str(story.content), str(clone))
    (clone / "field" / "spoke.md").write_text("# Spoke\n\nFrom the clone.\n")
    git(clone, "commit", "-qam", "In the clone")
    story.save("communications/mattermost", story.source("communications/mattermost") + "More.\n", ANA)
    story.catalog.catch_up()
    git(clone, "pull", "-q", "--no-rebase", "--no-edit", "origin", "main")
    story.git("fetch", "-q", str(clone), "main")
    story.git("reset", "-q", "--hard", "FETCH_HEAD")
    story.catalog.catch_up()
    fresh = story.new_catalog("fresh.sqlite3")
    fresh.catch_up()
    for path in ("field/spoke", "communications/mattermost", "communications/signal"):
        here, there = story.catalog.card(path), fresh.card(path)
        assert here is not None
        assert there is not None
        assert (here.revision, here.changed_by) == (there.revision, there.changed_by)


def test_who_a_change_is_by_is_the_author_and_not_who_approved_it(story: Story) -> None:
    story.commit({"tips/new.md": "# New\n"}, actor=CHRIS)
    story.catalog.catch_up()
    card = story.catalog.card("tips/new")
    assert card is not None
    assert card.changed_by == "Chris"


def test_a_rebuild_leaves_the_same_indexes_and_no_long_log_behind(story: Story) -> None:
    indexes = "SELECT name, sql FROM sqlite_master WHERE type = 'index' ORDER BY name"
    before = story.catalog.database.rows(indexes)
    story.commit({f"many/p{number}.md": f"# P{number}\n" + "word " * 3000 for number in range(400)})
    assert story.catalog.catch_up(full=True)
    assert story.catalog.database.rows(indexes) == before
    assert story.catalog.count() == 413
    story.catalog.database.rows("PRAGMA wal_checkpoint(PASSIVE)")
    story.commit({"many/p0.md": "# Another\n"})
    story.catalog.catch_up()
    log = story.home / "search_index" / "catalog.sqlite3-wal"
    assert log.stat().st_size < 5_000_000
