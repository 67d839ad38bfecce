"""The order in which readers look for names."""

from __future__ import annotations

from wiki.pages.alphabet import alphabetical


def test_names_stand_where_they_are_looked_for() -> None:
    order = ["Ábaco", "ángel", "Anual", "Año", ".NET", "Nzz", "Ñandú", "¿Qué?", "Zoom", "йога", "Москва"]
    assert sorted(set(order), key=alphabetical) == order
    assert alphabetical("???") == "???"
