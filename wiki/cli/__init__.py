"""The command line, `movement-wiki`: one module for each command or group of commands."""

from wiki.cli.command import main

__all__ = ["main"]
