"""What other people have typed must not steer somebody's terminal, nor look like a line of the log of its own."""

from __future__ import annotations

import logging


def printable(text: object) -> str:
    """One line of a text, in which what can't be printed is replaced."""
    return "".join(character if character.isprintable() else "�" for character in str(text))


class LogLines(logging.Formatter):
    """Each entry begins a line; whatever follows it in an entry (a traceback, a name with a line's end in it) is indented."""

    def format(self, record: logging.LogRecord) -> str:
        """An entry as text."""
        return "\n  ".join(map(printable, super().format(record).splitlines()))
