"""The examples of docs/how-to/use-the-api.md do what they say, one after the other, in a shell against a running server."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

from tests.journeys.conftest import Server
from wiki.accounts.accounts import open_accounts
from wiki.accounts.roles import Role
from wiki.accounts.secret import load_secret
from wiki.accounts.tokens import Scope
from wiki.config import load

GUIDE = Path(__file__).resolve().parents[2] / "docs" / "how-to" / "use-the-api.md"


def test_every_example_of_the_guide_works(server: Server, tmp_path: Path) -> None:
    config = load(server.home, {})
    accounts = open_accounts(config, load_secret(config.instance_dir))
    token, _ = accounts.tokens.create(accounts.users.add("ben", Role.EDITOR), "guide", {Scope.WRITE})
    accounts.database.close()
    (tmp_path / ".config").mkdir()
    (tmp_path / ".config" / "wiki-token").write_text(f'header = "Authorization: Bearer {token}"\n')
    blocks = re.findall(r"```sh\n(.*?)```", GUIDE.read_text("utf-8"), re.DOTALL)
    script = "set -eo pipefail\nshopt -s expand_aliases\n" + "\n".join(blocks).replace(
        "http://127.0.0.1:8000", server.url
    )
    (tmp_path / "guide.sh").write_text(script)
    done = subprocess.run(
        ["bash", "guide.sh"],
        cwd=tmp_path,
        env={"HOME": str(tmp_path), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    said = done.stdout.splitlines()
    assert '"free"' in done.stdout
    assert "communications/signal" in said
    assert "304" in said
    assert said[said.index('"ben"') :][:4] == ['"ben"', "[", '  "write"', "]"]
    assert "/tips/bring-water" in said
    assert "open" in said
    assert said.count("true") == 2
