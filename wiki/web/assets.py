"""The built style sheets, scripts and icons."""

from __future__ import annotations

import json
from pathlib import Path

from markupsafe import Markup, escape


class Assets:
    """What is built, by the names that templates use."""

    def __init__(self, static: Path) -> None:
        self.folder = static / "built"
        self._manifest: dict[str, str] = {}
        manifest = self.folder / "manifest.json"
        if manifest.is_file():
            self._manifest = json.loads(manifest.read_text("utf-8"))
        listed = static / "icons.txt"
        lines = listed.read_text("utf-8").split() if listed.is_file() else []
        self._sprite = escape(self.url("icons.svg"))
        own = (file.stem for file in (static / "icons").glob("*.svg"))
        self._icons = {line for line in lines if not line.startswith("#")} | set(own)

    def url(self, name: str) -> str:
        """The address of an asset; its name holds a hash of the contents, so it can be kept for ever."""
        return f"/-/static/{self._manifest.get(name, name)}"

    def icon(self, name: str) -> Markup:
        """An icon out of the sprite; it stands beside words and says nothing by itself."""
        known = name if name in self._icons or not self._icons else "tag"
        sprite = f"{self._sprite}#{escape(known)}"
        return Markup(f'<svg class="icon" width="20" height="20" aria-hidden="true"><use href="{sprite}"></use></svg>')
