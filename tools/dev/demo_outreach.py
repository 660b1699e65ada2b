"""What the demo company sends: some rules switched on, some of their plans decided."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from odoo.api import Environment

#: Rules by name of their record: who is started a day of those already there.
SWITCHED_ON = {
    "automation_slipping": 15,
    "automation_reactivation": 15,
    "automation_first_purchase": 10,
}
#: These send by themselves; the others ask.
BY_ITSELF = ("automation_slipping", "automation_first_purchase")
OFFERS = 4


def show_outreach(env: Environment) -> None:
    """Have rules plan for customers who are there, and send a little of it."""
    for name, per_day in SWITCHED_ON.items():
        rule = env.ref(f"customer_lifecycle.{name}")
        rule.lifecycle_mode = "auto" if name in BY_ITSELF else "approve"
        rule._switch_on(per_day)
    env["base.automation"]._plan_backlog()
    sender = env["customer.lifecycle.sender"]
    outreach = env["customer.lifecycle.outreach"]
    calls = outreach.search([("state", "=", "approved"), ("kind", "=", "activity")])
    sender._send(calls, working_hour())
    offers = outreach.search([("kind", "=", "offer")], limit=OFFERS)
    offers._put("approved", approved_by_id=env.ref("base.user_admin").id)
    sender._send(offers, working_hour())


def working_hour() -> datetime:
    """Return ten o'clock of the latest day that was no weekend."""
    day = datetime.now().date() - timedelta(days=1)
    while day.weekday() > 4:
        day -= timedelta(days=1)
    return datetime.combine(day, time(10))
