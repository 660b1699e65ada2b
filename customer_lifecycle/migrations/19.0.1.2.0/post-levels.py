"""Levels rest on evidence since 19.0.1.2.0: the shipped rules are brought up to date.

Only a level whose rule nobody edited gets the new one. Cards move by it silently, as
by any change of a rule: nothing is sent. Running it again changes nothing.
"""

from ast import literal_eval
from xml.etree import ElementTree

from odoo import SUPERUSER_ID, api
from odoo.tools import SQL, file_open

DATA = "customer_lifecycle/data/customer_lifecycle_level_data.xml"
#: The shipped rules and descriptions of before, by code.
BEFORE = {
    "solution": (
        ["|", ("need_count", ">", 0), ("purchase_count", ">=", 2)],
        "What you sold answered a need: it was written down, or they came back for "
        "more.",
    ),
    "relationship": (
        [
            ("purchase_count", ">=", 4),
            ("purchase_span_days", ">=", 180),
            ("health", "!=", "lapsed"),
        ],
        "They have bought four times or more over half a year, and still come.",
    ),
    "trust": (
        [
            "|",
            ("referral_count", ">", 0),
            "&",
            "&",
            ("purchase_count", ">=", 12),
            ("purchase_span_days", ">=", 365),
            ("health", "in", ["on_rhythm", "due"]),
        ],
        "They rely on you: they bring others, or have bought twelve times over a year "
        "without a break in their rhythm.",
    ),
}
#: What a column has when it has just been made.
DAYS = {"minimum_days": 0, "care_days": 90}


def migrate(cr, version):
    """Give the levels that nobody edited their new rules and days."""
    env = api.Environment(cr, SUPERUSER_ID, {})
    levels = env["customer.lifecycle.level"].with_context(active_test=False).search([])
    for shipped in _shipped():
        level = levels.filtered(lambda level, code=shipped["code"]: level.code == code)
        if level:
            level.write(_days(level, shipped) | _rule(level, shipped))
            _describe(env, level, shipped)


def _shipped():
    """Yield the values of the levels as they are shipped now."""
    with file_open(DATA) as data:
        for record in ElementTree.parse(data).getroot().iter("record"):
            yield {
                field.get("name"): field.get("eval") or (field.text or "").strip()
                for field in record.iter("field")
            }


def _days(level, shipped) -> dict:
    """Return the days of a level whose columns are new."""
    if any(level[name] != days for name, days in DAYS.items()):
        return {}
    return {name: int(shipped[name]) for name in DAYS}


def _rule(level, shipped) -> dict:
    """Return the rule of a level that has the shipped one of before."""
    before = BEFORE.get(level.code)
    if not (before and level.rule_domain):
        return {}
    old_rule, _description = before
    if literal_eval(level.rule_domain) != old_rule:
        return {}
    return {"rule_domain": shipped["rule_domain"]}


def _describe(env, level, shipped):
    """Describe a level anew where it still has the words of before.

    The translations of the old words go; those of the new ones are loaded next.
    """
    before = BEFORE.get(level.code)
    if before and level.with_context(lang="en_US").description == before[1]:
        env.cr.execute(
            SQL(
                "UPDATE customer_lifecycle_level"
                "   SET description = JSONB_BUILD_OBJECT('en_US', %s::text)"
                " WHERE id = %s",
                shipped["description"],
                level.id,
            )
        )
        level.invalidate_recordset(["description"], flush=False)
