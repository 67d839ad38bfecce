"""What the toolbar and the Enter key do to the text."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any


def test_operations_on_the_text(assets: Any) -> None:
    """The cases of operations.test.mjs hold, in the Node that builds the assets."""
    tests = Path(__file__).with_name("operations.test.mjs")
    done = subprocess.run([*assets.node_command(), "--test", str(tests)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
