"""Terms are written in large pieces, and Whoosh finds and lists them as if it had written them itself."""

from __future__ import annotations

from pathlib import Path

import pytest
from whoosh.filedb.filestore import FileStorage
from whoosh.filedb.filetables import OrderedHashReader

from wiki.search.term_file import TermFile


@pytest.mark.parametrize("count", [0, 1, 30_000])
def test_whoosh_finds_every_term_and_no_other(tmp_path: Path, count: int) -> None:
    terms = {f"{number:06}".encode(): str(number).encode() for number in range(count)}
    storage = FileStorage(str(tmp_path))
    file = TermFile(storage.create_file("terms"))
    for start in range(0, count, 20_000):
        part = slice(start, start + 20_000)
        file.add_all(list(terms)[part], list(terms.values())[part])
    file.extras["fieldmap"] = {"words": 0}
    file.close()
    reader = OrderedHashReader(storage.open_file("terms"))
    assert list(reader.items()) == list(terms.items())
    assert [key for key in (*list(terms)[::97], b"x", b"") if key in reader] == list(terms)[::97]
    assert all(reader[key] == value for key, value in list(terms.items())[::97])
    assert list(reader.keys_from(b"00002")) == list(terms)[20:]
    assert reader.extras["fieldmap"] == {"words": 0}
