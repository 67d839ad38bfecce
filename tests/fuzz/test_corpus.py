"""What the fuzzers begin with, and all they ever found, holds; and so do some hundred variations, the same at every run."""

from __future__ import annotations

import random

import pytest

from fuzz.__main__ import CORPUS, NAMES, varied
from fuzz.targets import TARGETS

VARIATIONS = {"forms": 250, "markdown": 100, "typed": 15}


def test_every_target_has_inputs_to_begin_with() -> None:
    assert tuple(TARGETS) == NAMES
    assert {folder.name for folder in CORPUS.iterdir()} == set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_what_must_hold_for_any_input_holds(name: str) -> None:
    seeds = [file.read_bytes() for file in sorted((CORPUS / name).iterdir())]
    dice = random.Random(name)
    for data in [*seeds, *(varied(dice, seeds) for _ in range(VARIATIONS.get(name, 200)))]:
        TARGETS[name](data)
