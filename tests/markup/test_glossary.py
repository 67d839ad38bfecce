from __future__ import annotations

import pytest

from wiki.markup.glossary import Glossary, Term

GLOSSARY = Glossary(
    [
        Term("CRM", 'A "list" of people', "/glossary/crm"),
        Term("constituent relationship management", 'A "list" of people', "/glossary/crm"),
        Term("peer-to-peer texting", "Texting", "/glossary/p2p"),
        Term("Voter file", "A list", "/glossary/voter-file"),
        Term("voter", "A person", "/glossary/voter"),
        Term("AT&T", "A carrier", "/glossary/att"),
        Term("", "Nothing", "/glossary/empty"),
    ]
)


def link(url: str, short: str, text: str) -> str:
    return f'<a class="term" href="/glossary/{url}" title="{short}">{text}</a>'


CRM = link("crm", "A &quot;list&quot; of people", "CRM")


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("<p>A CRM and a CRM</p>", f"<p>A {CRM} and a CRM</p>"),
        ("<p>a crm, CRMs, xCRM</p>", "<p>a crm, CRMs, xCRM</p>"),
        (
            "<p>Constituent relationship\nmanagement (CRM)</p>",
            f"<p>{CRM.replace('>CRM<', '>Constituent relationship' + chr(10) + 'management<')} (CRM)</p>",
        ),
        ("<p>Peer-to-Peer texting</p>", f"<p>{link('p2p', 'Texting', 'Peer-to-Peer texting')}</p>"),
        ("<p>a voter file</p>", f"<p>a {link('voter-file', 'A list', 'voter file')}</p>"),
        ("<p>voter, file</p>", f"<p>{link('voter', 'A person', 'voter')}, file</p>"),
        ("<p>AT&amp;T</p>", f"<p>{link('att', 'A carrier', 'AT&amp;T')}</p>"),
        ('<h2>CRM</h2><a href="x">CRM <b>CRM</b></a><code>CRM</code><pre>CRM</pre>CRM',
         f'<h2>CRM</h2><a href="x">CRM <b>CRM</b></a><code>CRM</code><pre>CRM</pre>{CRM}'),
        ('<abbr title="CRM">CRM</abbr><b title="CRM">x</b>', '<abbr title="CRM">CRM</abbr><b title="CRM">x</b>'),
        ("<code>a<code>b</code>CRM</code>CRM", f"<code>a<code>b</code>CRM</code>{CRM}"),
    ],
)  # fmt: skip
def test_the_first_use_of_a_term_in_running_text_is_linked(html: str, expected: str) -> None:
    assert GLOSSARY.annotate(html) == expected


def test_a_term_is_not_linked_on_its_own_page() -> None:
    assert GLOSSARY.annotate("<p>CRM</p>", "/glossary/crm") == "<p>CRM</p>"


def test_many_terms_with_the_same_words_cost_no_more_than_one() -> None:
    glossary = Glossary(Term("a", "x", f"/{number}") for number in range(5_000))
    assert glossary.annotate("<p>" + "a " * 20_000 + "</p>").count("<a ") == 1


def test_an_empty_glossary_changes_nothing() -> None:
    assert Glossary([]).annotate("<p>x</p>") == "<p>x</p>"
