"""Hatchling's hook: the wheel and the source distribution carry the built assets, so installing them needs no Node."""

from __future__ import annotations

import importlib.util
import os
from pathlib import Path
from types import ModuleType
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


def _tool(root: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location("build_assets", Path(root) / "tools" / "build_assets.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class AssetsHook(BuildHookInterface):
    """Runs tools/build_assets.py before anything is packed."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        # An editable install serves the tree itself; `make` builds its assets.
        if version == "editable" and os.environ.get("WIKI_BUILD_ASSETS") != "1":
            return
        _tool(self.root).build()
