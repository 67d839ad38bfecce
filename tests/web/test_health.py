"""What those who look after the wiki are told about it."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from tests.conftest import git
from tests.web.conftest import Browser
from wiki.cli.command import main
from wiki.config import load
from wiki.web import health
from wiki.web.application import create_app


@pytest.fixture
def client(story_home: Path) -> FlaskClient:
    app = create_app(load(story_home, {}))
    app.extensions["wiki"].catch_up()
    return app.test_client()


@pytest.fixture
def run_doctor(story_home: Path, capsys: pytest.CaptureFixture[str]) -> Callable[[], str]:
    def run() -> str:
        with pytest.raises(SystemExit):
            main(["--home", str(story_home), "doctor"])
        return capsys.readouterr().out

    return run


def test_a_wiki_that_is_well_says_so(client: FlaskClient) -> None:
    assert client.get("/-/health").json == {
        "status": "ok",
        "catalog": "current",
        "history": "current",
        "search": "current",
        "accounts": "ok",
        "notes": [],
    }


def test_server_processes_that_die_again_and_again_are_named(client: FlaskClient) -> None:
    for deaths, status in ((2, "ok"), (3, "degraded"), (0, "ok")):
        client.application.extensions["deaths"] = lambda deaths=deaths: deaths
        answer = client.get("/-/health").json
        assert answer is not None and answer["status"] == status
        assert any("3 server processes have died" in note for note in answer["notes"]) == (deaths == 3)


def noted(client: FlaskClient, status: str = "degraded") -> str:
    """The notes of a wiki that is not well."""
    response = client.get("/-/health")
    assert response.json is not None and response.json["status"] == status
    assert response.status_code == (503 if status == "broken" else 200)
    notes = "\n".join(response.json["notes"])
    # Anybody may ask: where folders lie is nobody's business.
    assert notes and "/home" not in notes and tempfile.gettempdir() not in notes
    return notes


def test_a_folder_on_no_branch_is_said(client: FlaskClient, story_home: Path) -> None:
    git(story_home / "content", "checkout", "-q", "--detach")
    assert "nothing can be saved" in noted(client)


def test_settings_that_can_not_be_read_are_named(client: FlaskClient, story_home: Path) -> None:
    (story_home / "content" / "_wiki" / "site.yml").write_text("name: [\n")
    git(story_home / "content", "commit", "-q", "-a", "-m", "Oops")
    assert "_wiki/site.yml can't be read" in noted(client)


@pytest.mark.parametrize("how", ["gone", "empty", "noise"])
def test_accounts_that_are_lost_are_said_while_reading_goes_on(
    client: FlaskClient, story_home: Path, how: str, caplog: pytest.LogCaptureFixture
) -> None:
    client.get("/-/health")
    file = story_home / "instance" / "accounts.sqlite3"
    if how == "gone":
        file.unlink()
    elif how == "empty":
        os.truncate(file, 0)
    else:
        client.application.extensions["wiki"].accounts.database.close()
        file.write_bytes(os.urandom(file.stat().st_size))
    assert "signing in does not" in noted(client)
    assert client.get("/communications/signal").status_code == 200
    asked = client.get("/-/api/v1/me", headers={"Authorization": "Bearer mtw_" + "x" * 40})
    assert asked.status_code == 503
    assert asked.get_json()["title"].startswith("Accounts are out of reach just now.")
    assert ("accounts out of reach: database.damaged" in caplog.text) == (how != "gone")


def test_an_index_that_is_gone_or_turned_to_noise_is_said(client: FlaskClient, story_home: Path) -> None:
    for file in (story_home / "search_index" / "whoosh").rglob("*.seg"):
        file.write_bytes(os.urandom(file.stat().st_size))
    assert "The search is missing or damaged" in noted(client)
    shutil.rmtree(story_home / "search_index" / "whoosh")
    assert "The search is missing or damaged" in noted(client)


def test_a_search_that_is_behind_is_said_only_where_it_stays_behind(
    client: FlaskClient, story_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def saved() -> None:
        git(story_home / "content", "commit", "-q", "--allow-empty", "-m", "Nothing much")

    now = 1_000.0
    monkeypatch.setattr(health, "monotonic", lambda: now)
    saved()
    for _ in range(2):
        found = client.get("/-/health").json
        assert found is not None and (found["status"], found["search"], found["notes"]) == ("ok", "behind", [])
        now += health.CATCHING_UP_SECONDS
    # It has moved on meanwhile, and is behind again.
    client.application.extensions["wiki"].catch_up()
    saved()
    now += health.CATCHING_UP_SECONDS
    assert client.get("/-/health").json["status"] == "ok"
    now += health.CATCHING_UP_SECONDS + 1
    assert "The search is catching up" in noted(client)


def test_a_key_that_is_gone_is_said(client: FlaskClient, story_home: Path) -> None:
    (story_home / "instance" / "secret.key").unlink()
    assert "key of the wiki has gone" in noted(client)


def test_a_wiki_whose_pages_are_gone_is_broken_and_readers_get_plain_words(
    client: FlaskClient, story_home: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (story_home / "content" / ".git" / "HEAD").write_text("ref: refs/heads/nowhere\n")
    notes = noted(client, "broken")
    assert "no pages just now" in notes and "catching up" not in notes
    response = client.get("/communications/signal")
    assert response.status_code == 503
    assert "no pages just now" in response.text and "Nothing is lost" in response.text and "typed" not in response.text
    assert "What you typed" in client.post("/-/edit/communications/signal", data={"body": "x"}).text
    found = client.get("/communications/signal.json")
    assert found.status_code == 503 and found.mimetype == "application/problem+json"
    # The background tells the log once; however many ask.
    assert not caplog.records


def test_a_home_that_was_moved_is_said_and_not_begun_again_where_it_was(client: FlaskClient, story_home: Path) -> None:
    moved = story_home.rename(story_home.with_name("moved"))
    assert client.get("/about").status_code == 503
    assert noted(client, "broken").startswith("The wiki's folder is no longer where it was")
    assert not story_home.exists()
    moved.rename(story_home)
    assert client.get("/about").status_code == 200


def test_a_page_whose_contents_the_repository_has_lost_is_not_said_never_to_have_been(
    client: FlaskClient, story_home: Path
) -> None:
    blob = git(story_home / "content", "rev-parse", "HEAD:about.md")
    (story_home / "content" / ".git" / "objects" / blob[:2] / blob[2:]).unlink()
    response = client.get("/about?fresh")
    assert response.status_code == 503 and "damaged" in response.text
    assert client.get("/communications/signal").status_code == 200


def test_a_wiki_that_has_lost_its_settings_is_read_and_opens_nothing_that_they_closed(
    client: FlaskClient, story_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def shown_name(browser: FlaskClient) -> bool:
        return "Eastside Tenants Wiki" in browser.get("/communications/signal?fresh").text

    objects = story_home / "content" / ".git" / "objects"
    kept = {}
    for name in ("site", "protection"):
        blob = git(story_home / "content", "rev-parse", f"HEAD:_wiki/{name}.yml")
        file = objects / blob[:2] / blob[2:]
        kept[file] = file.read_bytes()
        file.unlink()
    fresh = create_app(load(story_home, {})).test_client()
    assert fresh.get("/").status_code == fresh.get("/communications/signal?fresh").status_code == 200
    assert not shown_name(fresh) and fresh.get("/-/edit/communications/signal").status_code == 401
    assert any(note.startswith("_wiki/protection.yml") for note in fresh.get("/-/health").json["notes"])
    settings = fresh.application.extensions["wiki"].settings
    assert settings.at().protected_by("tips/email") == "admin" and settings.at().edit_policy == "accounts"
    # Put back, they hold again, and no page of the meantime is shown to anybody.
    for file, data in kept.items():
        file.write_bytes(data)
    monkeypatch.setattr(settings, "_look_again", 0.0)
    assert shown_name(fresh) and settings.at().protected_by("tips/email") is None


def test_maintainers_are_told_of_damage_where_they_look_for_work_and_nobody_else_is(
    story_home: Path, ana: Browser, ben: Browser, stranger: Browser
) -> None:
    words = "Something needs the owner"
    assert words not in ana.get("/-/attention").text
    file = story_home / "content" / "_wiki" / "spam.yml"
    file.write_text("words: [\n")
    git(story_home / "content", "commit", "-qam", "Break a file")
    shown = ana.get("/-/attention").text
    assert words in shown and "<code>_wiki/spam.yml</code>" in shown
    assert words not in ben.get("/-/attention").text and words not in stranger.get("/-/attention").text


def test_numbers_are_in_the_form_that_monitoring_systems_read_and_about_nobody(client: FlaskClient) -> None:
    client.get("/-/search?q=okapi-words", headers={"User-Agent": "Okapi"}, environ_base={"REMOTE_ADDR": "203.0.113.9"})
    response = client.get("/-/metrics")
    assert response.content_type.startswith("text/plain; version=0.0.4")
    lines = response.text.splitlines()
    values = {}
    for line in lines:
        if not line.startswith("#"):
            match = re.fullmatch(r'(wiki_[a-z_]+)(\{version="[\w.]+"\})? (\d+)', line)
            assert match, line
            values[match[1]] = int(match[3])
            assert f"# TYPE {match[1]} gauge" in lines and any(
                other.startswith(f"# HELP {match[1]} ") for other in lines
            )
    assert values["wiki_pages"] > 5 and values["wiki_search_current"] == values["wiki_accounts_reachable"] == 1
    assert "okapi" not in response.text.lower() and "203.0.113" not in response.text


def test_numbers_are_there_while_parts_are_not(client: FlaskClient, story_home: Path) -> None:
    client.get("/-/metrics")
    (story_home / "instance" / "accounts.sqlite3").unlink()
    shutil.rmtree(story_home / "search_index" / "whoosh")
    text = client.get("/-/metrics").text
    assert "wiki_accounts_reachable 0" in text and "wiki_search_current 0" in text


def test_damage_that_reading_met_is_said_in_every_process_and_forgotten_when_it_is_whole_again(
    client: FlaskClient, story_home: Path, run_doctor: Callable[[], str]
) -> None:
    content = story_home / "content"
    tree = git(content, "rev-parse", "HEAD:field")
    file = content / ".git" / "objects" / tree[:2] / tree[2:]
    whole = file.read_bytes()
    file.chmod(0o644)
    file.write_bytes(b"damaged")
    fresh = create_app(load(story_home, {})).test_client()
    page = fresh.get("/field/spoke?fresh")
    assert page.status_code == 503 and "damaged" in page.text
    for path in ("/", "/communications/signal", "/-/all", "/-/recent", "/-/search?q=spoke", "/-/history/field/spoke"):
        assert fresh.get(f"{path}{'&' if '?' in path else '?'}fresh").status_code == 200, path
    # A process that has not met it says so too, and nobody is told where in the wiki it is.
    for asked in (fresh, create_app(load(story_home, {})).test_client()):
        assert "damaged" in noted(asked) and "field" not in noted(asked)
    assert "field can't be read" in run_doctor()
    file.write_bytes(whole)
    assert fresh.get("/field/spoke?again").status_code == 200
    assert create_app(load(story_home, {})).test_client().get("/-/health").json["notes"] == []
    assert "mended" in run_doctor() and "All is well" in run_doctor()
    assert not (content / ".git" / "movement-wiki.damage").exists()
