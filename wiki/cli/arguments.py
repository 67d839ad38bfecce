"""Files and folders that are named as arguments and have to be there; where nothing is, that ends like all that isn't found."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from wiki.errors import NotFound


class PresentFile(click.File):
    """A file to read; `-` is standard input. Raises NotFound("argument.missing")."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The open file."""
        if value != "-":
            _require(value)
        return super().convert(value, param, ctx)


class PresentPath(click.Path):
    """A place in the file system. Raises NotFound("argument.missing")."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The path."""
        _require(value)
        return super().convert(value, param, ctx)


def _require(value: Any) -> None:
    try:
        missing = isinstance(value, str) and not Path(value).exists()
    except (OSError, ValueError):
        return  # what is there and can't be looked at, click has the words for
    if missing:
        raise NotFound("argument.missing", path=value)
