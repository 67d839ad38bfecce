"""What the wiki is made of: a CycloneDX bill of materials each for Python and for the browser, out of the locks, into dist/."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from build_assets import npm_command

ROOT = Path(__file__).resolve().parent.parent
PYTHON = ("requirements/runtime.txt", "dist/sbom-python.cdx.json")
BROWSER = ("package-lock.json", "dist/sbom-browser.cdx.json")


def main() -> int:
    """Write both; the same locks give the same components. Returns the exit status."""
    (ROOT / "dist").mkdir(exist_ok=True)
    python = ["-m", "cyclonedx_py", "requirements", PYTHON[0], "--pyproject", "pyproject.toml", "--output-reproducible"]
    texts = {
        PYTHON: _said([sys.executable, *python, "--output-format", "JSON"]),
        BROWSER: _said([*npm_command(), "sbom", "--package-lock-only", "--omit=dev", "--sbom-format=cyclonedx"]),
    }
    for (lock, file), text in texts.items():
        components = json.loads(text).get("components", [])
        if not components:
            print(f"Nothing was found in {lock}.", file=sys.stderr)
            return 1
        (ROOT / file).write_text(text, "utf-8")
        print(f"{file}: {len(components)} components of {lock}")
    return 0


def _said(command: list[str]) -> str:
    return subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True).stdout


if __name__ == "__main__":
    sys.exit(main())
