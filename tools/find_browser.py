"""Find the Chromium that the browser tests use: `python tools/find_browser.py` prints where it is.

One that the system has is taken first (or the one that WIKI_CHROMIUM names); else Playwright fetches its own.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def on_system() -> str | None:
    """The browser that the system has."""
    named = os.environ.get("WIKI_CHROMIUM")
    if named:
        return named
    return next((found for name in NAMES if (found := shutil.which(name))), None)


def of_playwright() -> str | None:
    """The browser that Playwright has fetched."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if Path(path).is_file() else None


def find() -> str | None:
    """The browser to use, None where there is none."""
    return on_system() or of_playwright()


def main() -> int:
    found = find()
    if found is None:
        print("There is no Chromium here; fetching one …", file=sys.stderr)
        subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"], check=False)
        found = of_playwright()
    if found is None or not _runs(found):
        print(
            "The tests need a Chromium that runs. Install one (apt-get install chromium, brew install chromium), "
            "or say where it is: WIKI_CHROMIUM=/path/to/chromium make test",
            file=sys.stderr,
        )
        return 1
    print(found)
    return 0


def _runs(browser: str) -> bool:
    try:
        return subprocess.run([browser, "--version"], capture_output=True, timeout=60, check=False).returncode == 0
    except OSError:
        return False


if __name__ == "__main__":
    sys.exit(main())
