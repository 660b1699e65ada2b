from odoo import api, fields, models
from odoo.tools import format_date, format_datetime

#: Relations that hold ids in a rule and names on a card.
NAMED = ("many2one", "many2many", "one2many")


class CustomerLifecycleRungFigures(models.AbstractModel):
    """Conditions over any field in words: its label, what there is, what is asked."""

    _name = "customer.lifecycle.rung.figures"
    _description = "Evidence of Levels in Figures"

    @api.model
    def _say_figures(self, condition: dict) -> str:
        """Return what a condition finds at a customer, by label and figures."""
        path, operator = condition["field"], condition["operator"]
        field = self._field_at(path)
        if field is None:
            return ""
        values = {
            "label": self._label(path),
            "actual": self._value(field, condition["actual"]),
            "wanted": self._wanted(field, condition["value"]),
        }
        if "." in path:  # what is found there is not at hand
            return self.env._("%(label)s: %(wanted)s is asked for.", **values)
        if condition["held"]:
            return self.env._("%(label)s: %(actual)s.", **values)
        if field.type in ("date", "datetime") and operator in (">=", ">"):
            return self.env._(
                "%(label)s: %(actual)s, needed since %(wanted)s.", **values
            )
        if field.type in ("date", "datetime") and operator in ("<=", "<"):
            return self.env._("%(label)s: %(actual)s, needed by %(wanted)s.", **values)
        return self._say_comparison(operator, values)

    def _say_comparison(self, operator: str, values: dict) -> str:
        """Return what is there and what is missing, by the operator of a rule."""
        if operator == ">=":
            return self.env._(
                "%(label)s: %(actual)s, at least %(wanted)s needed.", **values
            )
        if operator == ">":
            return self.env._(
                "%(label)s: %(actual)s, more than %(wanted)s needed.", **values
            )
        if operator == "<=":
            return self.env._(
                "%(label)s: %(actual)s, at most %(wanted)s needed.", **values
            )
        if operator == "<":
            return self.env._(
                "%(label)s: %(actual)s, less than %(wanted)s needed.", **values
            )
        if operator in ("=", "in"):
            return self.env._("%(label)s: %(actual)s, needed: %(wanted)s.", **values)
        if operator in ("!=", "not in"):
            return self.env._("%(label)s: %(actual)s, anything else needed.", **values)
        return self.env._("%(label)s: %(actual)s, not as the rule asks.", **values)

    def _field_at(self, path):
        """Return the field at the end of a path; None where it is gone by now."""
        model = self.env["customer.lifecycle"]
        field = None
        for name in path.split(".") if isinstance(path, str) else ():
            field = model._fields.get(name)
            if field is None:
                return None
            if not field.relational:
                break
            model = self.env[field.comodel_name]
        return field

    def _label(self, path: str) -> str:
        """Return the label of a path: of each field along it."""
        model, labels = self.env["customer.lifecycle"], []
        for name in path.split("."):
            field = model._fields.get(name)
            if field is None:
                break
            labels.append(field._description_string(self.env))
            if not field.relational:
                break
            model = self.env[field.comodel_name]
        return " › ".join(labels)

    def _value(self, field, value) -> str:
        """Return a value of a card in words."""
        if field.type == "boolean":
            return self.env._("yes") if value else self.env._("no")
        if field.type in ("integer", "float", "monetary"):
            return self._figure(value or 0)
        if not value:
            return self.env._("none")
        if field.type == "selection":
            return dict(field._description_selection(self.env)).get(value, str(value))
        if field.type == "date":
            return format_date(self.env, fields.Date.to_date(value))
        if field.type == "datetime":
            return format_datetime(self.env, fields.Datetime.to_datetime(value))
        return str(value)

    def _wanted(self, field, value) -> str:
        """Return the value or values that a rule asks for in words."""
        values = value if isinstance(value, list) else [value]
        if field.type in NAMED:
            ids = [each for each in values if isinstance(each, int) and each]
            # sudo: the names are part of the rule, which everybody may read
            records = self.env[field.comodel_name].sudo().browse(ids).exists()
            texts = [each for each in values if isinstance(each, str)]
            names = [*records.mapped("display_name"), *texts]
        else:
            names = [self._value(field, each) for each in values]
        return ", ".join(names) or self.env._("none")

    def _figure(self, number: float) -> str:
        """Return a number as the user's language writes it, without idle digits."""
        lang = self.env["res.lang"]._lang_get(self.env.lang or "en_US")
        digits = next(
            digits
            for digits in range(3)
            if digits == 2 or round(number, digits) == round(number, 2)
        )
        return lang.format(f"%.{digits}f", number, grouping=True)
