"""Fuzzers of what takes in the words of strangers: `make fuzz`, or ``python -m fuzz SECONDS [TARGET …]``.

`targets` says what must hold for any bytes at all; `corpus/` has an input or more for each to begin with, and every input that
once broke something: `tests/fuzz` tries them all at every run of the suite.
"""
