from lxml import etree

from odoo import models


class CompiledTexts:
    """The compiled texts of one batch of mails, by text and what they depend on."""

    def __init__(self):
        self.by_key: dict[tuple, tuple] = {}


class IrQweb(models.AbstractModel):
    """Compiles the text of a mail once for a batch, not for each customer anew."""

    _inherit = "ir.qweb"

    def _compile(self, template):
        """Reuse what was compiled in this batch.

        Compiling is more than half of what it takes to render a mail, and Odoo keeps
        compiled views, but not texts. A batch that keeps them has an object for it in
        its context.
        """
        kept = self.env.context.get("lifecycle_compiled_texts")
        if kept is None or not isinstance(template, etree._Element):
            return super()._compile(template)
        depends = self._get_template_cache_keys()
        key = (
            etree.tostring(template),
            *(self.env.context.get(name) or False for name in depends),
        )
        if key not in kept.by_key:
            kept.by_key[key] = super()._compile(template)
        return kept.by_key[key]
