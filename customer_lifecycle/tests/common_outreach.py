from odoo.fields import Command

from .common import CustomerLifecycleCommon


class OutreachCommon(CustomerLifecycleCommon):
    """A rule on customers with steps, and a template for messages."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # the gate is open by the clock: what is slow is tested in test_gate
        cls.company.write(
            {
                "lifecycle_in_working_hours": False,
                "lifecycle_message_gap_days": 0,
                "lifecycle_offer_gap_days": 0,
            }
        )
        cls.Outreach = cls.env["customer.lifecycle.outreach"]
        cls.planner = cls.env["customer.lifecycle.planner"]
        cls.sender = cls.env["customer.lifecycle.sender"]
        cls.card_model = cls.env["ir.model"]._get("customer.lifecycle")
        cls.template = cls._template()
        cls.program = cls.env["loyalty.program"].create(
            {
                "name": "Ten percent",
                "program_type": "coupons",
                "company_id": cls.company.id,
                "reward_ids": [
                    Command.create({"discount": 10, "discount_mode": "percent"})
                ],
            }
        )

    @classmethod
    def _template(
        cls,
        body="<p>Hello <t t-out='object.partner_id.name'/>"
        " <t t-out='object.coupon_code'/></p>",
    ):
        return cls.env["mail.template"].create(
            {
                "name": "Message",
                "model_id": cls.env["ir.model"]._get("customer.lifecycle.outreach").id,
                "subject": "For {{ object.partner_id.name }}",
                "body_html": body,
                "partner_to": "{{ object.partner_id.id }}",
                "lang": "{{ object.partner_id.lang }}",
                "email_from": "shop@example.com",
            }
        )

    @classmethod
    def _rule(cls, *steps, mode="approve", **values):
        """Create an automation rule on a stage with steps, given by their values."""
        return cls.env["base.automation"].create(
            {
                "name": "Playbook",
                "model_id": cls.card_model.id,
                "trigger": "on_stage_set",
                "trg_field_ref": cls.stages["reactivation"].id,
                "lifecycle_mode": mode,
                "action_server_ids": [
                    Command.create(
                        {
                            "name": f"Step {number}",
                            "model_id": cls.card_model.id,
                            "usage": "base_automation",
                            "sequence": number,
                            **cls._step_values(step),
                        }
                    )
                    for number, step in enumerate(steps, 1)
                ],
                **values,
            }
        )

    @classmethod
    def _step_values(cls, step: dict) -> dict:
        defaults = {
            "state": "lifecycle_follow_up",
            "lifecycle_channel": "mail",
            "lifecycle_template_id": cls.template.id,
            "lifecycle_program_id": cls.program.id,
            "lifecycle_activity_type_id": cls.env.ref(
                "mail.mail_activity_data_call"
            ).id,
            "lifecycle_control_share": 0,
            "lifecycle_minimum_margin": 0,
        }
        return defaults | step

    @classmethod
    def _steps(cls, *steps, **values):
        """Return the steps of a new rule in their order."""
        return cls._rule(*steps, **values).action_server_ids.sorted("sequence")

    def _buyer(self, name="Customer", days_ago=(200, 160, 120), **values):
        """Return the card of a customer who bought so many days ago."""
        values = {"email": f"{name.lower().replace(' ', '.')}@example.com"} | values
        partner = self._customer(name, **values)
        self._purchases(partner, *days_ago)
        return self.refresh(partner, is_silent=True)

    def _put_on_level(self, card, level):
        """Put a card on a level by its code (False: on none), past the rules."""
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE customer_lifecycle SET level_id = %s WHERE id = %s",
            [self.levels[level].id if level else None, card.id],
        )
        card.invalidate_recordset()

    def _mails(self, outreach):
        return self.env["mail.mail"].search(
            [("lifecycle_outreach_id", "in", outreach.ids)]
        )
