from __future__ import annotations

from decimal import Decimal

from tests.conftest import Story
from wiki.catalog.card import as_date, site_key
from wiki.catalog.compare import compare, differences, true_costs


def test_tools_are_compared_field_by_field_differences_first(story: Story) -> None:
    cards = story.catalog.cards_of(["communications/signal", "communications/mattermost"])
    found = compare([cards["communications/signal"], cards["communications/mattermost"]])
    rows = {row.field.dotted: row for row in found.rows}
    assert rows["cost.level"].values == ("free", "$")
    assert rows["functions"].values == (("team-chat",), ("team-chat",))
    assert not rows["functions"].differs
    assert rows["hosting"].values[0] is None
    assert [row.differs for row in found.rows] == sorted((row.differs for row in found.rows), reverse=True)
    assert "accessibility.captions" in [field.dotted for field in found.empty]


def test_what_differs_between_two_tools_is_what_both_have_recorded(story: Story) -> None:
    cards = story.catalog.cards_of(["communications/signal", "communications/mattermost"])
    rows = differences(cards["communications/signal"], cards["communications/mattermost"])
    assert [row.field.dotted for row in rows] == ["cost.level", "platforms"]


def test_recorded_prices_give_the_cost_of_a_number_of_texts(story: Story) -> None:
    spoke = story.catalog.card("field/spoke")
    assert spoke is not None
    (cost,) = true_costs(spoke, 10_000, "message")
    assert (cost.amount, cost.currency) == (Decimal("100.00"), "USD")
    assert true_costs(spoke, 10, "seat-month") == []


def test_a_price_that_is_a_share_of_a_gift_gives_the_cost_of_the_money_given_and_says_as_of_when(story: Story) -> None:
    cost = "cost: {as_of: 2026-06-10, prices: [{amount: 3.95, currency: USD, per: percent}]}"
    story.commit({"field/gifts.md": f"---\nkind: tool\ntitle: Gifts\n{cost}\n---\n"})
    story.catalog.catch_up()
    gifts = story.catalog.card("field/gifts")
    assert gifts is not None
    (found,) = true_costs(gifts, 10_000, "percent")
    assert (found.amount, str(found.as_of)) == (Decimal("395.00"), "2026-06-10")


def test_values_of_any_shape_can_be_compared(story: Story) -> None:
    story.commit(
        {
            "field/a.md": "---\nkind: tool\ntitle: [x]\ncost: free\nplatforms: {a: b}\nfit: 7\n---\n",
            "field/b.md": "---\nkind: tool\ncost: {prices: [1, {amount: x, per: message}, {amount: .inf, per: message}]}\n---\n",
        }
    )
    story.catalog.catch_up()
    cards = story.catalog.cards_of(["field/a", "field/b"])
    assert compare(list(cards.values())).rows
    assert true_costs(cards["field/b"], 3, "message") == []


def test_addresses_of_the_same_site_have_one_key() -> None:
    assert (
        site_key("https://www.Signal.org/") == site_key("http://signal.org") == site_key("signal.org") == "signal.org"
    )
    assert site_key("https://a.example/x/") == "a.example/x"
    assert [site_key(value) for value in (None, 7, "", "no address", "http://[", "https://x")] == [""] * 6


def test_a_day_is_a_day_however_it_is_written() -> None:
    assert str(as_date("2026-03-11")) == "2026-03-11"
    assert [as_date(value) for value in (None, "", "soon", 7, [])] == [None] * 5
