"""The build of the assets: what comes out, when it does nothing, and what it says when something is missing."""

from __future__ import annotations

import gzip
import re
from pathlib import Path
from typing import Any

import brotli
import pytest

STATIC = Path(__file__).resolve().parents[2] / "static"


def test_nothing_is_done_twice(assets: Any, manifest: dict[str, str]) -> None:
    """With the same sources and the same lock a second build ends at once."""
    assert assets.build() is False


def test_names_hold_the_content(manifest: dict[str, str]) -> None:
    """Every entry has a file with a digest in its name, and the compressed ones hold the same bytes."""
    assert {"main.css", "work.css", "main.js", "editor.js", "theme.js", "icons.svg", "favicon.svg"} <= set(manifest)
    for entry, name in manifest.items():
        assert re.fullmatch(re.escape(Path(entry).stem) + r"-[0-9A-Z]{8}\.\w+", name)
        content = (STATIC / "built" / name).read_bytes()
        assert gzip.decompress((STATIC / "built" / f"{name}.gz").read_bytes()) == content
        assert brotli.decompress((STATIC / "built" / f"{name}.br").read_bytes()) == content


def test_the_sprite_holds_every_icon_in_use(assets: Any, manifest: dict[str, str]) -> None:
    """Each name of icons.txt, each icon of our own, and each that a template asks for."""
    sprite = (STATIC / "built" / manifest["icons.svg"]).read_text()
    held = set(re.findall(r'<symbol id="([^"]+)"', sprite))
    templates = (STATIC.parent / "templates").rglob("*.html")
    asked = {name for path in templates for name in re.findall(r'icon\(["\']([\w-]+)["\']\)', path.read_text())}
    assert set(assets.icon_names()) | {"mark"} <= held
    assert asked <= held


def test_an_icon_that_is_not_there_is_named(assets: Any, manifest: dict[str, str], monkeypatch: Any) -> None:
    """A wrong name in icons.txt ends the build with that name."""
    monkeypatch.setattr(assets, "icon_names", lambda: ["no-such-icon"])
    with pytest.raises(assets.BuildError, match="no-such-icon"):
        assets.sprite()


def test_nothing_in_the_bundles_comes_from_elsewhere(manifest: dict[str, str]) -> None:
    """Style sheets and scripts of readers name no other site."""
    for entry in ("main.css", "work.css", "main.js", "theme.js"):
        text = (STATIC / "built" / manifest[entry]).read_text()
        assert re.findall(r"(?:https?:)?//[a-z0-9-]+\.[a-z]{2,}", text) == []
