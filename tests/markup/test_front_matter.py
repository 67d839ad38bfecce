from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wiki.errors import Invalid
from wiki.markup import front_matter, yaml_tree
from wiki.markup.front_matter import REMOVE, dump, load, merge, set_body, update

PAGE = """---
title: "Signal"   # the product's own name
summary: 'It''s a messenger'
categories: [communications, 'tips']
cost:
  level: $  # compared with texting

  # what people ask first
  model: [free]
platforms:
  - ios
  # the phones
  - android
vendor: {name: Signal Foundation, ownership: nonprofit}
note: |
  first

  second

status: active
# the end
---
# Signal
"""


def lines_changed(before: str, after: str) -> tuple[list[str], list[str]]:
    import difflib

    changes = [line for line in difflib.ndiff(before.splitlines(), after.splitlines()) if line[0] in "+-"]
    return ([line[2:] for line in changes if line[0] == "-"], [line[2:] for line in changes if line[0] == "+"])


def test_a_file_without_front_matter_is_all_text() -> None:
    found = load("# Title\n\n---\n")
    assert (found.fields, found.body, found.body_line, found.problem, found.has) == (
        {},
        "# Title\n\n---\n",
        1,
        None,
        False,
    )


def test_fields_text_and_the_line_where_the_text_begins_are_told_apart() -> None:
    found = load("---\ntitle: A\n---\n\ntext\n")
    assert (found.fields, found.body, found.body_line, found.has) == ({"title": "A"}, "text\n", 5, True)


def test_an_opening_line_that_is_never_closed_is_a_rule_and_not_front_matter() -> None:
    assert not load("---\ntitle: A\n").has


@pytest.mark.parametrize("source", ["---\n---\ntext", "---\n# only a comment\n---\ntext", "---\r\n---\r\ntext"])
def test_an_empty_block_has_no_fields(source: str) -> None:
    found = load(source)
    assert (found.fields, found.body, found.problem, found.has) == ({}, "text", None, True)


def test_a_byte_order_mark_and_windows_line_ends_do_not_matter() -> None:
    found = load("\ufeff---\r\ntitle: A\r\n---\r\ntext\r\n")
    assert (found.fields, found.body) == ({"title": "A"}, "text\r\n")


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("no", "no"),
        ("yes", "yes"),
        ("NO", "NO"),
        ("on", "on"),
        ("y", "y"),
        ("2026-03-11", "2026-03-11"),
        ("12:30:00", "12:30:00"),
        ("1_000", "1_000"),
        ("true", True),
        ("False", False),
        ("~", None),
        ("", None),
        ("null", None),
        ("010", 10),
        ("0o10", 8),
        ("0x1F", 31),
        ("-3", -3),
        ("1.5", 1.5),
        ("1e3", 1000.0),
        ("1.", 1.0),
        (".5", 0.5),
        ("+12", 12),
        (".inf", ".inf"),
        (".nan", ".nan"),
        ("1e999", "1e999"),
        ("<<", "<<"),
        ("=", "="),
        ("9" * 400, "9" * 400),
        ("'true'", "true"),
        ('"1"', "1"),
        ("$$", "$$"),
        ("a & b", "a & b"),
    ],
)
def test_values_follow_the_core_schema_of_yaml_1_2(written: str, value: object) -> None:
    found = load(f"---\nkey: {written}\n---\n")
    assert found.problem is None
    assert found.fields == {"key": value}
    assert type(found.fields["key"]) is type(value)


def test_a_merge_key_is_an_ordinary_key() -> None:
    assert load("---\n<<: {a: 1}\n---\n").fields == {"<<": {"a": 1}}


def test_keys_are_names_whatever_they_look_like() -> None:
    assert load("---\n2026: a\ntrue: b\nnull: c\n---\n").fields == {"2026": "a", "true": "b", "null": "c"}


@pytest.mark.parametrize(
    ("block", "code", "line"),
    [
        ("a: 1\nb: !!python/object/apply:os.system [ls]", "front_matter.tag", 3),
        ("a: !!str 1", "front_matter.tag", 2),
        ("a: &x 1\nb: *x", "front_matter.anchor", 2),
        ("a: *x", "front_matter.alias", 2),
        ("*x : 1", "front_matter.alias", 2),
        ("a: 1\nb: 2\na: 3", "front_matter.duplicate_key", 4),
        ("a: {b: 1, b: 2}", "front_matter.duplicate_key", 2),
        ("1: a\n'1': b", "front_matter.duplicate_key", 3),
        ("? [a]\n: 1", "front_matter.key", 2),
        ("a: " + "[" * 9 + "]" * 9, "front_matter.too_deep", 2),
        ("a: " + "[" * 60_000, "front_matter.too_deep", 2),
        ("- a\n- b", "front_matter.not_mapping", 2),
        ("just words", "front_matter.not_mapping", 2),
        ("a: [1", "front_matter.invalid", 3),
        ("a: b: c", "front_matter.invalid", 2),
        ("a: \x00", "front_matter.invalid", 2),
        ("a: \ud800", "front_matter.invalid", 2),
        ("a: " + "x" * 65_536, "front_matter.too_large", 1),
    ],
)
def test_what_is_broken_or_forbidden_is_named_with_its_line_and_the_text_still_shows(
    block: str, code: str, line: int
) -> None:
    found = load(f"---\n{block}\n---\nthe text\n")
    assert found.problem is not None
    assert (found.problem.code, found.problem.line) == (code, line)
    assert (found.fields, found.body, found.has) == ({}, "the text\n", True)


def test_a_broken_block_is_never_written_over() -> None:
    with pytest.raises(Invalid) as caught:
        update("---\na: [1\n---\ntext\n", {"title": "A"})
    assert caught.value.code == "front_matter.invalid"


@pytest.mark.parametrize(
    ("changes", "removed", "added"),
    [
        (
            {"title": "Molly"},
            ['title: "Signal"   # the product\'s own name'],
            ['title: "Molly"   # the product\'s own name'],
        ),
        ({"summary": "It's new"}, ["summary: 'It''s a messenger'"], ["summary: 'It''s new'"]),
        ({"cost": {"level": "$$"}}, ["  level: $  # compared with texting"], ["  level: $$  # compared with texting"]),
        ({"cost": {"free_tier": "yes"}}, [], ['  free_tier: "yes"']),
        ({"cost": {"model": REMOVE}}, ["  model: [free]"], []),
        ({"platforms": ["ios", "android", "web"]}, [], ["  - web"]),
        ({"platforms": ["android"]}, ["  - ios"], []),
        ({"platforms": ["ios", "linux"]}, ["  - android"], ["  - linux"]),
        (
            {"categories": ["communications", "field", "tips"]},
            ["categories: [communications, 'tips']"],
            ["categories: [communications, field, 'tips']"],
        ),
        (
            {"vendor": {"ownership": "cooperative"}},
            ["vendor: {name: Signal Foundation, ownership: nonprofit}"],
            ["vendor: {name: Signal Foundation, ownership: cooperative}"],
        ),
        ({"status": REMOVE}, ["status: active"], []),
        ({"note": "only: one"}, ["note: |", "  first", "", "  second"], ['note: "only: one"']),
        ({"url": "https://signal.org/"}, [], ["url: https://signal.org/"]),
        ({"aliases": ["a"]}, [], ["aliases: [a]"]),
        (
            {"privacy": {"needs": ["x"], "note": "a\nb"}},
            [],
            ["privacy:", "  needs: [x]", "  note: |-", "    a", "    b"],
        ),
        ({"status": None}, ["status: active"], ["status: null"]),
    ],
)
def test_only_the_lines_of_what_changes_are_touched(
    changes: dict[str, object], removed: list[str], added: list[str]
) -> None:
    after = update(PAGE, changes)
    assert lines_changed(PAGE, after) == (removed, added)
    assert load(after).fields == merge(load(PAGE).fields, changes)


def test_a_change_to_what_is_already_there_is_no_change() -> None:
    assert update(PAGE, load(PAGE).fields) == PAGE
    assert update(PAGE, {"nothing": REMOVE}) == PAGE


def test_one_and_true_and_one_point_zero_are_different_values() -> None:
    assert load(update("---\na: 1\n---\n", {"a": True})).fields["a"] is True
    assert update("---\na: 1\n---\n", {"a": 1.0}) == "---\na: 1.0\n---\n"


def test_windows_line_ends_survive() -> None:
    after = update(PAGE.replace("\n", "\r\n"), {"status": "stub", "privacy": {"note": "a\nb"}})
    assert "\n" not in after.replace("\r\n", "")
    assert load(after).fields["privacy"] == {"note": "a\nb"}


def test_new_keys_follow_the_order_that_is_asked_for() -> None:
    after = update("---\nb: 1\nd: 2\n# end\n---\n", {"a": 0, "c": 1, "z": 9}, order=["a", "b", "c", "d"])
    assert after == "---\na: 0\nb: 1\nc: 1\nd: 2\nz: 9\n# end\n---\n"


def test_a_file_without_front_matter_gets_some_and_keeps_its_text() -> None:
    assert update("# Title\n", {"title": "A"}) == "---\ntitle: A\n---\n# Title\n"
    after = update("\n# Title\r\n", {"title": "A"})
    assert load(after).body == "\n# Title\r\n"
    assert update("# Title\n", {"title": REMOVE}) == "# Title\n"


def test_a_mapping_that_loses_its_last_key_goes_too() -> None:
    assert update("---\na: 1\ncost:\n  level: $\n---\n", {"cost": {"level": REMOVE}}) == "---\na: 1\n---\n"


def test_changing_the_text_leaves_the_block_as_it_is() -> None:
    assert set_body(PAGE, "new\n") == PAGE.removesuffix("# Signal\n") + "new\n"
    assert load(set_body("---\na: 1\n---", "x")).body == "x"
    assert load(set_body("no block", "---\na: 1\n---\n")).body == "---\na: 1\n---\n"


@pytest.mark.parametrize("text", ["a: b", "- a", "yes", "2026-03-11", "'", "#x", "a #b", " a", "a\nb\n\n", "\tx", "\x85", "1", "", "---", "[a", "😀", "a:", "?", "%a", "@b", ":0", "?x", "-x", "\ufeffx", "\n", "  a\nb"])  # fmt: skip
def test_every_text_comes_back_as_it_was_written(text: str) -> None:
    fields = {"a": text, "b": {"c": [text, {"d": text}]}, text or "k": [text]}
    found = load(dump(fields, "body\n"))
    assert found.problem is None
    assert (found.fields, found.body) == (fields, "body\n")


scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**20), 10**20),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=12),
    st.sampled_from(["yes", "a: b", "# x", "a\nb\n", "- a", "{a}", "x, y", "'q'", '"q"', "null", "1e5", "2026-01-01"]),
)
names = st.one_of(
    st.sampled_from(["title", "cost", "platforms", "vendor", "note", "a b", "status", "x"]), st.text(max_size=5)
)
data = st.recursive(
    scalars,
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(names, inner, max_size=3)),
    max_leaves=8,
)
mappings = st.dictionaries(names, data, max_size=5)
removing = st.dictionaries(
    names,
    st.one_of(data, st.just(REMOVE), st.dictionaries(names, st.one_of(data, st.just(REMOVE)), max_size=3)),
    max_size=4,
)


@given(mappings, st.text(max_size=40))
@settings(max_examples=60, deadline=None)
def test_what_is_dumped_is_loaded(fields: dict[str, object], body: str) -> None:
    found = load(dump(fields, body))
    assert (found.problem, found.fields, found.body) == (None, fields, body)


@given(st.one_of(st.just(PAGE), st.builds(dump, mappings, st.just("body\n"))), removing)
@settings(max_examples=120, deadline=None)
def test_an_update_reads_as_the_merge_and_leaves_the_text_alone(source: str, changes: dict[str, object]) -> None:
    before, after = load(source), load(update(source, changes))
    assert after.problem is None
    assert after.fields == merge(before.fields, changes)
    assert after.body == before.body
    assert update(source, {}) == source


@given(st.text(alphabet=st.sampled_from("ab:-#'\"[]{}|>?&*! \n"), max_size=60))
@settings(max_examples=150, deadline=None)
def test_loading_never_raises_and_an_update_of_what_loads_is_exact(block: str) -> None:
    source = f"---\n{block}\n---\ntext\n"
    found = load(source)
    if found.has and found.problem is None:
        after = load(update(source, {"a": "new", "k": {"z": 1}}))
        assert after.fields == merge(found.fields, {"a": "new", "k": {"z": 1}})
        assert after.body == found.body


def test_the_limit_holds_for_what_is_written_too() -> None:
    with pytest.raises(Invalid) as caught:
        update("---\na: 1\n---\n", {"b": "x" * front_matter.MAX_BYTES})
    assert caught.value.code == "front_matter.too_large"


def test_a_very_long_list_is_written_anew_and_right() -> None:
    source = "---\nk:\n" + "- a\n" * 10_000 + "---\n"
    assert load(update(source, {"k": ["a"] * 9_000 + ["b"]})).fields["k"] == ["a"] * 9_000 + ["b"]


HUGO = '+++\r\ntitle = "Phone: banks"\r\ndate = 2024-01-02T10:00:00Z\r\ntags = ["a", "no"]\r\n[cost]\r\nlevel = "free"\r\n+++\r\n\r\nText.\r\n'


def test_toml_between_plus_signs_is_read_and_becomes_yaml_only_when_a_fact_is_changed() -> None:
    found = load(HUGO)
    assert (found.body, found.body_line, found.problem) == ("Text.\r\n", 9, None)
    assert found.fields["tags"] == ["a", "no"] and found.fields["cost"] == {"level": "free"}
    assert found.fields["title"] == "Phone: banks" and found.fields["date"].startswith("2024-01-02")
    assert update(HUGO, {"title": "Phone: banks"}) == HUGO
    assert set_body(HUGO, "Other.\n") == HUGO.replace("Text.\r\n", "Other.\n")
    after = update(HUGO, {"title": "Calls"})
    assert after.startswith('---\r\ntitle: "Calls"\r\n') and after.endswith("---\r\n\r\nText.\r\n")
    assert load(after).fields == {**found.fields, "title": "Calls"}


@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_json_in_braces_is_read_and_becomes_yaml_only_when_a_fact_is_changed(line_end: str) -> None:
    source = '{\n  "title": "Honey",\n  "tags": ["add-on", "data"],\n  "draft": false\n}\n\nText.\n'.replace(
        "\n", line_end
    )
    matter = load(source)
    assert matter.fields == {"title": "Honey", "tags": ["add-on", "data"], "draft": False}
    assert (matter.body, matter.body_line, matter.problem) == (f"Text.{line_end}", 7, None)
    assert update(source, {"title": "Honey"}) == source
    assert update(source, {"title": "Bees"}) == (
        "---\ntitle: Bees\ntags: [add-on, data]\ndraft: false\n---\n\nText.\n".replace("\n", line_end)
    )


@pytest.mark.parametrize(
    "text",
    [
        "{\n  nothing of the kind\n}\n",
        '{\n  "a": "\\ud800"\n}\n',
        "{\n" + '"a": ' + "[" * 20_000 + "]" * 20_000 + "\n}\n",
        "{\n",
    ],
)
def test_a_text_that_only_begins_with_a_brace_stays_text(text: str) -> None:
    assert load(text).body == text
    assert load(text).fields == {}


def test_json_that_is_nested_deeply_is_no_reason_to_fail() -> None:
    for depth in range(50, 1_000, 25):
        load("{\n" + '"a": ' + "[" * depth + "]" * depth + "\n}\n")


def test_broken_toml_is_named_with_its_line_and_never_written_over() -> None:
    source = "+++\ntitle = 'a'\ntags = [\n+++\nText.\n"
    found = load(source)
    assert found.problem is not None and found.problem.code == "front_matter.invalid" and found.problem.line > 1
    assert (found.fields, found.body) == ({}, "Text.\n")
    with pytest.raises(Invalid):
        update(source, {"title": "b"})
    assert load("+++\na = " + "[" * 5_000 + "]" * 5_000 + "\n+++\n").problem is not None
    assert load("+++ no facts\nText.\n").has is False


def test_a_block_is_read_once_however_often_it_is_asked_for(monkeypatch):
    read = []
    parse = yaml_tree.parse
    monkeypatch.setattr(yaml_tree, "parse", lambda text, first_line=1: read.append(text) or parse(text, first_line))
    source = "---\ntitle: Read once\ntags: [one, two]\n---\nText\n"

    assert load(source).fields == load(f"{source}More.\n").fields == {"title": "Read once", "tags": ["one", "two"]}
    assert update(source, {"title": "Read once"}) == source
    assert read == ["title: Read once\ntags: [one, two]\n"]
