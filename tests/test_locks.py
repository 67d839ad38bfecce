"""What is installed is what was looked at: every dependency is locked with a hash of its bytes."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
LOCKS = sorted((ROOT / "requirements").glob("*.txt"))


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_every_python_package_has_one_version_and_hashes(lock: Path) -> None:
    found = re.split(r"\n(?=\S)", lock.read_text("utf-8").strip())
    assert found
    for entry in found:
        assert re.match(r"[\w.-]+(\[[\w,-]+\])?==\S+", entry), entry[:80]
        assert "--hash=sha256:" in entry, entry[:80]
        assert "://" not in entry, entry[:80]


def test_every_package_of_the_browser_has_a_hash_and_comes_from_a_registry() -> None:
    packages = json.loads((ROOT / "package-lock.json").read_text("utf-8"))["packages"]
    for name, package in packages.items():
        if name:
            assert package["integrity"].startswith("sha512-"), name
            assert package.get("resolved", "https://registry.npmjs.org/").startswith("https://registry.npmjs.org/"), (
                name
            )


def test_the_locks_are_what_is_installed_by() -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    for line in re.findall(r"pip install .*-r .*", makefile):
        assert "--require-hashes" in line, line
    assert '"ci", "--ignore-scripts"' in (ROOT / "tools" / "build_assets.py").read_text("utf-8")
