from datetime import timedelta
from unittest.mock import patch

from psycopg2.errors import CheckViolation

from odoo import fields
from odoo.exceptions import ValidationError
from odoo.fields import Command
from odoo.tests import HttpCase, freeze_time, tagged
from odoo.tools import mute_logger

from ..models import customer_lifecycle_limits
from ..tools import backtest as kernel
from ..tools.forecast import Limits
from ..tools.model import Population
from ..tools.season import Season
from .common import TODAY, CustomerLifecycleCommon

#: The limits of a company, and others.
NAMES = ("horizon_days", "slipping_share", "lapsed_chance")
LIMITS = {"horizon_days": 90, "slipping_share": 0.1, "lapsed_chance": 0.1}
OTHERS = {"horizon_days": 30, "slipping_share": 0.3, "lapsed_chance": 0.3}
#: Days before today on which the customers of the tests bought.
PURCHASES = (
    (1,),
    (60,),
    (200,),
    (100, 30),
    (300, 60),
    (90, 60, 30),
    (140, 110, 80),
    (200, 170, 140, 110),
    (60, 50, 40, 30, 20),
    (400, 300, 250, 200, 150),
    (120, 100, 80, 60, 59),
    (35, 30, 25, 20, 15, 10, 5),
)


class LimitsCommon(CustomerLifecycleCommon):
    """A dozen customers with rhythms of their own, read as of a day."""

    today = TODAY

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.write({f"lifecycle_{name}": LIMITS[name] for name in NAMES})
        cls.customers = cls.env["res.partner"].create(
            [{"name": f"Customer {number}"} for number in range(len(PURCHASES))]
        )
        for customer, days in zip(cls.customers, PURCHASES, strict=True):
            for ago in days:
                cls._purchase(customer, cls.today - timedelta(days=ago))
        cls.cards = cls.refresher._refresh(
            cls.company, cls.customers.ids, as_of=cls.today
        )
        cls.env["customer.lifecycle.change"].search([]).sudo().unlink()
        cls.limits = cls.env["customer.lifecycle.limits"]
        cls.backtest = cls.env["customer.lifecycle.backtest"]

    @classmethod
    def _lose(cls, count):
        """Make customers who bought five times and were not seen for a year."""
        lost = cls.env["res.partner"].create(
            [{"name": f"Lost {number}"} for number in range(count)]
        )
        for number, customer in enumerate(lost):
            for purchase in range(5):
                ago = 365 + number + 20 * purchase
                cls._purchase(customer, cls.today - timedelta(days=ago))
        return cls.refresher._refresh(cls.company, lost.ids, as_of=cls.today)

    def _texts(self, table):
        """Return the cells of a table as text."""
        return [tuple(cell["text"] for cell in row) for row in table["rows"]]


@tagged("post_install", "-at_install")
@freeze_time("2026-03-16 12:00:00")
class TestLimitsMoves(LimitsCommon):
    """Whom other limits would move, before they are saved."""

    def _shown(self, table):
        """Return the cards behind the lines: by kind, place left and place entered."""
        shown = {}
        for kind, start, end, count in table["rows"]:
            ids = count["open"]["ids"]
            self.assertEqual(len(ids), count["number"])
            shown[kind["text"], start["text"], end["text"]] = set(ids)
        return shown

    def _places(self):
        """Return where the cards stand."""
        states = dict(self.Card._fields["health"]._description_selection(self.env))
        return {
            card.id: {
                "Health": states[card.health],
                "Stage": card.stage_id.name,
                "Level": card.level_id.name,
            }
            for card in self.cards
        }

    def _save(self, limits):
        """Save limits, and do what the scheduled action then does."""
        self.company.write(
            {f"lifecycle_{name}": value for name, value in limits.items()}
        )
        days = {self.company: TODAY}
        while self.env["customer.lifecycle.fit"]._spread_next(days):
            pass
        total, until = self.refresher._pending()
        self.refresher._work_off(self.refresher._claim(total, until), days)

    def test_limits_in_use_move_nobody(self):
        table = self.limits.limits_moves(LIMITS)
        self.assertEqual(table["sentence"], "These limits are in use.")
        self.assertEqual(table["rows"], [])
        same = self.limits._moves_table(self.company, Limits(**LIMITS))
        self.assertEqual(same["sentence"], "No customer would move.")

    def test_saving_moves_exactly_those_that_were_shown_silently(self):
        self._check_saving()

    def test_saving_moves_exactly_those_that_were_shown_with_a_fit_in_use(self):
        busy_in_spring = Season((0.5, 0.5, 1.0, 2.0, 2.0, 1.0, *[5 / 6] * 6))
        self._use_population(
            Population(2.0, 60.0, 0.3, 3.0, (0.2, 0.2, 0.3, 0.2, 0.1), busy_in_spring)
        )
        self.refresh(*self.customers)
        self.env["customer.lifecycle.change"].search([]).sudo().unlink()
        self._check_saving()

    def _check_saving(self):
        """Check that other limits move who was shown, and send nothing."""
        shown = self._shown(self.limits.limits_moves(OTHERS))
        self.assertGreater(len(shown), 3, "The limits differ enough to mean something")
        before = self._places()
        history = self.env["customer.lifecycle.transition"]
        last = history.search([], limit=1, order="id desc")
        self._save(OTHERS)
        moved = {}
        for card_id, places in self._places().items():
            for kind, place in places.items():
                if place != before[card_id][kind]:
                    move = kind, before[card_id][kind], place
                    moved.setdefault(move, set()).add(card_id)
        self.assertEqual(moved, shown)
        moves = history.search(
            [("id", ">", last.id), ("lifecycle_id", "in", self.cards.ids)]
        )
        self.assertTrue(moves)
        self.assertTrue(all(moves.mapped("is_silent")))

    def test_sentence_counts_each_customer_once(self):
        table = self.limits.limits_moves(OTHERS)
        customers = set().union(*self._shown(table).values())
        self.assertEqual(table["count"], len(customers))
        self.assertIn(str(len(customers)), table["sentence"])

    def test_looking_writes_nothing(self):
        names = ["health", "due_date", "lapsed_date", "stage_id", "write_date"]
        before = self.cards.read(names)
        self.limits.limits_moves(OTHERS)
        self.env.invalidate_all()
        self.assertEqual(self.cards.read(names), before)
        self.assertFalse(self.env["customer.lifecycle.change"].search_count([]))

    def test_day_set_by_hand_holds_under_other_limits_too(self):
        shown = self._shown(self.limits.limits_moves(OTHERS))
        card_id = min(shown["Health", "Due", "Slipping"])
        card = self.Card.browse(card_id)
        card.expected_again_date = TODAY + timedelta(days=60)
        self.refresh(card.partner_id)
        for ids in self._shown(self.limits.limits_moves(OTHERS)).values():
            self.assertNotIn(card_id, ids)

    def test_pinned_stage_does_not_move_but_health_does(self):
        shown = self._shown(self.limits.limits_moves(OTHERS))
        ids = {
            card_id
            for (kind, _start, end), ids in shown.items()
            for card_id in ids
            if (kind, end) == ("Stage", "Reactivation")
        }
        card = self.Card.browse(min(ids))
        card.stage_id = self.stages["advocacy"]
        for (kind, _start, _end), ids in self._shown(
            self.limits.limits_moves(OTHERS)
        ).items():
            if kind == "Stage":
                self.assertNotIn(card.id, ids)
        self.assertIn(
            card.id,
            set().union(*self._shown(self.limits.limits_moves(OTHERS)).values()),
        )

    def test_of_many_a_sample_stands_for_all_and_says_so(self):
        with patch.object(customer_lifecycle_limits, "MOVING_SAMPLE", 4):
            table = self.limits.limits_moves(OTHERS)
            again = self.limits.limits_moves(OTHERS)
        self.assertEqual(table, again)
        self.assertEqual(table["notes"], ["Estimated from 4 of 12 customers."])
        for row in table["rows"]:
            self.assertEqual(int(row[3]["text"]), 3 * len(row[3]["open"]["ids"]))

    def test_only_what_the_user_may_see_is_counted(self):
        seller = self._user("own", "Oscar")
        other = self._user("all", "Otto")
        mine, theirs = self.cards[::2], self.cards[1::2]
        mine.user_id, theirs.user_id = seller, other
        table = self.limits.with_user(seller).limits_moves(OTHERS)
        for ids in self._shown(table).values():
            self.assertLessEqual(ids, set(mine.ids))

    def test_other_companies_are_not_counted(self):
        company = self.env["res.company"].create({"name": "Other company"})
        user = self._user(
            "manager", company_ids=[Command.set((self.company | company).ids)]
        )
        limits = self.limits.with_user(user).with_context(
            allowed_company_ids=[company.id, self.company.id]
        )
        self.assertEqual(limits.limits_moves(OTHERS)["rows"], [])
        self.assertTrue(self.limits.with_user(user).limits_moves(OTHERS)["rows"])

    def test_limits_out_of_bounds_are_named(self):
        for name, part, value, words in (
            ("horizon_days", "horizon", 6, "7 and 730"),
            ("horizon_days", "horizon", 731, "7 and 730"),
            ("slipping_share", "slipping", 0.005, "1% and 49%"),
            ("slipping_share", "slipping", 0.5, "1% and 49%"),
            ("lapsed_chance", "lapsed", 0.95, "1% and 90%"),
        ):
            limits = LIMITS | {name: value}
            effect = self.backtest.limits_effect(limits)
            self.assertEqual(list(effect), [part], "Beside the limit itself")
            for table in (self.limits.limits_moves(limits), effect[part]):
                self.assertTrue(table["is_wrong"])
                self.assertIn(words, table["sentence"])

    def test_bounds_are_those_of_the_company(self):
        for name, bounds in customer_lifecycle_limits.BOUNDS.items():
            step = 1 if name == "horizon_days" else 0.005
            for bound, outside in zip(bounds, (-step, step), strict=True):
                self.company[f"lifecycle_{name}"] = bound
                self.company.flush_recordset()
                with (
                    self.subTest(name=name, bound=bound),
                    mute_logger("odoo.sql_db"),
                    self.assertRaises(CheckViolation),
                    self.env.cr.savepoint(),
                ):
                    self.company[f"lifecycle_{name}"] = bound + outside
                    self.company.flush_recordset()
                self.company.invalidate_recordset()

    def test_what_is_no_number_is_refused(self):
        for limits in ({}, LIMITS | {"horizon_days": "soon"}):
            with self.assertRaises(ValidationError):
                self.limits.limits_moves(limits)

    def test_user_without_customers_is_told_so(self):
        nobody = self._user("none")
        self.assertTrue(self.limits.with_user(nobody).limits_moves(OTHERS)["is_wrong"])
        effect = self.backtest.with_user(nobody).limits_effect(LIMITS)
        self.assertEqual(effect["slipping"]["rows"], [])


@tagged("post_install", "-at_install")
@freeze_time("2026-03-16 12:00:00")
class TestLimitsEffect(LimitsCommon):
    """What limits would have done in the past of the company."""

    def _histories(self):
        """Return the purchase days by card, read from the orders one by one."""
        return {
            card.id: sorted(
                {
                    order.date_order.date().toordinal()
                    for order in self.env["sale.order"].search(
                        [("partner_id", "=", card.partner_id.id)]
                    )
                }
            )
            for card in self.Card.search([("company_id", "=", self.company.id)])
        }

    def test_too_few_lost_is_said_in_place_of_figures(self):
        self._lose(8)
        effect = self.backtest.limits_effect(LIMITS)
        for part in ("slipping", "danger"):
            self.assertEqual(effect[part]["rows"], [])
            self.assertIn("Too few to tell: 8 customers", effect[part]["sentence"])

    def test_nobody_ever_bought(self):
        self.env["sale.order"].search([("company_id", "=", self.company.id)]).write(
            {"state": "cancel"}
        )
        self.refresh(*self.customers)
        effect = self.backtest.limits_effect(LIMITS)
        self.assertIn("nobody was lost", effect["slipping"]["sentence"])
        self.assertEqual(self.limits.limits_moves(OTHERS)["rows"], [])

    def test_figures_are_those_of_the_maths_on_the_same_orders(self):
        self._lose(14)
        population = self.env["customer.lifecycle.forecast"]._population(self.company)
        for limits in (LIMITS, OTHERS):
            effect = self.backtest.limits_effect(limits)
            found = kernel.backtest(
                self._histories(), population, Limits(**limits), TODAY.toordinal()
            )
            self.assertFalse(found.says_little)
            rows = effect["slipping"]["rows"]
            self.assertEqual(len(rows), len(found.results))
            for row, one in zip(rows, found.results, strict=True):
                self.assertEqual(
                    row[1]["text"], f"{len(one.warned)} of {len(found.lost)}"
                )
                for cell, customers in ((row[1], one.warned), (row[4], one.disturbed)):
                    ids = cell.get("open", {"ids": []})["ids"]
                    self.assertEqual(set(ids), set(customers))
            chosen = [row for row in rows if row[0]["is_chosen"]]
            self.assertEqual(len(chosen), 1)
            self.assertIn("your limit", chosen[0][0]["text"])
            for row, band in zip(effect["danger"]["rows"], found.bands, strict=True):
                self.assertEqual(row[1]["text"], str(band.reached_pauses))
                self.assertEqual(
                    set(row[4].get("open", {"ids": []})["ids"]), set(band.lost)
                )

    def test_sentence_of_the_chosen_limit(self):
        self._lose(14)
        effect = self.backtest.limits_effect(LIMITS | {"slipping_share": 0.2})
        self.assertRegex(
            effect["slipping"]["sentence"],
            r"^Would have warned in time of \d+ of the \d+ customers lost so far, "
            r"usually \d+ days before they counted as lost, and disturbed [\d.]+% of "
            r"the normal pauses\.$",
        )

    def test_limit_with_a_digit_is_shown_with_it(self):
        self._lose(14)
        effect = self.backtest.limits_effect(LIMITS | {"slipping_share": 0.125})
        shares = [row[0]["text"] for row in effect["slipping"]["rows"]]
        self.assertEqual(shares, ["2%", "5%", "10%", "12.5%, your limit", "15%", "20%"])

    def test_back_after_lapsed_opens_its_customers(self):
        self._lose(14)
        table = self.backtest.limits_effect(LIMITS)["lapsed"]
        self.assertEqual(
            [row[0]["text"] for row in table["rows"]], ["Came back", "Still away"]
        )
        away = table["rows"][1][2]["open"]["ids"]
        lapsed = self.Card.search(
            [("company_id", "=", self.company.id), ("health", "=", "lapsed")]
        )
        self.assertEqual(set(away), set(lapsed.ids))

    def test_of_many_a_sample_stands_for_all_and_says_so(self):
        self._lose(14)
        with patch.object(kernel, "MAX_CUSTOMERS", 19):
            effect = self.backtest.limits_effect(LIMITS)
            again = self.backtest.limits_effect(LIMITS)
        self.assertEqual(effect, again)
        self.assertEqual(
            effect["slipping"]["notes"][1], "Estimated from 24 of 26 customers."
        )

    def test_other_companies_and_colleagues_are_not_counted(self):
        lost = self._lose(14)
        seller = self._user("own", "Oscar")
        lost.user_id = self._user("all", "Otto")
        effect = self.backtest.with_user(seller).limits_effect(LIMITS)
        self.assertIn("Too few to tell", effect["slipping"]["sentence"])
        company = self.env["res.company"].create({"name": "Other company"})
        there = self.backtest.with_company(company).limits_effect(LIMITS)
        self.assertIn("nobody was lost", there["slipping"]["sentence"])


@tagged("post_install", "-at_install")
@freeze_time("2026-03-16 12:00:00")
class TestSettings(CustomerLifecycleCommon):
    """The settings of a company."""

    def _fit(self, **values):
        """Give the company a fit to use."""
        self.company.lifecycle_fit_id = self.env["customer.lifecycle.fit"].create(
            {
                "company_id": self.company.id,
                "date": TODAY,
                "state": "fitted",
                "is_used": True,
                "repeat_count": 2812,
                "typical_days": 32.4,
                **values,
            }
        )

    def _text(self):
        return self.env["res.config.settings"].create({}).lifecycle_fit_text

    def test_what_the_forecast_rests_on_is_said(self):
        self.assertIn("Common values", self._text())
        self._fit()
        self.assertEqual(
            self._text(),
            "Your 2,812 customers who bought again, read on 03/16/2026. They usually "
            "buy every 32 days.",
        )
        self.company.lifecycle_fit_id.write({"state": "shrunk", "repeat_count": 17})
        self.assertIn("only 17 who bought again", self._text())
        self.company.lifecycle_fit_id.write({"state": "default", "repeat_count": 2})
        self.assertIn("too few had bought again to tell (2)", self._text())

    def test_limits_are_saved_for_the_company(self):
        settings = self.env["res.config.settings"].create(
            {
                "lifecycle_horizon_days": 60,
                "lifecycle_slipping_share": 0.2,
                "lifecycle_lapsed_chance": 0.05,
            }
        )
        settings.execute()
        self.assertRecordValues(
            self.company,
            [
                {
                    "lifecycle_horizon_days": 60,
                    "lifecycle_slipping_share": 0.2,
                    "lifecycle_lapsed_chance": 0.05,
                }
            ],
        )

    def test_defaults_are_those_of_a_new_company(self):
        names = [f"lifecycle_{name}" for name in NAMES]
        new = self.env["res.company"].create({"name": "New company"})
        self.assertEqual(
            self.env["res.company"].default_get(names),
            {name: new[name] for name in names},
        )


@tagged("post_install", "-at_install")
class TestLimitsTour(HttpCase, LimitsCommon):
    """The settings in a browser, on the machine's own day."""

    today = fields.Date.today()

    def test_limits_show_what_they_do_before_they_are_saved(self):
        self._lose(12)
        manager = self._user("manager", "Mark")
        manager.group_ids |= self.env.ref("base.group_system")
        self.start_tour("/odoo", "customer_lifecycle_limits", login=manager.login)
        self.assertEqual(
            [self.company[f"lifecycle_{name}"] for name in NAMES],
            [LIMITS[name] for name in NAMES],
        )
