"""Look for links in the documentation that lead nowhere: `python tools/check_docs.py`.

Every relative link of the Markdown files in docs/ and beside this folder has to name a file that is there, and a heading
that is in it. What follows from the code has to be what the code says (`tools/reference.py`).
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

import reference

ROOT = Path(__file__).resolve().parent.parent
_CODE = re.compile(r"^(```|~~~).*?^\1", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\]\(\s*<?([^)\s>]+)>?[^)]*\)")
_HEADING = re.compile(r"^#{1,6}\s+(.+?)\s*#*$", re.MULTILINE)
_ELSEWHERE = re.compile(r"[a-z][a-z0-9+.-]*:|//|/-/")


def documents() -> list[Path]:
    """The documentation, in the order of paths."""
    return sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])


def anchors(text: str) -> set[str]:
    """The anchors that a code host gives the headings of a document."""
    found: set[str] = set()
    for heading in _HEADING.findall(_CODE.sub("", text)):
        words = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).lower()
        found.add(re.sub(r"[^\w\- ]", "", words).strip().replace(" ", "-"))
    return found


def problems(document: Path) -> Iterator[str]:
    """What is wrong with the links of one document, as `path:line: message`."""
    text = document.read_text("utf-8")
    without_code = _CODE.sub(lambda code: "\n" * code.group().count("\n"), text)
    for number, line in enumerate(without_code.splitlines(), 1):
        for target in _LINK.findall(line):
            if _ELSEWHERE.match(target):
                continue
            path, _, anchor = target.partition("#")
            file = (document.parent / path).resolve() if path else document
            where = f"{document.relative_to(ROOT)}:{number}"
            if not file.exists():
                yield f"{where}: there is no {path}"
            elif anchor and file.suffix == ".md" and anchor not in anchors(file.read_text("utf-8")):
                yield f"{where}: {path or document.name} has no heading #{anchor}"


def main() -> int:
    found = [problem for document in documents() for problem in problems(document)]
    found += reference.stale()
    print("\n".join(found) if found else "docs: all links lead somewhere, and what they say of the code is so.")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
