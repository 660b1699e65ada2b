"""The playbooks came with 19.0.1.1.0: an older database gets them once, switched off.

Their records are created at an installation only (``forcecreate="False"``), so that
what an administrator deletes stays deleted. Running it again creates nothing twice.
"""

from odoo import SUPERUSER_ID, api
from odoo.tools import convert_file

FILES = ("data/mail_template_data.xml", "data/base_automation_data.xml")


def migrate(cr, version):
    """Create what an installation would have created."""
    env = api.Environment(cr, SUPERUSER_ID, {})
    for name in FILES:
        convert_file(env, "customer_lifecycle", name, None, "init", noupdate=True)
    # as an installation does: a preview draws the control group that is sent to
    env["customer.lifecycle.gate"]._control_key()
