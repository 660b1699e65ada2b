"""The demo company: believable on any day, complete, silent, and made only once."""

from __future__ import annotations

import sys
from collections import Counter
from datetime import date
from itertools import pairwise

import pytest

from conftest import ROOT

sys.path.insert(0, str(ROOT / "tools" / "dev"))

from demo_data import CUSTOMERS, SALESPEOPLE  # noqa: E402
from demo_stories import STORIES  # noqa: E402
from demo_world import invent  # noqa: E402

SCRIPT = "tools/dev/demo_company.py"
STAGES = "acquisition conversion growth retention advocacy reactivation".split()
LEVELS = "product solution relationship trust".split()
HEALTH = "on_rhythm due slipping lapsed".split()
WRITTEN_TABLES = """res_users res_partner sale_order crm_lead crm_team mail_activity
customer_lifecycle customer_lifecycle_transition""".split()
# Some days on which seasons, leap years and ends of months could go wrong.
DAYS = [date(2026, month, 1) for month in range(1, 13)]
DAYS += [date(2024, 2, 29), date(2025, 12, 31)]


# --- what is invented -----------------------------------------------------------------


@pytest.fixture(params=DAYS, ids=str)
def customers(request):
    return invent(request.param)


def test_every_day_has_its_customers_and_two_years_of_orders(customers):
    assert len(customers) == CUSTOMERS
    orders = [order for customer in customers for order in customer.orders]
    assert 3000 < len(orders) < 6000
    assert all(1 <= order.days_ago <= 731 for order in orders)
    assert min(order.days_ago for order in orders) == 1
    assert max(order.days_ago for order in orders) > 700
    assert {order.state for order in orders} == {"draft", "sent", "sale", "cancel"}
    assert any(line.quantity < 0 for order in orders for line in order.lines)


def test_nobody_is_mistaken_for_another(customers):
    assert len({customer.name for customer in customers}) == CUSTOMERS
    assert len({customer.email for customer in customers}) == CUSTOMERS
    assert all(customer.email.endswith("example.com") for customer in customers)


def test_some_bought_twice_on_a_day_and_some_brought_others(customers):
    twice = [
        day
        for customer in customers
        for day, count in Counter(
            order.days_ago for order in customer.orders if order.state == "sale"
        ).items()
        if count > 1
    ]
    assert twice
    friends = [item for item in customers if item.referred_by is not None]
    assert len(friends) >= 15
    assert all(customers[item.referred_by].purchase_days for item in friends)


def test_customers_are_the_same_ones_every_day():
    who = [[(item.name, item.city) for item in invent(day)] for day in DAYS]
    assert all(one == other for one, other in pairwise(who))


def test_same_day_gives_the_same_history():
    assert invent(DAYS[0]) == invent(DAYS[0])


# --- what is made of it ---------------------------------------------------------------


@pytest.fixture(scope="module")
def company(databases, dev):
    """A database with the demo company; the tests of this file only read it."""
    name = databases.clone()
    run = dev("python", SCRIPT, "--database", name)
    assert run.returncode == 0, run.stdout + run.stderr
    yield name
    databases.drop(name)


@pytest.fixture
def ask(databases, company):
    """Read from the demo company's database."""
    return lambda statement: databases.execute(statement, company)


def standing(ask) -> list[tuple[str, str, str]]:
    """:return: name, stage and level of every customer with a card"""
    return ask(
        "SELECT partner.name, stage.code, level.code"
        "  FROM customer_lifecycle AS card"
        "  JOIN res_partner AS partner ON partner.id = card.partner_id"
        "  JOIN customer_lifecycle_stage AS stage ON stage.id = card.stage_id"
        "  JOIN customer_lifecycle_level AS level ON level.id = card.level_id"
        " WHERE card.active"
    )


def test_every_customer_stands_in_a_stage_and_none_is_empty(ask):
    cards = standing(ask)
    assert len(cards) == CUSTOMERS
    stages = Counter(stage for _name, stage, _level in cards)
    levels = Counter(level for _name, _stage, level in cards)
    assert all(stages[stage] >= 8 for stage in STAGES), stages
    assert all(levels[level] >= 15 for level in LEVELS), levels
    assert ask("SELECT COUNT(*) FROM customer_lifecycle_change") == [(0,)]
    health = dict(
        ask("SELECT health, COUNT(*) FROM customer_lifecycle WHERE active GROUP BY 1")
    )
    assert all(
        health.get(state, 0) >= 8
        for state in ("on_rhythm", "due", "slipping", "lapsed")
    ), health


def test_story_customers_stand_where_their_names_say(ask):
    places = {name: (stage, level) for name, stage, level in standing(ask)}
    for story in STORIES:
        stage, level = places[f"{story.name} (story: {story.shows})"]
        if story.shows == "word broken":
            assert level == "solution"
        else:
            assert story.shows.lower() in (stage, level, "moved by hand")


def test_broken_promise_cost_a_level_and_says_so(ask):
    [(before, after, promise)] = ask(
        "SELECT before.code, after.code, move.snapshot -> 'fall' ->> 'promise'"
        "  FROM customer_lifecycle_transition AS move"
        "  JOIN customer_lifecycle_level AS before ON before.id = move.from_level_id"
        "  JOIN customer_lifecycle_level AS after ON after.id = move.to_level_id"
    )
    assert (before, after) == ("relationship", "solution")
    assert promise == "Be there for the opening of the terrace"


def test_card_moved_by_hand_says_so(ask):
    [(stage, pinned, cause, mover)] = ask(
        "SELECT stage.code, card.stage_pinned_until > CURRENT_DATE, move.cause,"
        "       users.login"
        "  FROM customer_lifecycle_transition AS move"
        "  JOIN customer_lifecycle AS card ON card.id = move.lifecycle_id"
        "  JOIN customer_lifecycle_stage AS stage ON stage.id = card.stage_id"
        "  JOIN res_users AS users ON users.id = move.create_uid"
        " WHERE move.cause = 'manual'"
    )
    assert (stage, pinned, cause, mover) == ("retention", True, "manual", "manager")


def test_nothing_leaves_the_machine_and_no_move_was_heard(ask):
    # what the playbooks send stays in the queue, which nobody works off
    assert ask("SELECT DISTINCT state FROM mail_mail") == [("outgoing",)]
    assert ask(
        "SELECT COUNT(*) FROM mail_mail WHERE lifecycle_outreach_id IS NULL"
    ) == [(0,)]
    assert ask(
        "SELECT cron.active FROM ir_cron AS cron"
        "  JOIN ir_model_data AS name ON name.res_id = cron.id"
        " WHERE name.model = 'ir.cron' AND name.module = 'mail'"
        "   AND name.name = 'ir_cron_mail_scheduler_action'"
    ) == [(False,)]
    assert ask(
        "SELECT COUNT(*) FROM customer_lifecycle_transition"
        " WHERE cause != 'manual' AND is_silent IS NOT TRUE"
    ) == [(0,)]


def test_there_is_something_to_do_and_something_to_win(ask):
    [(overdue, today, planned)] = ask(
        "SELECT COUNT(*) FILTER (WHERE date_deadline < CURRENT_DATE - 1),"
        "       COUNT(*) FILTER (WHERE date_deadline - CURRENT_DATE BETWEEN -1 AND 1),"
        "       COUNT(*) FILTER (WHERE date_deadline > CURRENT_DATE + 1)"
        "  FROM mail_activity WHERE res_model = 'customer.lifecycle'"
    )
    assert overdue and today and planned
    leads = ask("SELECT DISTINCT type, won_status FROM crm_lead")
    assert set(leads) >= {
        ("lead", "pending"),
        ("opportunity", "pending"),
        ("opportunity", "won"),
        ("opportunity", "lost"),
    }
    [(first_touches, with_campaign)] = ask(
        "SELECT COUNT(source_id), COUNT(campaign_id) FROM customer_lifecycle"
    )
    assert first_touches > with_campaign > 0


def test_playbooks_are_at_work(ask):
    states = dict(
        ask("SELECT state, COUNT(*) FROM customer_lifecycle_outreach GROUP BY state")
    )
    assert states["planned"] >= 10 and states["sent"] >= 10, states
    offers = ask(
        "SELECT outreach.state, card.id IS NOT NULL"
        "  FROM customer_lifecycle_outreach AS outreach"
        "  LEFT JOIN loyalty_card AS card ON card.id = outreach.coupon_id"
        " WHERE outreach.kind = 'offer' AND outreach.sent_at IS NOT NULL"
    )
    assert offers and all(offer == ("sent", True) for offer in offers)


def test_company_is_spanish_and_speaks_both_languages(ask):
    assert ask(
        "SELECT currency.name, company.lifecycle_tz, partner.tz"
        "  FROM res_company AS company"
        "  JOIN res_currency AS currency ON currency.id = company.currency_id"
        "  JOIN res_partner AS partner ON partner.id = company.partner_id"
    ) == [("EUR", "Europe/Madrid", "Europe/Madrid")]
    assert ask("SELECT code FROM res_lang WHERE active ORDER BY code") == [
        ("en_US",),
        ("es_ES",),
    ]


def test_who_brought_whom_is_shown_in_every_way(ask, company):
    table = "customer_lifecycle_referral"
    states = dict(ask(f"SELECT state, COUNT(*) FROM {table} GROUP BY state"))
    assert states["rewarded"] == 2 and states["earned"] > 10
    ways = ask(f"SELECT DISTINCT how FROM {table} ORDER BY how")
    assert [how for (how,) in ways] == ["code", "hand", "link"]
    (days,) = ask(f"SELECT COUNT(DISTINCT brought_date) FROM {table}")
    assert days[0] > 10
    by_link = ask("""
        SELECT lifecycle_referred_by_id IS NULL
          FROM crm_lead
         WHERE lifecycle_referral_code IS NOT NULL ORDER BY 1
    """)
    assert by_link == [(False,), (True,)], "one counts, the other is refused"


def test_each_user_logs_in_and_sees_what_the_sales_group_allows(company, start_server):
    server = start_server(company)

    def count(user: str) -> int:
        return server.call("customer.lifecycle", "search_count", [[]], user=user)

    assert count("admin") == count("manager") == CUSTOMERS
    assert count("lucia") == CUSTOMERS
    assert 0 < count("sales") < CUSTOMERS
    assert set(SALESPEOPLE) == {"sales", "lucia", "bruno"}


def test_second_run_changes_nothing(ask, company, dev):
    def state():
        return [
            ask(f"SELECT COUNT(*), MAX(id), MAX(write_date) FROM {table}")
            for table in WRITTEN_TABLES
        ]

    before = state()
    run = dev("python", SCRIPT, "--database", company)
    assert run.returncode == 0
    assert "The demo company is there" in run.stdout
    assert state() == before


def test_database_with_orders_is_left_alone(dev, database, sql, tmp_path):
    path = tmp_path / "history.csv"
    path.write_text("customer_id,date,amount\n1,2024-01-02,5\n")
    assert dev("load", path, "--database", database).returncode == 0
    run = dev("python", SCRIPT, "--database", database)
    assert run.returncode == 2
    assert "there are orders in this database" in run.stderr
    assert sql("SELECT COUNT(*) FROM sale_order") == [(1,)]
