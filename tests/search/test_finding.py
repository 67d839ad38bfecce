"""Completion, snippets, and queries that are meant to hurt."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from wiki.search import ranking
from wiki.search.documents import Document
from wiki.search.query import parse
from wiki.search.synonyms import Synonyms
from wiki.search.whoosh_engine import WhooshEngine

LONG = "Filler words stand here. " * 30

PAGES = [
    Document("field/nationbuilder", "NationBuilder", summary="People database.", body="Lists of people."),
    Document(
        "field/action-builder", "Action Builder", summary="Database for building power.", body="Built by nations."
    ),
    Document(
        "field/action-network", "Action Network", aliases=("AN", "ActionNetwork.org"), body="Petitions & letters."
    ),
    Document("tips/end", "Late words", body=f"{LONG}Then a dialer calls. {LONG}", lead="Filler words stand here."),
    Document("tips/mixed", "Mixed", body="A phone. Bank holidays. Phone banks <b>& more</b> are not a phone bank."),
    Document("tips/phone-bank", "Running a phone bank", body="Volunteers call voters with a dialer."),
    Document("es/tips/banco", "Banco telefónico", language="es", body="Las personas voluntarias llaman a votantes."),
    Document("es/action-network", "Action Network", language="es", body="Peticiones y cartas."),
    Document("tips/only", "Being there", body="To be or not to be."),
    Document(
        "field/moon",
        "Moonlight",
        body="Sign up for a shift. You can sign up late.",
        site="https://www.moon.org/en/",
        facts=("functions:guests", "functions:rooms"),
    ),
    Document(
        "field/hosted",
        "Starlight",
        body="By many.",
        site="https://code.example/star/light",
        alternatives=("moonlight",),
        facts=("alternatives:field/moon", "functions:rooms", "cost_levels:free", "end_to_end:no"),
    ),
    Document("tips/shift", "Shifts", body="People sign up on paper. See moon.org and code.example."),
    Document("tips/zh", "手机安全指南", body="在抗议活动之前, 请使用端到端加密."),
    Document("tips/ar", "دليل الأمان الرقمي", body="استخدم التشفير."),
]


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> WhooshEngine:
    engine = WhooshEngine(tmp_path_factory.mktemp("search") / "index")
    engine.rebuild("1", PAGES, len(PAGES))
    return engine


def found(engine: WhooshEngine, text: str, synonyms: Synonyms | None = None, prefer: str = "") -> list[str]:
    return [path for path, _ in engine.rank(parse(text), synonyms, prefer=prefer).hits]


def marked(engine: WhooshEngine, path: str, *words: str) -> str:
    parts = engine.snippets([path], words)[path].parts
    return "".join(f"[{text}]" if hit else text for text, hit in parts)


def test_a_name_written_apart_is_found_as_one_word(engine: WhooshEngine) -> None:
    assert found(engine, "nation builder")[0] == "field/nationbuilder"


def test_two_words_written_as_one_are_taken_apart_and_that_is_said(engine: WhooshEngine) -> None:
    ranking = engine.rank(parse("signup"))
    assert {path for path, _ in ranking.hits} == {"field/moon", "tips/shift"}
    assert ranking.corrected == "sign up"
    assert found(engine, "phonebank")[0] == "tips/phone-bank"


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("moon.org", "field/moon"),
        ("https://moon.org/prices", "field/moon"),
        ("www.moon.org", "field/moon"),
        ("https://moon.org/en/prices?from=2#top", "field/moon"),
        ("http://shop.moon.org/en", "field/moon"),
        ("what is https://moon.org/en", "field/moon"),
        ("https://code.example/Star/Light/issues", "field/hosted"),
    ],
)
def test_a_pasted_address_finds_what_is_there(engine: WhooshEngine, text: str, path: str) -> None:
    assert found(engine, text)[0] == path


def test_an_address_of_nobody_is_read_as_words(engine: WhooshEngine) -> None:
    assert found(engine, "https://example.net/running-a-phone-bank")[0] == "tips/phone-bank"


@pytest.mark.parametrize("text", ["手机", "端到端加密", "机", "الأمان", "تشفير"])
def test_words_in_other_scripts_are_found_in_a_page_that_is_said_to_be_english(engine: WhooshEngine, text: str) -> None:
    assert found(engine, text)[0] == ("tips/zh" if text[0] > "\u3000" else "tips/ar")


def test_text_without_spaces_is_found_by_phrase_and_marked(engine: WhooshEngine) -> None:
    assert found(engine, '"端到端加密"') == ["tips/zh"]
    assert found(engine, '"加密端到端"') == []
    assert found(engine, "手机 -端到端") == []
    assert marked(engine, "tips/zh", "端到", "到端", "抗议") == "在[抗议]活动之前, 请使用[端到端]加密."


@pytest.mark.parametrize(
    ("title", "body", "text", "shown"),
    [
        ("Verein", "Die Versammlungsanmeldung beim Amt.", "Anmeldung", "Die [Versammlungsanmeldung] beim Amt."),
        ("אבטחה", "השתמשו בסיסמאות חזקות.", "סיסמאות", "השתמשו [בסיסמאות] חזקות."),
        ("دليل", "لا تذهبوا إلى المظاهرات.", "المظاهرات", "لا تذهبوا إلى [المظاهرات]."),
        ("सुरक्षा", "मज़बूत पासवर्ड रखें।", "पासवर्ड", "मज़बूत [पासवर्ड] रखें।"),
        ("ความปลอดภัย", "ใช้รหัสผ่านที่ดี", "รหัสผ่าน", "ใช้[รหัสผ่าน]ที่ดี"),
    ],
)
def test_a_word_inside_of_another_or_with_signs_on_its_letters_is_found_and_marked_whole(
    tmp_path: Path, title: str, body: str, text: str, shown: str
) -> None:
    engine = WhooshEngine(tmp_path)
    engine.rebuild(
        "1", [Document("a/page", title, language="und", body=body), Document("a/other", "Ink", body="Red.")], 2
    )
    ranking = engine.rank(parse(text))
    assert [path for path, _ in ranking.hits] == ["a/page"]
    assert marked(engine, "a/page", *ranking.words) == shown


def test_a_word_that_lacks_only_its_accents_is_no_typing_error(engine: WhooshEngine) -> None:
    assert found(engine, "telefonico")[0] == "es/tips/banco"
    assert engine.rank(parse("telefonico")).corrected is None


def test_what_can_be_used_in_place_of_something_is_found_by_its_name(engine: WhooshEngine) -> None:
    assert found(engine, "moonlight")[:2] == ["field/moon", "field/hosted"]


@pytest.mark.parametrize(
    "text",
    ["moonlight alternative", "something instead of Moonlight", "Moonlight is too expensive", "replace moonlight"],
)
def test_whoever_asks_for_something_else_gets_that_first_and_what_they_named_after_it(
    engine: WhooshEngine, text: str
) -> None:
    assert found(engine, text)[:2] == ["field/hosted", "field/moon"]


RECORDED = Synonyms(
    (),
    {
        "functions:guests": ["guest book", "sign-up sheet"],
        "functions:maps": ["map of supporters", "turf map"],
        "functions:rooms": ["room plan"],
        "cost_levels:free": ["at no cost"],
        "end_to_end:no": ["no", "No"],
    },
)


@pytest.mark.parametrize("text", ["guest book", "books for our guests", "a guest's book", "book for 80 guests"])
def test_a_page_is_found_by_what_it_is_recorded_to_be_in_whatever_order_the_words_come(
    engine: WhooshEngine, text: str
) -> None:
    assert found(engine, text) == []
    assert found(engine, text, RECORDED) == ["field/moon"]


def test_what_a_page_costs_or_runs_on_counts_among_those_that_are_for_what_was_asked(engine: WhooshEngine) -> None:
    assert sorted(found(engine, "room plans", RECORDED)) == ["field/hosted", "field/moon"]
    assert found(engine, "a room plan and a guest book", RECORDED) == ["field/moon", "field/hosted"]
    assert found(engine, "room plans at no cost", RECORDED) == ["field/hosted", "field/moon"]
    assert found(engine, "at no cost", RECORDED) == found(engine, "cost")


def test_a_value_called_no_is_not_asked_for_by_whoever_says_no_more_than_that(engine: WhooshEngine) -> None:
    plain = dict(engine.rank(parse("room plan"), RECORDED).hits)
    assert dict(engine.rank(parse("no room plan"), RECORDED).hits) == pytest.approx(plain)


def test_it_is_said_that_no_page_is_about_all_of_what_was_asked(engine: WhooshEngine) -> None:
    def apart(text: str) -> bool:
        return engine.rank(parse(text), RECORDED).apart

    # Most words are nowhere; a fact that nobody has.
    assert apart("phone insurance quotes for lawyers")
    assert apart("map of our supporters")
    # Most of it is there; it is a page's name; a page is recorded to be it; a pasted address.
    assert not apart("volunteers who call people") and not apart("volunteers who call 5000 people")
    assert not apart("moonlight insurance quotes for lawyers")
    assert not apart("late sign-up sheet for unheard of insurance lawyers")
    assert not apart("https://moon.org/insurance-quotes-for-lawyers")


def test_where_nothing_is_recorded_of_any_page_nobody_misses_it(tmp_path: Path) -> None:
    engine = WhooshEngine(tmp_path)
    engine.rebuild("1", [Document("tips/maps", "Drawing", body="A turf map on paper.")], 1)
    assert not engine.rank(parse("turf map"), RECORDED).apart


def test_what_a_page_is_for_above_all_counts_more(tmp_path: Path) -> None:
    engine = WhooshEngine(tmp_path)
    pages = [
        Document("a/first", "Lists", facts=("functions:guests", "main:guests", "functions:rooms")),
        Document("a/last", "Lists", facts=("functions:rooms", "main:rooms", "functions:guests")),
    ]
    engine.rebuild("1", pages, 2)
    assert found(engine, "guest book", RECORDED) == ["a/first", "a/last"]
    assert found(engine, "room plan", RECORDED) == ["a/last", "a/first"]


def test_what_is_retired_or_hardly_described_comes_after_its_likes_unless_it_is_asked_for_by_name(
    tmp_path: Path,
) -> None:
    engine = WhooshEngine(tmp_path)
    named = {
        "a/gone": ("Hustler", ("status:retired", "successor:a/gone>a/next")),
        "a/odd": ("Minder", ("status:caution",)),
        "a/short": ("Stubby", ("status:stub",)),
        "a/well": ("Weller", ("status:active",)),
    }
    pages = [Document(path, name, body="Sends texts.", facts=facts) for path, (name, facts) in named.items()]
    pages.append(Document("a/next", "Follower", body="Does that now."))
    engine.rebuild("1", pages, len(pages))
    assert found(engine, "sends texts")[:3] == ["a/well", "a/short", "a/odd"]
    assert set(found(engine, "sends texts")[3:]) == {"a/gone", "a/next"}, "what took its place stands at its side"
    assert found(engine, "hustler sends texts")[0] == "a/gone"
    assert set(found(engine, "hustler")) == {"a/gone", "a/next"}


def test_a_word_inside_a_name_for_what_is_wanted_narrows_it_too(tmp_path: Path) -> None:
    known = Synonyms((), {"functions:mail": ["secret letters"], "end_to_end:yes": ["secret"]})
    engine = WhooshEngine(tmp_path)
    pages = [
        Document("a/open", "Postcards", facts=("functions:mail",)),
        Document("a/sealed", "Sealing wax", facts=("functions:mail", "end_to_end:yes")),
    ]
    engine.rebuild("1", pages, 2)
    assert found(engine, "secret letters", known) == ["a/sealed", "a/open"]


def test_a_name_of_several_words_run_together_with_an_error_is_found(engine: WhooshEngine) -> None:
    ranking = engine.rank(parse("actionbuildr"))
    assert ranking.hits[0][0] == "field/action-builder"
    assert ranking.corrected == "action builder"
    assert engine.rank(parse("actionbxxxxdr")).corrected is None
    assert found(engine, "nation bilder")[0] == "field/nationbuilder"


def test_what_there_should_be_none_of_narrows_what_is_wanted(tmp_path: Path) -> None:
    known = Synonyms(
        (), {"functions:mail": ["messenger"], "needs:nothing": ["no account", "without a number", "sin cuenta"]}
    )
    engine = WhooshEngine(tmp_path)
    pages = [
        Document("a/asks", "Messenger", body="An account, a number.", facts=("functions:mail",)),
        Document("a/asks-not", "Whisper", facts=("functions:mail", "needs:nothing")),
        Document("a/other", "Notes", body="Messenger."),
    ]
    engine.rebuild("1", pages, 3)
    for text in ("messenger without an account", "messenger no number needed", "messenger sin cuenta"):
        assert "a/asks-not" in found(engine, text, known)[:2], text
    with_it = engine.rank(parse("messenger without account"), known).hits.scores({"a/asks-not"})
    without = engine.rank(parse("messenger with account"), known).hits.scores({"a/asks-not"})
    assert with_it["a/asks-not"] == pytest.approx(without["a/asks-not"] + 2.0)


def test_what_a_page_names_in_its_place_is_something_instead_too(tmp_path: Path) -> None:
    engine = WhooshEngine(tmp_path)
    pages = [
        Document("a/dear", "Dearware", body="Sold by the seat.", facts=("alternatives:a/kind", "named:a/dear>a/kind")),
        Document("a/kind", "Kindware", body="Made by neighbours."),
        Document("a/other", "Otherware", body="Nobody sells it."),
    ]
    engine.rebuild("1", pages, 3)
    assert found(engine, "dearware alternative")[:2] == ["a/kind", "a/dear"]
    engine.update("2", [], ["a/kind"])
    assert found(engine, "dearware alternative") == ["a/dear"]


def test_a_product_without_a_page_leads_to_what_does_the_same_and_is_named(engine: WhooshEngine) -> None:
    known = Synonyms(
        (), {"functions:guests": ["guest book", "RoomMaster 3", "Moonlight"]}, ["RoomMaster 3", "Moonlight"]
    )
    ranking = engine.rank(parse("is RoomMaster 3 any"), known)
    assert [path for path, _ in ranking.hits] == ["field/moon"]
    assert (ranking.missing, ranking.absent) == (("RoomMaster 3",), ())
    assert engine.rank(parse("moonlight"), known).missing == ()


@pytest.mark.parametrize("product", ["Paper Shift", "LateShift"])
def test_the_words_in_the_name_of_a_product_say_nothing_of_what_it_does(engine: WhooshEngine, product: str) -> None:
    ranking = engine.rank(parse(product), Synonyms((), {"functions:guests": [product]}, [product]))
    assert [path for path, _ in ranking.hits] == ["field/moon"]
    assert (ranking.missing, ranking.corrected) == ((product,), None)


def test_the_pages_that_a_query_names_are_known_in_its_order(engine: WhooshEngine) -> None:
    def named(text: str) -> tuple[str, ...]:
        return engine.rank(parse(text)).named

    assert named("starlight vs moonlight") == ("field/hosted", "field/moon")
    # A name in a longer one, and a second page of the same name, are no others.
    assert named("action network and the nationbuilder") == ("field/action-network", "field/nationbuilder")
    assert named("how many lights at night") == ()


def test_a_typing_error_is_rather_in_a_name_than_in_a_common_word(tmp_path: Path) -> None:
    engine = WhooshEngine(tmp_path)
    pages = [Document(f"a/{number}", "Ink", body="Where people sign. A dismount.") for number in range(4)]
    engine.rebuild("1", [*pages, Document("a/signal", "Signal", body="Messages and flowers.")], 5)
    assert engine.rank(parse("signl")).corrected == "signal"
    # A word that is on one page, by accident, is no more likely than one that is on none.
    assert engine.rank(parse("flowrs")).corrected is None
    assert engine.rank(parse("flowrs"), Synonyms([["flowers", "ink"]])).corrected == "flowers"


def test_a_word_written_as_it_is_heard_is_the_word_that_sounds_so(tmp_path: Path) -> None:
    engine = WhooshEngine(tmp_path)
    engine.rebuild(
        "1", [Document(f"a/{n}", "Ink", body="Donation by phone video. False campaign.") for n in range(3)], 3
    )
    for typed, meant in (("donashun", "donation"), ("kampaign", "campaign"), ("vidio", "video"), ("fone", None)):
        assert engine.rank(parse(typed)).corrected == meant
    assert engine.rank(parse("falso")).corrected is None
    assert engine.rank(replace(parse("donashun"), exact=True)).corrected is None


def test_abbreviations_have_a_plural_and_names_may_be_typed_in_three_parts(tmp_path: Path) -> None:
    engine = WhooshEngine(tmp_path)
    engine.rebuild("1", [Document("a/crm", "CRM"), Document("a/button", "BigBlueButton"), Document("a/ink", "Ink")], 3)
    assert found(engine, "CRMs") == ["a/crm"]
    assert found(engine, "big blue button")[0] == "a/button"


def test_a_query_of_stop_words_alone_is_used_whole(engine: WhooshEngine) -> None:
    assert found(engine, "to be or not to be")[0] == "tips/only"


def test_a_phrase_is_exact_across_signs_but_not_across_words(engine: WhooshEngine) -> None:
    assert set(found(engine, '"phone bank"')) == {"tips/mixed", "tips/phone-bank"}
    assert found(engine, '"phone banks"') == ["tips/mixed"]
    assert found(engine, '"bank phone"') == []
    assert found(engine, '"banks more"') == []


def test_an_excluded_phrase_leaves_out(engine: WhooshEngine) -> None:
    assert found(engine, 'phone -"phone banks"') == ["tips/phone-bank"]


def test_a_word_that_nobody_wrote_is_taken_as_a_beginning(engine: WhooshEngine) -> None:
    assert "tips/phone-bank" in found(engine, "volunt")
    assert found(engine, "volunt*")
    assert found(engine, "holid") == ["tips/mixed"]


def test_of_two_languages_the_readers_own_comes_first(engine: WhooshEngine) -> None:
    assert found(engine, "Action Network", prefer="en")[0] == "field/action-network"
    assert found(engine, "Action Network", prefer="es")[0] == "es/action-network"
    assert found(engine, "cartas para las personas de Action Network")[0] == "es/action-network"


def test_accents_may_be_left_out(engine: WhooshEngine) -> None:
    assert found(engine, "banco telefonico")[0] == "es/tips/banco"


def test_accents_of_a_first_letter_may_be_left_out_too_in_a_word_that_stands_once(tmp_path: Path) -> None:
    engine = WhooshEngine(tmp_path)
    engine.rebuild("1", [Document("fr/a", "L'équipe", language="fr", body="Une œuvre."), Document("tr/a", "Işık")], 2)
    assert [found(engine, text) for text in ("equipe", "oeuvre", "isik")] == [["fr/a"], ["fr/a"], ["tr/a"]]


def test_synonyms_lead_from_one_language_to_the_other(engine: WhooshEngine) -> None:
    synonyms = Synonyms.build([["phone bank", "banco telefónico"]])
    assert found(engine, "banco telefónico", synonyms)[:2] == ["es/tips/banco", "tips/phone-bank"]


def test_words_that_no_page_has_are_named(engine: WhooshEngine) -> None:
    assert engine.rank(parse("zyxwvu dialer the zyxwvu")).absent == ("zyxwvu",)
    assert engine.rank(parse("dialre signup")).absent == ()
    assert engine.rank(parse("dialer for 5000")).absent == ()
    assert engine.rank(parse("zyxwvu dialer"), Synonyms.build([["zyxwvu", "phone"]])).absent == ()


def test_a_word_of_a_synonym_is_no_typing_error(engine: WhooshEngine) -> None:
    synonyms = Synonyms.build([["power", "bano telefonico"]])
    assert engine.rank(parse("bano power"), synonyms).corrected is None
    assert found(engine, "lineas", Synonyms.build([["líneas", "dialer"]])) == ["tips/phone-bank", "tips/end"]
    assert engine.rank(parse("bamk power")).corrected == "bank power"


@pytest.mark.parametrize(
    ("typed", "taken_for"),
    [
        # Letters left out, doubled, in another order, or beside the right one on the keyboard.
        ("drawns", None),
        ("daler", "dialer"),
        ("dialler", "dialer"),
        ("idlaer", None),
        ("dailer", "dialer"),
        ("pspers", "papers"),
        ("pspes", None),
        ("mrawn", None),
        ("dtawn", "drawn"),
        ("drswn", "drawn"),
        # Words of their own that differ from another in as little: short ones, other forms, and other languages.
        ("drone", None),
        ("falso", None),
        ("papero", None),
        ("papets", "papers"),
        ("como es la votanda", None),
    ],
)
def test_a_word_is_taken_for_another_only_where_fingers_slip_or_it_is_long(
    tmp_path: Path, typed: str, taken_for: str | None
) -> None:
    engine = WhooshEngine(tmp_path)
    text = "The dialer is done. Papers that are false were drawn. A vote on the votande."
    pages = [Document(f"a/p{number}", f"Ink {number}", body=text) for number in range(3)]
    engine.rebuild("1", [*pages, Document("es/a", "Tinta", language="es", body="Como es la tinta.")], 4)
    ranking = engine.rank(parse(typed))
    assert ranking.corrected == taken_for
    exact = engine.rank(replace(parse(typed), exact=True))
    assert exact.corrected is None and not (taken_for and exact.hits)


def test_of_two_corrections_the_one_that_pages_have_after_the_word_before_is_meant(engine: WhooshEngine) -> None:
    assert engine.rank(parse("phone bnaks")).corrected == "phone banks"


def test_a_synonym_of_one_word_and_stop_words_has_to_stand_there_as_it_is(engine: WhooshEngine) -> None:
    assert found(engine, "starlight", Synonyms.build([["starlight", "not a phone"]])) == ["field/hosted", "tips/mixed"]


def test_what_is_marked_includes_synonyms_and_corrections(engine: WhooshEngine) -> None:
    ranking = engine.rank(parse("phone bank"), Synonyms.build([["phone bank", "dialer", "zzzz"]]))
    assert set(ranking.words) == {"phone", "bank", "dialer"}
    assert set(engine.rank(parse("dialre words")).words) == {"dialer", "words"}


def test_a_snippet_begins_near_the_hit_and_is_short(engine: WhooshEngine) -> None:
    shown = marked(engine, "tips/end", "dialer")
    assert "Then a [dialer] calls." in shown
    assert shown.startswith("… ")
    assert shown.endswith(" …")
    assert len(shown) < 300


def test_a_snippet_is_text_as_it_is_written(engine: WhooshEngine) -> None:
    assert "[Phone] [banks] <b>& more</b>" in marked(engine, "tips/mixed", "phone", "bank")


def test_the_words_that_were_typed_are_shown_rather_than_what_they_stand_for(tmp_path: Path) -> None:
    engine = WhooshEngine(tmp_path)
    body = f"Bulletins, letters and circulars. {LONG}A newsletter that nobody else can read. {LONG}"
    engine.rebuild("1", [Document("a/page", "Ink", body=body)], 1)
    ranking = engine.rank(parse("newsletter"), Synonyms([["newsletter", "bulletin", "letters", "circular"]]))
    shown = engine.snippets(["a/page"], ranking.words, ranking.own)["a/page"].parts
    assert ("newsletter", True) in shown


def test_without_a_hit_the_summary_is_shown(engine: WhooshEngine) -> None:
    assert marked(engine, "field/nationbuilder", "petition") == "People database."
    assert marked(engine, "field/nationbuilder", "database") == "People [database]."
    assert marked(engine, "field/nationbuilder") == "People database."


def test_titles_complete_from_any_word_of_any_name(engine: WhooshEngine) -> None:
    assert engine.titles("act")[0] in [
        ("field/action-network", "Action Network"),
        ("field/action-builder", "Action Builder"),
    ]
    assert engine.titles("actionnet") == [("field/action-network", "Action Network")]
    assert engine.titles("bank") == [("tips/phone-bank", "Running a phone bank")]
    assert engine.titles("run pho") == [("tips/phone-bank", "Running a phone bank")]
    assert engine.titles("banco tele") == [("es/tips/banco", "Banco telefónico")]
    assert engine.titles("telefonico") == [("es/tips/banco", "Banco telefónico")]
    assert len(engine.titles("a", 1)) == 1
    assert engine.titles("build")[:2] == [
        ("field/action-builder", "Action Builder"),
        ("field/nationbuilder", "NationBuilder"),
    ]


def test_where_no_name_begins_so_pages_follow_that_are_for_it(engine: WhooshEngine) -> None:
    assert engine.titles("ionbui") == [("field/nationbuilder", "NationBuilder")]
    assert engine.titles("guestb", synonyms=RECORDED) == []
    assert engine.titles("guest b", synonyms=RECORDED) == [("field/moon", "Moonlight")]
    assert ("tips/phone-bank", "Running a phone bank") in engine.titles("volunteers")
    # Of pages with one title there is one.
    assert engine.titles("action net", prefer="es")[0] == ("es/action-network", "Action Network")
    assert len([title for _, title in engine.titles("action net") if title == "Action Network"]) == 1


@pytest.mark.parametrize("text", ["", " ", "*", "\0", "((", "x" * 10_000])
def test_completing_nothing_gives_nothing(engine: WhooshEngine, text: str) -> None:
    assert engine.titles(text) == []


@pytest.mark.parametrize(
    "text",
    [
        *("*", '""', "(a+)+$", "NEAR(", "-Ofoo", "\0", "a\0b", "::::", "category:", "\ud800", "\ud800*"),
        *("-" * 5_000, '"' * 5_000, "x" * 10_000, "word " * 5_000, "a" * 64 + "*"),
        *("a* b* c* d* e* f*", '"to be" "or not" "to be or" "be or" "or"'),
    ],
)
def test_any_text_gets_an_answer(engine: WhooshEngine, text: str) -> None:
    ranking = engine.rank(parse(text))
    engine.snippets([path for path, _ in ranking.hits], ranking.words)


def test_of_a_very_long_query_the_rarest_words_count(engine: WhooshEngine) -> None:
    text = " ".join(f"unknown{number}" for number in range(300)) + " dialer"
    assert {"tips/end", "tips/phone-bank"} <= set(found(engine, text))


def test_only_an_exclusion_finds_the_rest(engine: WhooshEngine) -> None:
    assert {page.path for page in PAGES} - {*found(engine, "-dialer")} == {"tips/end", "tips/phone-bank"}


def test_at_most_as_many_as_asked_for(engine: WhooshEngine) -> None:
    assert len(engine.rank(parse("phone bank dialer words"), limit=2).hits) == 2


def test_pages_far_behind_the_best_are_left_out(engine: WhooshEngine) -> None:
    hits = engine.rank(parse("running a phone bank")).hits
    assert hits[-1][1] >= ranking.LEAST_SHARE * hits[0][1]


def test_an_empty_wiki_finds_nothing(tmp_path: Path) -> None:
    engine = WhooshEngine(tmp_path / "index")
    engine.rebuild("1", [], 0)
    assert engine.commit() == "1"
    assert found(engine, "phone bank") == []
    assert engine.titles("a") == []
    engine.update("2", [PAGES[0]], [])
    assert found(engine, "people") == ["field/nationbuilder"]
    engine.update("3", [], ["field/nationbuilder"])
    assert found(engine, "people") == []


def test_a_page_of_a_megabyte_and_one_with_no_words_are_indexed(tmp_path: Path) -> None:
    engine = WhooshEngine(tmp_path / "index")
    engine.rebuild("1", [Document("a", "Long", body="needle " + "hay stack " * 100_000), Document("b", "", body="")], 2)
    assert found(engine, "needle") == ["a"]
    assert "[needle] hay" in marked(engine, "a", "needle")
    assert engine.snippets(["b"], ["needle"])["b"].parts == ()


def test_words_that_only_pages_of_another_language_have_say_what_language_is_wanted(engine: WhooshEngine) -> None:
    assert engine.rank(parse("peticiones cartas")).language == "es"
    assert engine.rank(parse("network peticiones")).language == "es", "a name is in any language"
    assert engine.rank(parse("petitions")).language == "", "as is what English pages alone have"
    assert found(engine, "network peticiones")[0] == "es/action-network"
