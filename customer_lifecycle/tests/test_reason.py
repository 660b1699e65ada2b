import re
from datetime import timedelta
from itertools import product
from pathlib import Path
from unittest import skipUnless

from odoo.tests import freeze_time, tagged
from odoo.tools import file_path

from .common import TODAY, CustomerLifecycleCommon

SPANISH = Path(file_path("customer_lifecycle")) / "i18n" / "es.po"
#: Whether the sentences have been translated.
HAS_SPANISH = SPANISH.exists() and bool(
    re.search(r'msgid "Bought once\."\nmsgstr "\S', SPANISH.read_text())
)
#: What no sentence may say: empty values, a plural of one, unfilled places.
WRONG = re.compile(
    r"\b(None|False|nan|inf)\b|(^|\D)[01] (days|días|customers|clientes)\b|-\d|%\(|  "
)
#: The pause, in usual intervals, from which a customer has a health.
INTERVALS = {"due": 1, "slipping": 2, "lapsed": 3}


def days_ago(days):
    """Return the ISO date of a day before ``TODAY``, as a snapshot holds it."""
    return (TODAY - timedelta(days=days)).isoformat()


class ReasonCommon(CustomerLifecycleCommon):
    """Snapshots made by hand, and the sentences for them."""

    def snapshot(self, purchases=0, last=0, interval=0.0, health="unknown", **facts):
        """Return the facts of a customer on ``TODAY``."""
        return {
            "as_of": TODAY.isoformat(),
            "health": health,
            "purchase_count": purchases,
            "purchase_span_days": round(interval * max(purchases - 1, 0)),
            "interval_days": interval,
            "need_count": 0,
            "quotation_count": 0,
            "opportunity_count": 0,
            "referral_count": 0,
            "first_purchase_date": purchases and days_ago(last) or False,
            "last_purchase_date": purchases and days_ago(last) or False,
            "oldest_quotation_date": False,
            "stage_pinned_until": False,
            "level_pinned_until": False,
        } | facts

    def say(self, lang="en_US", **facts):
        """Return the sentence for a snapshot."""
        reasons = self.env["customer.lifecycle.reason"].with_context(lang=lang)
        return reasons._sentence(self.snapshot(**facts))

    def say_level(self, lang="en_US", **facts):
        """Return the sentence about the level for a snapshot."""
        reasons = self.env["customer.lifecycle.reason"].with_context(lang=lang)
        return reasons._level_sentence(self.snapshot(**facts))

    def grid(self):
        """Yield facts over every case that the sentences tell apart."""
        healths = ("on_rhythm", "due", "slipping", "lapsed", "unknown")
        for purchases, last, interval, health, brought in product(
            (0, 1, 2, 3, 12),
            (0, 1, 2, 35),
            (0.0, 0.4, 1.0, 1.4, 1.5, 2.0, 32.4),
            healths,
            (0, 1, 2),
        ):
            own = interval if purchases > 2 else 1.0
            if last < INTERVALS.get(health, 0) * max(own, 1.0) - 1:
                continue  # not there yet, even for a reader whose day is yesterday
            yield {
                "purchases": purchases,
                "last": last,
                "interval": max(interval, 1.0) if purchases > 1 else 0.0,
                "health": health,
                "referral_count": brought,
            }
        for quotations, opened, opportunities, needs in product(
            (0, 1, 2), (0, 1, 2, 40), (0, 1, 2), (0, 1, 2)
        ):
            yield {
                "quotation_count": quotations,
                "oldest_quotation_date": quotations and days_ago(opened) or False,
                "opportunity_count": opportunities,
                "need_count": needs,
            }


@tagged("post_install", "-at_install")
class TestReasonInEnglish(ReasonCommon):
    """Why a customer stands where it stands, in English."""

    def test_before_the_first_purchase(self):
        new, old = days_ago(1), days_ago(40)
        cases = [
            ({}, "Has not bought yet."),
            (
                {"quotation_count": 1, "oldest_quotation_date": new},
                "Has not bought yet; has a new quotation.",
            ),
            (
                {"quotation_count": 2, "oldest_quotation_date": new},
                "Has not bought yet; has new quotations.",
            ),
            (
                {"quotation_count": 1, "oldest_quotation_date": old},
                "Has not bought yet; a quotation has been open for 40 days.",
            ),
            (
                {"quotation_count": 3, "oldest_quotation_date": old},
                "Has not bought yet; 3 quotations are open, the oldest for 40 days.",
            ),
            (
                {"opportunity_count": 1},
                "Has not bought yet; one opportunity is open.",
            ),
            (
                {"opportunity_count": 2},
                "Has not bought yet; 2 opportunities are open.",
            ),
        ]
        for facts, expected in cases:
            with self.subTest(facts=facts):
                self.assertEqual(self.say(**facts), expected)

    def test_after_the_first_purchase(self):
        cases = [
            (0, "on_rhythm", "First purchase today: too early to know a rhythm."),
            (1, "on_rhythm", "First purchase yesterday: too early to know a rhythm."),
            (9, "on_rhythm", "First purchase 9 days ago: too early to know a rhythm."),
            (
                90,
                "due",
                "Bought once, 90 days ago; others have usually come back by then.",
            ),
            (
                180,
                "slipping",
                "Bought once, 180 days ago; others have usually come back by then.",
            ),
            (270, "lapsed", "Bought once, 270 days ago, and has not come back."),
            (1, "due", "First purchase yesterday: too early to know a rhythm."),
        ]
        for last, health, expected in cases:
            with self.subTest(last=last, health=health):
                self.assertEqual(
                    self.say(purchases=1, last=last, health=health), expected
                )

    def test_after_the_second_purchase(self):
        cases = [
            (0, "on_rhythm", "Second purchase today: too early to know a rhythm."),
            (1, "on_rhythm", "Second purchase yesterday: too early to know a rhythm."),
            (9, "on_rhythm", "Second purchase 9 days ago: too early to know a rhythm."),
            (
                90,
                "due",
                "Bought twice, last 90 days ago; others have usually come back by "
                "then.",
            ),
            (
                270,
                "lapsed",
                "Bought twice, the last time 270 days ago, and has not come back.",
            ),
        ]
        for last, health, expected in cases:
            with self.subTest(last=last, health=health):
                self.assertEqual(
                    self.say(purchases=2, last=last, health=health, interval=30.0),
                    expected,
                )

    def test_with_a_rhythm_of_its_own(self):
        cases = [
            (0, "on_rhythm", "Buys about every 32 days; last bought today."),
            (1, "on_rhythm", "Buys about every 32 days; last bought yesterday."),
            (12, "on_rhythm", "Buys about every 32 days; last bought 12 days ago."),
            (
                35,
                "due",
                "Usually back by now: every 32 days as a rule, 35 since the last "
                "purchase.",
            ),
            (
                71,
                "slipping",
                "71 days since the last purchase, when 32 are usual.",
            ),
            (
                160,
                "lapsed",
                "No purchase for 160 days; used to buy about every 32 days.",
            ),
        ]
        for last, health, expected in cases:
            with self.subTest(last=last, health=health):
                self.assertEqual(
                    self.say(purchases=5, last=last, health=health, interval=32.4),
                    expected,
                )

    def test_daily_buyer(self):
        cases = [
            (0, "on_rhythm", "Buys nearly every day."),
            (1, "due", "Buys nearly every day."),
            (2, "slipping", "Buys nearly every day, but not for 2 days now."),
            (7, "lapsed", "No purchase for 7 days; used to buy nearly every day."),
        ]
        for last, health, expected in cases:
            with self.subTest(last=last, health=health):
                self.assertEqual(
                    self.say(purchases=30, last=last, health=health, interval=1.2),
                    expected,
                )

    def test_whoever_brought_others_is_told_so(self):
        self.assertEqual(
            self.say(purchases=1, last=9, health="on_rhythm", referral_count=1),
            "First purchase 9 days ago: too early to know a rhythm. "
            "Has brought another customer.",
        )
        self.assertTrue(
            self.say(purchases=1, health="on_rhythm", referral_count=3).endswith(
                "Has brought 3 other customers."
            )
        )

    def test_evidence_of_a_level(self):
        cases = [
            ({}, "In contact, has not bought yet."),
            ({"purchases": 1}, "Bought once."),
            ({"purchases": 2, "interval": 1.0}, "Bought on two days in a row."),
            ({"purchases": 4, "interval": 61.0}, "4 purchases in 183 days."),
            (
                {"purchases": 1, "need_count": 1},
                "Bought once. On one order the need was written down.",
            ),
            (
                {
                    "purchases": 4,
                    "interval": 61.0,
                    "need_count": 2,
                    "referral_count": 1,
                },
                "4 purchases in 183 days. On 2 orders the need was written down. "
                "Has brought another customer.",
            ),
        ]
        for facts, expected in cases:
            with self.subTest(facts=facts):
                self.assertEqual(self.say_level(**facts), expected)

    def test_no_sentence_has_empty_values_or_a_plural_of_one(self):
        for facts in self.grid():
            for sentence in (self.say(**facts), self.say_level(**facts)):
                self.assertNotRegex(sentence, WRONG, str(facts))
                self.assertRegex(sentence, r"^[A-Z0-9].*\.$", str(facts))


@tagged("post_install", "-at_install")
@freeze_time("2026-03-16 12:00:00")
class TestReasonOnCards(ReasonCommon):
    """The sentences on real cards, and in their history."""

    def test_sentence_on_the_card_is_about_its_own_figures(self):
        customer = self._customer()
        self._purchases(customer, 76, 44, 12)
        card = self.refresh(customer)
        self.assertEqual(
            card.reason, "Buys about every 32 days; last bought 12 days ago."
        )
        self.assertEqual(card.level_reason, "3 purchases in 64 days.")

    def test_quotation_and_opportunity_on_the_card(self):
        customer, other = self._customer(), self._customer("Other")
        self._quotation(customer, at=TODAY - timedelta(days=40))
        self._lead(other)
        self.assertEqual(
            self.refresh(customer).reason,
            "Has not bought yet; a quotation has been open for 40 days.",
        )
        self.assertEqual(
            self.refresh(other).reason, "Has not bought yet; one opportunity is open."
        )

    def test_customer_who_only_gave_something_back_says_so(self):
        customer = self._customer()
        self._purchase(customer, 10, amount=-40)
        self.assertEqual(
            self.refresh(customer).reason,
            "Has given something back; no purchase is on record.",
        )

    def test_sentence_of_a_transition_stays_as_of_its_day(self):
        customer = self._customer()
        self._purchase(customer, 9)
        card = self.refresh(customer)
        first = "First purchase 9 days ago: too early to know a rhythm."
        self.assertEqual(self.transitions(card).reason, first)
        with freeze_time("2026-03-20 12:00:00"):
            card.invalidate_recordset()
            self.assertEqual(
                card.reason, "First purchase 13 days ago: too early to know a rhythm."
            )
            self._purchase(customer, TODAY + timedelta(days=4))
            self.refresh(customer, as_of=TODAY + timedelta(days=4))
        self.assertEqual(
            self.transitions(card).mapped("reason"),
            [first, "Second purchase today: too early to know a rhythm."],
        )
        self.assertEqual(self.transitions(card, "level")[-1].move, "Product → Solution")
        self.assertEqual(
            self.transitions(card, "level")[-1].reason, "2 purchases in 13 days."
        )

    def test_transition_of_health_tells_the_new_health(self):
        customer = self._customer()
        self._purchases(customer, 76, 44, 12)
        card = self.refresh(customer)
        self.refresh(customer, as_of=card.due_date)
        self.assertRecordValues(
            self.transitions(card, "health")[-1],
            [
                {
                    "move": "On rhythm → Due",
                    "reason": "Usually back by now: every 32 days as a rule, 32 since "
                    "the last purchase.",
                }
            ],
        )

    def test_today_is_the_company_s_whoever_reads(self):
        customer = self._customer()
        self._purchase(customer, 1)
        card = self.refresh(customer)
        with freeze_time("2026-03-16 23:30:00"):
            card.invalidate_recordset()
            self.assertIn("yesterday", card.with_context(tz="Asia/Tokyo").reason)
            self.company.lifecycle_tz = "Asia/Tokyo"
            card.invalidate_recordset()
            self.assertIn("2 days ago", card.with_context(tz="UTC").reason)


@tagged("post_install", "-at_install")
@skipUnless(HAS_SPANISH, "The sentences have not been translated to Spanish yet")
@freeze_time("2026-03-16 12:00:00")
class TestReasonInSpanish(ReasonCommon):
    """The same in Spanish: complete, and worded as the guide of the voice says."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["res.lang"]._activate_lang("es_ES")
        cls.env["ir.module.module"]._load_module_terms(
            ["base", "customer_lifecycle"], ["es_ES"]
        )

    def test_sentences_of_the_rhythm(self):
        rhythm = {"lang": "es_ES", "purchases": 5, "interval": 32.4}
        self.assertEqual(
            self.say(last=12, health="on_rhythm", **rhythm),
            "Compra cada 32 días aproximadamente; su última compra fue hace 12 días.",
        )
        self.assertEqual(
            self.say(last=35, health="due", **rhythm),
            "Ya le toca: compra cada 32 días aproximadamente y lleva 35.",
        )

    def test_every_sentence_is_translated(self):
        for facts in self.grid():
            for say in (self.say, self.say_level):
                english, spanish = say(**facts), say(lang="es_ES", **facts)
                self.assertNotEqual(spanish, english)
                self.assertNotRegex(spanish, WRONG, str(facts))
                self.assertNotRegex(spanish, r"\b(días? ago|purchases?|has|days)\b")
                figures = re.findall(r"\d+", english)
                self.assertEqual(sorted(re.findall(r"\d+", spanish)), sorted(figures))

    def test_pin_of_a_manager(self):
        customer = self._customer()
        self._purchase(customer, 9)
        card = self.refresh(customer)
        manager = self._user("manager", "Marta")
        self.env["customer.lifecycle.move"].with_user(manager).create(
            {
                "lifecycle_ids": card.ids,
                "stage_id": self.stages["retention"].id,
                "until": TODAY,
                "note": "firmó el plan anual",
            }
        ).action_apply()
        self.assertRegex(
            card.with_context(lang="es_ES").reason,
            r"^Movido a Retención por Marta hasta el 16/03/2026: "
            r"«firmó el plan anual»\.$",
        )

    def test_names_of_stages_levels_and_health(self):
        def names(model):
            places = self.env[model].with_context(lang="es_ES").search([])
            return {place.code: place.name for place in places if place.code}

        self.assertEqual(
            names("customer.lifecycle.stage"),
            {
                "acquisition": "Adquisición",
                "conversion": "Conversión",
                "growth": "Crecimiento",
                "retention": "Retención",
                "advocacy": "Recomendación",
                "reactivation": "Reactivación",
            },
        )
        self.assertEqual(
            names("customer.lifecycle.level"),
            {
                "product": "Producto",
                "solution": "Solución",
                "relationship": "Relación",
                "trust": "Confianza",
            },
        )
        health = self.Card.with_context(lang="es_ES").fields_get(["health"])
        self.assertEqual(
            [label for _state, label in health["health"]["selection"]][:4],
            ["A su ritmo", "Le toca", "Se aleja", "Ausente"],
        )
