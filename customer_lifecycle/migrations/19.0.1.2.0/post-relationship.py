"""Promises and what else the relationship rests on came with 19.0.1.2.0.

An older database gets their records once. They are created at an installation only
(``forcecreate="False"``), so that what an administrator deletes stays deleted; running
it again creates nothing twice.
"""

from odoo import SUPERUSER_ID, api
from odoo.tools import convert_file

FILES = (
    "data/mail_activity_type_data.xml",
    "data/customer_lifecycle_vow_data.xml",
    "data/customer_lifecycle_care_data.xml",
    "data/customer_lifecycle_celebration_data.xml",
    "data/customer_lifecycle_need_data.xml",
    "data/customer_lifecycle_referral_data.xml",
)


def migrate(cr, version):
    """Create what an installation would have created."""
    env = api.Environment(cr, SUPERUSER_ID, {})
    for name in FILES:
        convert_file(env, "customer_lifecycle", name, None, "init", noupdate=True)
    env["res.company"].search([])._propose_lifecycle_properties()
    _ask_whether_it_solved(env)
    # contacts, needs and the rest are read from years of history: that is no news
    env["customer.lifecycle.change"]._mark_cards("rule")


def _ask_whether_it_solved(env):
    """Have the shipped question after a delivery answer the needs.

    Where nobody has switched its rule on or changed it: there it asks nobody yet.
    """
    step, old, new = (
        env.ref(f"customer_lifecycle.{name}", raise_if_not_found=False)
        for name in ("step_delivery_1", "mail_template_solved", "mail_template_need")
    )
    if (
        step
        and old
        and new
        and not step.base_automation_id.active
        and step.lifecycle_ask == "rating"
        and step.lifecycle_template_id == old
    ):
        step.write({"lifecycle_ask": "solved", "lifecycle_template_id": new.id})
