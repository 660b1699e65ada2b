from odoo import models


class CustomerLifecycleGate(models.AbstractModel):
    """The sentences on text messages."""

    _inherit = "customer.lifecycle.gate"

    def _reason_labels(self) -> dict[str, str]:
        return super()._reason_labels() | {
            "bad_number": self.env._("Phone number not valid"),
            "no_number": self.env._("No phone number"),
            "number_blacklisted": self.env._("Phone number blacklisted"),
            "sms_failed": self.env._("SMS failed"),
            "sms_refused": self.env._("Refused by SMS"),
        }

    def _say_no_number(self, values):
        return self.env._("Not sent: the customer has no phone number.")

    def _say_bad_number(self, values):
        return self.env._(
            "Not sent: “%(number)s” is no phone number that can get an SMS.",
            number=values.get("number"),
        )

    def _say_number_blacklisted(self, values):
        return self.env._(
            "Not sent: %(number)s is on the blacklist of phone numbers.",
            number=values.get("number"),
        )

    def _say_sms_refused(self, values):
        return self.env._(
            "Not sent: Odoo's SMS refused it (%(failure)s).",
            failure=self._sms_failure(values),
        )

    def _say_sms_failed(self, values):
        return self.env._(
            "The SMS could not be sent: %(failure)s. Try again when that is solved.",
            failure=self._sms_failure(values),
        )

    def _sms_failure(self, values) -> str:
        """Return the kind of failure as Odoo says it to the reader."""
        kinds = self.env["sms.sms"]._fields["failure_type"]
        failure = values.get("type") or "unknown"
        return dict(kinds._description_selection(self.env)).get(failure, failure)
