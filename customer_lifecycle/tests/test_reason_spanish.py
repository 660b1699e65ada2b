import re
from pathlib import Path
from unittest import skipUnless

from odoo.tests import freeze_time, tagged
from odoo.tools import file_path

from .common import TODAY
from .test_reason import WRONG, ReasonCommon

SPANISH = Path(file_path("customer_lifecycle")) / "i18n" / "es.po"
#: Whether the sentences have been translated.
HAS_SPANISH = SPANISH.exists() and bool(
    re.search(r'msgid "Bought once\."\nmsgstr "\S', SPANISH.read_text())
)


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

    def test_sentences_of_the_guide(self):
        rhythm = {"lang": "es_ES", "purchases": 30, "interval": 32.4}
        first = {"lang": "es_ES", "purchases": 1, "health": "on_rhythm"}
        cases = [
            (
                {"last": 71, "health": "slipping", "pause_rarity": 0.05} | rhythm,
                "Lleva 71 días sin comprar. Solo 1 de cada 20 de sus pausas fue tan "
                "larga.",
            ),
            (
                {
                    "last": 160,
                    "health": "lapsed",
                    "passed_lapsed_count": 36,
                    "passed_lapsed_back_count": 3,
                }
                | rhythm,
                "160 días sin comprar. De los clientes con una pausa así volvió 1 de "
                "cada 12.",
            ),
            (
                {"last": 9, "first_return_chance": 0.4, "horizon_days": 90} | first,
                "Primera compra hace 9 días. 4 de cada 10 vuelven a comprar en 90 "
                "días.",
            ),
            (
                {"last": 9} | first,
                "Una sola compra: todavía no se conoce su ritmo.",
            ),
        ]
        for facts, expected in cases:
            with self.subTest(facts=facts):
                self.assertEqual(self.say(**facts), expected)

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
