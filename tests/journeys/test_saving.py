"""An answered save is on disk in git, whatever happens around it."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.conftest import git
from tests.journeys.conftest import Server

PAGES = [f"tips/page-{number}" for number in range(10)]


def add_pages(server: Server) -> None:
    content = server.home / "content"
    for path in PAGES:
        (content / f"{path}.md").write_text(f"# {path}\n\n" + "\n\n".join(f"Paragraph {n}." for n in range(60)) + "\n")
    git(content, "add", "-A")
    git(content, "commit", "-qm", "Ten pages")


def mark(body: str, number: int) -> str:
    return body.replace(f"Paragraph {number}.", f"Paragraph {number}, saved.")


def change(server: Server, number: int, cookie: str) -> tuple[str, int]:
    """One save: a line of its own in one of the ten pages; tried again where two changed the same line."""
    path = PAGES[number % len(PAGES)]
    summary = f"save {number}"
    for _ in range(20):
        status = server.save(path, cookie, {"body": lambda body: mark(body, number), "message": summary})
        if status != 409:
            return summary, status
    return summary, 409


def test_fifty_saves_at_once_from_eight_clients_lose_nothing(server: Server) -> None:
    add_pages(server)
    cookies = [server.sign_in(f"person{number}") for number in range(8)]
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda number: change(server, number, cookies[number % 8]), range(50)))
    assert [status for _, status in answers] == [303] * 50
    assert {summary for summary, _ in answers} <= server.subjects()
    for number in range(50):
        assert f"Paragraph {number}, saved." in server.get(f"/{PAGES[number % 10]}.md")[1]
    content = server.home / "content"
    assert "error" not in git(content, "fsck", "--full") and not list(content.glob(".git/**/*.lock"))
    assert git(content, "status", "--porcelain") == ""


def test_every_answered_save_is_there_after_a_kill(server: Server) -> None:
    add_pages(server)
    cookies = [server.sign_in(f"person{number}") for number in range(4)]
    answered: list[str] = []
    stop = threading.Event()

    def keep_saving(client: int) -> None:
        number = client
        while not stop.is_set():
            try:
                summary, status = change(server, number % 60, cookies[client])
            except (OSError, AssertionError):
                return
            if status == 303:
                answered.append(summary)
            number += 4

    threads = [threading.Thread(target=keep_saving, args=(client,)) for client in range(4)]
    for thread in threads:
        thread.start()
    until = time.monotonic() + 90
    while len(answered) < 8 and time.monotonic() < until:
        time.sleep(0.05)
    server.kill()
    stop.set()
    for thread in threads:
        thread.join()
    assert answered
    server.start()
    assert set(answered) <= server.subjects()
    assert "error" not in git(server.home / "content", "fsck", "--full")
    summary, status = change(server, 3, cookies[0])
    assert status == 303 and summary in server.subjects()


def test_the_index_comes_back_by_itself(story_home: Path) -> None:
    server = Server(story_home, workers=1).start()
    server.stop()
    import shutil

    shutil.rmtree(story_home / "search_index")
    server.start()
    try:
        until = time.monotonic() + 90
        while (
            "communications/signal" not in server.get("/-/search?q=signal&format=json")[1] and time.monotonic() < until
        ):
            time.sleep(0.2)
        assert "communications/signal" in server.get("/-/search?q=signal&format=json")[1]
        assert '"ok"' in server.get("/-/health")[1]
    finally:
        server.stop()


def test_broken_files_in_the_content_spoil_nothing_else(server: Server) -> None:
    content = server.home / "content"
    (content / "tips" / "broken.md").write_text("---\ntitle: [unclosed\n---\nStill a text.\n")
    (content / "tips" / "link.md").symlink_to("/etc/passwd")
    (content / "tips" / "huge.md").write_text("word " * 1_100_000)
    git(content, "add", "-A")
    git(content, "commit", "-qm", "Trouble")
    assert "Still a text." in server.get("/tips/broken")[1]
    assert server.get("/tips/link")[0] == 404
    assert server.get("/tips/huge")[0] == 413
    assert server.get("/tips")[0] == server.get("/communications/signal")[0] == server.get("/-/all")[0] == 200


def test_a_save_is_searchable_within_a_second_or_so_and_listed_at_once(server: Server) -> None:
    cookie = server.sign_in("rosa")
    assert server.save("communications/signal", cookie, {"body": "Okapi words.\n", "message": "okapi change"}) == 303
    assert "okapi change" in server.get("/-/recent")[1]
    until = time.monotonic() + 90
    while "communications/signal" not in server.get("/-/search?q=okapi&format=json")[1] and time.monotonic() < until:
        time.sleep(0.1)
    assert "communications/signal" in server.get("/-/search?q=okapi&format=json")[1]
