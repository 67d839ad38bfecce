"""A PostgreSQL that is there and doesn't answer."""

from __future__ import annotations

import os
import signal
import threading
from pathlib import Path

import pytest

from tests.accounts.conftest import Cluster
from wiki.database import Database, open_database
from wiki.errors import Unavailable


def server_process(database: Database) -> int:
    """The one that serves this process's only connection."""
    with database.read() as connection:
        return int(connection.exec_driver_sql("SELECT pg_backend_pid()").scalar_one())


def asked(database: Database) -> str:
    try:
        with database.read():
            return "answered"
    except Unavailable as error:
        return error.code


def test_silence_is_waited_for_once_told_to_all_others_at_once_and_not_for_ever(cluster: Cluster) -> None:
    database = open_database(cluster.url("migrated"))
    stopped = server_process(database)
    os.kill(stopped, signal.SIGSTOP)
    try:
        database.patience.seconds = 0.3
        assert asked(database) == "database.unreachable"
        # Until a pause is over nobody asks, though there would be an answer on a new connection.
        assert asked(database) == "database.unreachable"
        database.patience.pause = 0.0
        database.patience.seconds = 30.0
        database.patience._silent_until = 0.0
        assert asked(database) == "answered"
        assert asked(database) == "answered"
    finally:
        os.kill(stopped, signal.SIGCONT)
        database.close()


def test_only_one_finds_out_whether_there_is_an_answer_again(cluster: Cluster) -> None:
    database = open_database(cluster.url("migrated"))
    stopped = server_process(database)
    main = int((Path(cluster.folder) / "data" / "postmaster.pid").read_text().split()[0])
    os.kill(stopped, signal.SIGSTOP)
    os.kill(main, signal.SIGSTOP)
    try:
        database.patience.seconds = 0.3
        assert asked(database) == "database.unreachable"
        database.patience._silent_until = 0.0
        # It opens a connection, on which nobody says anything: what waits for that is one thread.
        finding_out = threading.Thread(target=asked, args=(database,))
        finding_out.start()
        while database.patience._silent_until == 0.0:
            pass
        assert asked(database) == "database.unreachable" and finding_out.is_alive()
    finally:
        os.kill(main, signal.SIGCONT)
        os.kill(stopped, signal.SIGCONT)
    finding_out.join()
    database.patience._silent_until = 0.0
    assert asked(database) == "answered"
    database.close()


@pytest.mark.parametrize("statement", ["SELECT pg_sleep(0.5)", "SELECT 1"])
def test_an_answer_that_takes_its_time_is_waited_for(cluster: Cluster, statement: str) -> None:
    database = open_database(cluster.url("migrated"))
    with database.read() as connection:
        assert connection.exec_driver_sql(statement).fetchall()
    assert asked(database) == "answered"
    database.close()


def test_one_that_takes_no_changes_is_named_though_it_answers(cluster: Cluster) -> None:
    """As the one that takes over for another may be."""
    database = open_database(cluster.url("migrated"))
    try:
        assert database.check() == []
        cluster.execute("ALTER DATABASE migrated SET default_transaction_read_only = on")
        database.close()
        assert [problem.code for problem in database.check()] == ["database.read_only"]
    finally:
        cluster.execute("ALTER DATABASE migrated RESET default_transaction_read_only")
        database.close()
