"""How granian's requests are answered: what is finished at once, all else by threads, and nobody waits for the slow."""

from __future__ import annotations

import re
import resource
import select
import socket
import threading
import weakref
from contextlib import ExitStack
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import urlopen

import pytest
from granian.server import mp

from tests.cli.test_serve import PATIENCE, fetch, serving, until
from wiki.cli import answering, large, worker
from wiki.cli.admission import Admission


class Protocol:
    """Granian's handle for an answer."""

    def __init__(self) -> None:
        self.sent: list[Any] = []

    def response_bytes(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None:
        self.sent.append((status, headers, body))


class SlowProtocol(Protocol):
    """One of somebody who takes in the first piece, and the rest when they are let go."""

    def __init__(self, let_go: threading.Event) -> None:
        super().__init__()
        self.let_go = let_go
        self.taken = threading.Event()
        self.done = threading.Event()

    def response_iter(self, status: int, headers: list[tuple[str, str]], parts: Any) -> None:
        body = next_of(parts)
        self.taken.set()
        self.let_go.wait(PATIENCE)
        while part := next_of(parts):
            body += part
        parts.close()
        self.sent.append((status, headers, body))
        self.done.set()


def next_of(parts: Any) -> bytes:
    try:
        return bytes(parts.__next__())
    except StopIteration:
        return b""


class Application:
    """One whose page "/finished" is there, and whose others take until they are let go."""

    def __init__(self) -> None:
        self.wsgi_app = self
        self.forwarded = False
        self.let_go = threading.Event()
        self.begun = threading.Semaphore(0)

    def at_once(self, environ: dict[str, Any]) -> Any:
        return ("200 OK", [("A", "b")], b"Finished.") if environ["PATH_INFO"] == "/finished" else None

    def work(self, protocol: Protocol, scope: dict[str, Any]) -> None:
        self.begun.release()
        self.let_go.wait(PATIENCE)
        protocol.response_bytes(200, [], b"Slow.")


def test_who_takes_in_something_large_slowly_holds_no_thread_that_works_and_no_copy_of_it() -> None:
    """More of them than there are threads at work; and one address doesn't get all that may be on their way."""
    body = b"x" * (large.LARGE + 1)
    let_go = threading.Event()

    class Files(Application):
        def work(self, protocol: Any, scope: dict[str, Any]) -> None:
            protocol.response_bytes(200, [], bytes(bytearray(body)) if scope["PATH_INFO"] == "/file" else b"Small.")

    held: list[large.Large] = []

    def kept(one: int) -> large.Large:
        held.append(large.Large(one))
        return held[0]

    app = Files()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(answering, "Large", kept)
        answer = answering.answerer(app, app.work)
    slow = [SlowProtocol(let_go) for _ in range(large.MAX_OF_ONE)]
    try:
        for protocol in slow:
            answer(protocol, {"PATH_INFO": "/file", "REMOTE_ADDR": "198.51.100.7"})
        assert all(protocol.taken.wait(PATIENCE) for protocol in slow)
        assert held[0].held == 1
        one_more, other, small = SlowProtocol(let_go), SlowProtocol(let_go), Protocol()
        answer(one_more, {"PATH_INFO": "/file", "REMOTE_ADDR": "198.51.100.7"})
        until(lambda: bool(one_more.sent), "who is one too many is told")
        assert one_more.sent[0][0] == 503
        answer(other, {"PATH_INFO": "/file", "REMOTE_ADDR": "198.51.100.8"})
        answer(small, {"PATH_INFO": "/small", "REMOTE_ADDR": "198.51.100.7"})
        until(lambda: bool(small.sent), "what is small is answered")
        assert small.sent == [(200, [], b"Small.")]
    finally:
        let_go.set()
    assert all(protocol.done.wait(PATIENCE) for protocol in (*slow, other))
    assert {protocol.sent[0][2] for protocol in (*slow, other)} == {body}
    until(lambda: held[0].held == 0, "nothing is held any more")


def test_what_is_finished_is_sent_while_more_than_all_threads_are_at_work() -> None:
    app = Application()
    answer = answering.answerer(app, app.work)
    slow = [Protocol() for _ in range(answering.THREADS + 3)]
    try:
        for number, protocol in enumerate(slow):
            answer(protocol, {"PATH_INFO": "/slow", "REMOTE_ADDR": f"198.51.100.{number}"})
        for _ in range(answering.THREADS):
            assert app.begun.acquire(timeout=PATIENCE)
        reader = Protocol()
        answer(reader, {"PATH_INFO": "/finished"})
        assert reader.sent == [(200, [("A", "b")], b"Finished.")]
        assert not any(protocol.sent for protocol in slow)
    finally:
        app.let_go.set()
    for _ in slow[answering.THREADS :]:
        assert app.begun.acquire(timeout=PATIENCE)


def test_who_asks_for_much_that_is_dear_keeps_only_themselves_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not all threads work for one address, however much it asks for; and what would never end is refused."""
    monkeypatch.setattr(answering, "MAX_WAITING_OF_ONE", 20)
    app = Application()
    answered: list[str] = []

    def work(protocol: Any, scope: dict[str, Any]) -> None:
        if scope["PATH_INFO"] == "/dear":
            app.begun.release()
            app.let_go.wait(PATIENCE)
        answered.append(scope["REMOTE_ADDR"])
        protocol.response_bytes(200, [], b"Done.")

    answer = answering.answerer(app, work)
    greedy, other = "198.51.100.7", "198.51.100.8"
    dear = [Protocol() for _ in range(answering.THREADS_OF_ONE + 20)]
    try:
        for protocol in dear:
            answer(protocol, {"PATH_INFO": "/dear", "REMOTE_ADDR": greedy})
        for _ in range(answering.THREADS_OF_ONE):
            assert app.begun.acquire(timeout=PATIENCE)
        refused, quick = Protocol(), Protocol()
        answer(refused, {"PATH_INFO": "/dear", "REMOTE_ADDR": greedy})
        assert refused.sent[0][0] == 503 and ("Retry-After", "5") in refused.sent[0][1]
        answer(quick, {"PATH_INFO": "/quick", "REMOTE_ADDR": other})
        until(lambda: bool(quick.sent), "somebody else is answered meanwhile")
        assert answered == [other]
    finally:
        app.let_go.set()
    until(lambda: all(protocol.sent for protocol in dear), "all that waited is answered")
    again = Protocol()
    answer(again, {"PATH_INFO": "/dear", "REMOTE_ADDR": greedy})
    until(lambda: bool(again.sent), "and what comes after it")


def test_one_thread_waits_for_requests_and_another_takes_over_when_it_leaves() -> None:
    turns = answering.Turns(rest_seconds=PATIENCE)
    turns.wait()
    waits = threading.Event()

    def send_and_wait() -> None:
        turns.wait()
        waits.set()

    other = threading.Thread(target=send_and_wait, daemon=True)
    other.start()
    turns.wait()
    assert not waits.wait(0.05), "two wait side by side"
    turns.leave()
    assert waits.wait(PATIENCE)


def test_several_wait_for_requests_while_others_are_at_work() -> None:
    turns = answering.Turns(lambda: 0.0, rest_seconds=10 * PATIENCE)
    first = threading.Thread(target=turns.wait)
    first.start()
    first.join()
    turns.at_work.add(1)
    # Would rest for longer than any test may take.
    turns.wait()


def test_only_so_many_rest_at_a_time() -> None:
    turns = answering.Turns(lambda: 0.0, rest_seconds=10 * PATIENCE)
    turns.wait()
    turns._resting.update(range(answering.MAX_RESTING))
    first = threading.Thread(target=turns.wait, daemon=True)
    first.start()
    first.join(PATIENCE)
    assert not first.is_alive(), "one more rests"


def test_a_thread_on_turn_that_is_seen_no_more_has_lost_its_turn() -> None:
    now = [0.0]
    turns = answering.Turns(lambda: now[0], rest_seconds=10 * PATIENCE)
    first = threading.Thread(target=turns.wait)
    first.start()
    first.join()
    now[0] = answering.TURN_SECONDS
    turns.wait()
    turns.wait()


def test_a_thread_that_rested_long_looks_for_requests_again() -> None:
    turns = answering.Turns(lambda: 0.0, rest_seconds=0.01)
    first = threading.Thread(target=turns.wait)
    first.start()
    first.join()
    turns.wait()


def test_a_request_that_fails_is_told_and_its_handle_let_go(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []
    gone = threading.Event()
    monkeypatch.setattr(answering, "log", SimpleNamespace(exception=told.append))

    def fail(protocol: Protocol, scope: dict[str, Any]) -> None:
        raise RuntimeError("broken")

    answer = answering.answerer(Application(), fail)
    protocol = Protocol()
    weakref.finalize(protocol, gone.set)
    answer(protocol, {"PATH_INFO": "/slow"})
    del protocol
    assert gone.wait(PATIENCE) and told == ["a request failed"]


def test_granian_takes_what_answers_from_where_it_is_put(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mp, "_wsgi_call_wrap", mp._wsgi_call_wrap)
    answering.install()
    protocol = Protocol()
    app: Any = Application()
    made = mp._wsgi_call_wrap(app, {"url_path_prefix": None}, None)
    made(protocol, {"PATH_INFO": "/finished"})
    assert protocol.sent[0][2] == b"Finished."


def test_what_somebody_sends_is_there_to_be_read(ready_copy: Path) -> None:
    """Granian gives it away once its own thread has gone on."""
    with serving(ready_copy, "--workers", "1") as (_, address):
        form = fetch(f"{address}/-/login")[1]
        token = re.search(r'name="csrf_token" value="([^"]+)"', form)
        assert token
        sent = urlencode({"csrf_token": token[1], "name": "nobody-here", "password": "x"}).encode()
        with pytest.raises(HTTPError) as refused:
            urlopen(f"{address}/-/login", data=sent, timeout=PATIENCE)
        assert refused.value.code == 401 and "nobody-here" in refused.value.read().decode()


def test_a_server_sends_the_same_page_first_and_from_its_memory(ready_copy: Path) -> None:
    with serving(ready_copy, "--workers", "1") as (_, address):
        until(lambda: fetch(f"{address}/-/health")[1].count("current") == 3, "everything has caught up")
        first, *others = [fetch(f"{address}/communications/signal") for _ in range(3)]
        for other in others:
            assert other[:2] == first[:2]
            assert {**other[2], "date": ""} == {**first[2], "date": ""}


def test_who_sends_slowly_holds_up_neither_readers_nor_others(ready_copy: Path) -> None:
    """A byte a minute over many connections: the oldest way to stop a small server."""
    with ExitStack() as open_lines, serving(ready_copy, "--workers", "1") as (_, address):
        host, _, port = address.removeprefix("http://").partition(":")

        def begin() -> socket.socket:
            line = open_lines.enter_context(socket.create_connection((host, int(port)), timeout=PATIENCE))
            line.sendall(
                f"POST /-/login HTTP/1.1\r\nHost: {host}\r\nContent-Length: 1000\r\n"
                "Content-Type: application/x-www-form-urlencoded\r\n\r\nname=".encode()
            )
            return line

        fetch(address)
        slow = [begin() for _ in range(answering.MAX_SENDERS_OF_ONE + 3)]
        refused, _, _ = select.select(slow, [], [], PATIENCE)
        assert refused, "nobody is told that too much is being sent"
        assert refused[0].recv(12) == b"HTTP/1.1 503"
        assert fetch(f"{address}/communications/signal")[0] == 200
        assert fetch(f"{address}/-/recent")[0] == 200


def test_a_thousand_silent_connections_keep_nobody_out(ready_copy: Path) -> None:
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    with ExitStack() as silent, serving(ready_copy, "--workers", "1") as (_, address):
        fetch(address)
        host, _, port = address.removeprefix("http://").partition(":")
        for _ in range(1_100):
            silent.enter_context(socket.create_connection((host, int(port)), timeout=PATIENCE))
        with urlopen(f"{address}/communications/signal", timeout=worker.SILENT_SECONDS / 2) as page:
            assert page.status == 200


def test_an_address_that_sends_much_leaves_room_for_others() -> None:
    senders = Admission(one=2, limit=3)
    admitted = [senders.enter(who) for who in ("a", "a", "a", "b", "c")]
    assert admitted == [True, True, False, True, False]
    for who in ("a", "a", "b"):
        senders.leave(who)
    assert senders.enter("a")
