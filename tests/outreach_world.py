"""Customers, a rule and offers on a real server, for tests of what goes wrong."""

from __future__ import annotations

from conftest import OdooServer

CARD = "customer.lifecycle"
OUTREACH = "customer.lifecycle.outreach"
#: The hello of a mail; it fails for customers whose name says so.
HELLO = """
    <p>Hello <t t-out="object.partner_id.name"/>: <t t-out="object.coupon_code"/></p>
    <t t-if="'Broken' in object.partner_id.name" t-out="1 / 0"/>
"""


class World:
    """A company without quiet hours, in which offers are sent to new customers."""

    def __init__(self, server: OdooServer, smtp_port: int):
        self.server = server
        self.call = server.call
        self.company = self.call("res.company", "search", [[]], {"limit": 1})[0]
        self.call(
            "res.company",
            "write",
            [[self.company], {"resource_calendar_id": False}],
        )
        self.create(
            "ir.mail_server",
            name="Sink",
            smtp_host="127.0.0.1",
            smtp_port=smtp_port,
            smtp_encryption="none",
        )
        self.template = self.create(
            "mail.template",
            name="Offer",
            model_id=self.model(OUTREACH),
            subject="For {{ object.partner_id.name }}",
            body_html=HELLO,
            partner_to="{{ object.partner_id.id }}",
            email_from="shop@example.com",
        )
        self.program = self.make_program()
        self.stages = {
            row["code"]: row["id"]
            for row in self.call(
                "customer.lifecycle.stage", "search_read", [[]], {"fields": ["code"]}
            )
        }

    def again(self, server: OdooServer) -> World:
        """:return: the same on another server"""
        world = object.__new__(World)
        world.__dict__ |= self.__dict__ | {"server": server, "call": server.call}
        return world

    def create(self, model: str, **values) -> int:
        return self.call(model, "create", [values])

    def model(self, name: str) -> int:
        return self.call("ir.model", "search", [[("model", "=", name)]])[0]

    def make_program(self, **values) -> int:
        reward = {"discount": 10, "discount_mode": "percent"}
        return self.create(
            "loyalty.program",
            name="Ten percent",
            program_type="coupons",
            reward_ids=[(0, 0, reward)],
            **values,
        )

    def make_rule(self, stage="reactivation", **step) -> int:
        """Create a rule that sends an offer by itself; return its step.

        :param stage: code of the stage on which it fires
        """
        model = self.model(CARD)
        rule = self.create(
            "base.automation",
            name="Offers",
            model_id=model,
            trigger="on_stage_set",
            trg_field_ref=self.stages[stage],
            lifecycle_mode="auto",
            action_server_ids=[
                (
                    0,
                    0,
                    {
                        "name": "Offer",
                        "model_id": model,
                        "usage": "base_automation",
                        "state": "lifecycle_offer",
                        "lifecycle_program_id": self.program,
                        "lifecycle_template_id": self.template,
                        "lifecycle_control_share": 0,
                        "lifecycle_minimum_margin": 0,
                        "lifecycle_reminder_days": 0,
                        **step,
                    },
                )
            ],
        )
        return self.call("base.automation", "read", [[rule], ["action_server_ids"]])[0][
            "action_server_ids"
        ][0]

    def make_customers(self, *names: str, stage="reactivation") -> list[int]:
        """Create customers and move them to where the rules fire; return the cards."""
        partners = self.call(
            "res.partner",
            "create",
            [[{"name": name, "email": address(name)} for name in names]],
        )
        cards = self.call(
            CARD, "create", [[{"partner_id": partner} for partner in partners]]
        )
        self.call(CARD, "write", [cards, {"stage_id": self.stages[stage]}])
        return cards

    def outreach(self, *fields: str) -> dict[str, dict]:
        """:return: the outreach of all customers, by the customer's name"""
        rows = self.call(
            OUTREACH,
            "search_read",
            [[]],
            {"fields": ["lifecycle_id", "state", "reason_code", *fields]},
        )
        return {row["lifecycle_id"][1]: row for row in rows}

    def send(self) -> None:
        """Run the scheduled action that queues mails."""
        self._run("ir_cron_send", "customer_lifecycle")

    def send_queue(self) -> None:
        """Run Odoo's scheduled action that sends the queue."""
        self._run("ir_cron_mail_scheduler_action", "mail")

    def _run(self, name: str, module: str) -> None:
        [cron] = self.call(
            "ir.model.data",
            "search_read",
            [[("module", "=", module), ("name", "=", name)]],
            {"fields": ["res_id"]},
        )
        self.call("ir.cron", "method_direct_trigger", [[cron["res_id"]]])


def address(name: str) -> str:
    return f"{name.lower().replace(' ', '.')}@example.com"
