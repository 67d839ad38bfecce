"""Several server processes on one database."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from wiki.accounts.accounts import Accounts
from wiki.accounts.roles import Role
from wiki.accounts.user import User
from wiki.database import open_database

ROOT = Path(__file__).parents[2]

HIT = """
import sys
from pathlib import Path
from wiki.accounts.accounts import open_accounts
from wiki.config import load
from wiki.errors import TooMany

accounts = open_accounts(load(Path("."), {}, {"database.url": sys.argv[1]}), b"s" * 32)
allowed = 0
print("ready", flush=True)
sys.stdin.readline()
for _ in range(20):
    try:
        accounts.throttle.hit("suggest", "198.51.100.7", 30, 43200)
        allowed += 1
    except TooMany:
        pass
print(allowed)
"""

OPEN = """
import sys
from wiki.database import open_database

print("ready", flush=True)
sys.stdin.readline()
database = open_database(sys.argv[1])
database.upgrade()
with database.write() as connection:
    connection.exec_driver_sql(f"INSERT INTO throttle_salts (period, salt) VALUES ({sys.argv[2]}, 'x')")
print(database.version())
"""


def run_at_once(program: str, arguments: list[list[str]]) -> list[str]:
    """The last line that each of so many processes prints, all begun at the same moment."""
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", program, *more],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )
        for more in arguments
    ]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    return [process.communicate(timeout=60)[0].strip() for process in processes]


def test_a_limit_holds_for_all_processes_together(accounts: Accounts, database_url: str) -> None:
    answers = run_at_once(HIT, [[database_url]] * 3)
    assert sum(int(answer) for answer in answers) == 30


def test_processes_that_start_at_once_on_a_new_database_all_get_one(empty_url: str) -> None:
    answers = run_at_once(OPEN, [[empty_url, str(number)] for number in range(4)])
    database = open_database(empty_url)
    assert set(answers) == {database.version()}
    with database.read() as connection:
        found = connection.exec_driver_sql("SELECT period FROM throttle_salts").scalars().all()
    assert sorted(found) == [0, 1, 2, 3]
    database.close()


def test_what_a_forked_process_writes_survives_one_that_comes_and_goes(accounts: Accounts, edgar: User) -> None:
    file = accounts.database.file
    if file is None:
        return  # A server of its own does the writing.
    alone, parent = os.pipe()
    child = os.fork()
    if child == 0:
        os.read(alone, 1)
        log = file.with_name(f"{file.name}-wal")
        accounts.users.add("before", Role.EDITOR)
        inode = log.stat().st_ino
        look = "import sqlite3, sys; sqlite3.connect(sys.argv[1]).execute('SELECT * FROM users').fetchall()"
        subprocess.run([sys.executable, "-c", look, file], check=False)
        # Had it taken itself for the last, it would have taken the log away, in which this process goes on writing.
        good = log.exists() and log.stat().st_ino == inode
        accounts.users.add("after", Role.EDITOR)
        os._exit(0 if good else 1)
    accounts.database.close()
    os.write(parent, b"!")
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert [user.name for user in accounts.users.list()] == ["after", "before", "edgar"]


def test_a_forked_process_and_its_parent_do_not_get_in_each_others_way(accounts: Accounts, edgar: User) -> None:
    token = accounts.sessions.start(edgar).token
    child = os.fork()
    if child == 0:
        # No assert here: a failure must not run on into pytest's own reporting.
        good = accounts.sessions.find(token) is not None
        accounts.users.add("child", Role.EDITOR)
        os._exit(0 if good else 1)
    accounts.users.add("parent", Role.EDITOR)
    assert accounts.sessions.find(token) is not None
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert [user.name for user in accounts.users.list()] == ["child", "edgar", "parent"]
