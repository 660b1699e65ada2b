from datetime import date, datetime, time, timedelta

from odoo import models

from .ir_qweb import CompiledTexts


class CustomerLifecycleOutreachMessage(models.AbstractModel):
    """What an outreach says, to whom, and how its mail is made."""

    _name = "customer.lifecycle.outreach.message"
    _description = "Message of an Outreach"

    # ----------------------------------------------------------------------- templates

    def _template(self):
        """Return the mail template of this outreach; empty for an activity."""
        self.ensure_one()
        if self.kind == "activity":
            return self.env["mail.template"]
        if self.kind == "reminder":
            return self.step_id.lifecycle_reminder_template_id
        return self.step_id.lifecycle_template_id

    def _composer(self, template):
        """Return the composer that mails a template to the customers of outreach.

        In mass mode, so that Odoo's exclusion lists hold.
        """
        composer = self.env["mail.compose.message"].with_context(
            lifecycle_compiled_texts=CompiledTexts()
        )
        return composer.create(
            {
                "composition_mode": "mass_mail",
                "model": "customer.lifecycle.outreach",
                "res_ids": self.ids,
                "template_id": template.id,
                "email_layout_xmlid": False,
                "auto_delete": True,
                "auto_delete_keep_log": True,
                "use_exclusion_list": True,
                "force_send": False,
            }
        )

    def _finish_mail_values(self, values: dict):
        """Put the mail of this outreach on the card, with the way to unsubscribe."""
        self.ensure_one()
        values.update(
            model="customer.lifecycle",
            res_id=self.lifecycle_id.id,
            lifecycle_outreach_id=self.id,
        )
        self._add_unsubscribe(values)

    def _rendered(self) -> dict[int, dict]:
        """Return the mails as they would go out now: ``{id: {subject, body}}``."""
        found = {}
        for template, of_template in self.grouped(
            lambda each: each._template()
        ).items():
            if template:
                values = of_template._composer(template)._prepare_mail_values(
                    of_template.ids
                )
                found |= {
                    id_: {"subject": mail["subject"], "body": mail["body_html"]}
                    for id_, mail in values.items()
                }
        return found

    def _rendered_texts(self, step, field: str, engine: str) -> dict[int, str]:
        """Return a text of a step for each outreach, in the language of who acts."""
        texts = {}
        for lang, of_lang in self.grouped(
            lambda each: each._owner(step).lang or each.company_id.partner_id.lang
        ).items():
            source = step.with_context(lang=lang)[field]
            if source:
                texts |= self.env["mail.render.mixin"]._render_template(
                    source, self._name, of_lang.ids, engine=engine
                )
            else:
                texts |= dict.fromkeys(of_lang.ids, "")
        return texts

    # --------------------------------------------------------------------- who and when

    def _owner(self, step):
        """Return who acts: as the step says, else whoever is nearest; maybe nobody."""
        self.ensure_one()
        card = self.lifecycle_id
        # whoever has left does not act any more
        person, leader, salesperson = (
            user.filtered("active")
            for user in (step.lifecycle_owner_id, card.team_id.user_id, card.user_id)
        )
        if step.lifecycle_owner_role == "person" and person:
            return person
        if step.lifecycle_owner_role == "team_leader" and leader:
            return leader
        return salesperson or leader

    def _deadline(self, step) -> date:
        """Return the day by which to act, in working days of the one company."""
        company = self.company_id.ensure_one()
        days = step.lifecycle_deadline_days
        # from tomorrow on: today is no working day that is left
        tomorrow = company._lifecycle_today() + timedelta(days=1)
        calendar = company.resource_calendar_id
        if days and calendar:
            start = datetime.combine(tomorrow, time.min)
            planned = calendar.plan_days(days, start, compute_leaves=True)
            if planned:
                return planned.date()
        return tomorrow + timedelta(days=days - 1)
