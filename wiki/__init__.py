"""Movement Tech Wiki: a wiki engine over Markdown files in git."""

__version__ = "0.1.0"
