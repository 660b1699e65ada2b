"""What the scripts of this folder share: a database to work in, and progress to show.

They run in a Python that can import Odoo, with Odoo's configuration file named by the
environment (``ODOO_RC``), as ``./dev python`` gives it.
"""

from __future__ import annotations

import contextlib
import io
import sys
from collections.abc import Iterator
from datetime import date

import psycopg2
from progress import Progress

import odoo
from odoo import SUPERUSER_ID, api
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.modules.registry import Registry
from odoo.service import db as db_service
from odoo.tools import config

ADDON = "customer_lifecycle"
# Nobody is told of what a script writes, and nothing is logged on the records.
QUIET = {
    "lifecycle_silent": True,
    "mail_activity_quick_update": True,
    "mail_auto_subscribe_no_notify": True,
    "mail_create_nolog": True,
    "mail_create_nosubscribe": True,
    "mail_notrack": True,
    "no_reset_password": True,
    "sale_no_log_for_new_lines": True,
    "tracking_disable": True,
}


class ScriptError(Exception):
    """Nothing can be done; the message is one line: what is missing, what to do."""


def configure(database: str) -> None:
    """Set Odoo up for one database: warnings only, no server, no crons of its own."""
    config.parse_config(
        ["--database", database, "--log-level=warn", "--no-http"], setup_logging=True
    )


def database_exists(name: str) -> bool:
    """Tell whether the server has this database.

    :raise ScriptError: the server does not answer
    """
    try:
        with contextlib.closing(odoo.sql_db.db_connect("postgres").cursor()) as cr:
            cr.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name])
            return bool(cr.fetchone())
    except psycopg2.OperationalError as error:
        reason = str(error).strip().splitlines()[0]
        raise ScriptError(f"PostgreSQL does not answer: {reason}") from error


def open_database(name: str, *, install: bool = False) -> Registry:
    """Return the registry of a database in which the addon is installed.

    :param install: create the database, or install the addon in it, where that is
        missing. An installation that was interrupted before is finished.
    :raise ScriptError: no such database, or no addon in it
    """
    configure(name)
    if not database_exists(name):
        if not install:
            raise ScriptError(f"there is no database {name!r}")
        print(f"Creating the database {name} with {ADDON} (about a minute) ...")
        sys.stdout.flush()
        db_service._create_empty_database(name)
    elif _addon_state(name) == "installed":
        return Registry(name)
    elif not install:
        raise ScriptError(f"{ADDON} is not installed in the database {name!r}")
    else:
        print(f"Installing {ADDON} in the database {name} (about a minute) ...")
        sys.stdout.flush()
    # Not Odoo's log, which keeps its own stream: what reading the descriptions of
    # Odoo's modules says about their markup.
    with contextlib.redirect_stderr(io.StringIO()):
        registry = Registry.new(name, update_module=True, install_modules=[ADDON])
    if _addon_state(name) != "installed":
        raise ScriptError(
            f"{ADDON} cannot be installed in {name!r}: see the messages above"
        )
    return registry


def _addon_state(name: str) -> str:
    """Return the state of the addon, empty where the database has no Odoo yet."""
    with contextlib.closing(odoo.sql_db.db_connect(name).cursor()) as cr:
        cr.execute("SELECT to_regclass('ir_module_module')")
        if not cr.fetchone()[0]:
            return ""
        cr.execute("SELECT state FROM ir_module_module WHERE name = %s", [ADDON])
        return (cr.fetchone() or [""])[0]


@contextlib.contextmanager
def quiet_environment(registry: Registry) -> Iterator[api.Environment]:
    """Give an environment of the superuser in which nobody is notified.

    What was not committed when the block is left is rolled back.
    """
    with contextlib.closing(registry.cursor()) as cr:
        yield api.Environment(cr, SUPERUSER_ID, QUIET)


def commit(env: api.Environment) -> None:
    """Make what was written permanent, tell other processes, and free the memory."""
    env.cr.commit()
    env.registry.signal_changes()
    env.invalidate_all()


class OrderDefaults:
    """Values that spare a search per order when thousands are created in a company."""

    # Untaxed, and without looking for an analytic distribution.
    LINE = {"tax_ids": [Command.clear()], "analytic_distribution": False}

    def __init__(self, env: api.Environment, company):
        self._sequence = env["ir.sequence"].search(
            [("code", "=", "sale.order"), ("company_id", "in", [company.id, False])],
            order="company_id",
            limit=1,
        )
        has_documents = "quotation_document_ids" in env["sale.order"]._fields
        self._values = {"company_id": company.id}
        if has_documents:
            self._values["quotation_document_ids"] = [Command.clear()]

    def order(self, day: date) -> dict:
        """Return the first values of an order of that day, its name among them."""
        return {
            **self._values,
            "name": self._sequence.next_by_id(sequence_date=day),
        }


def refresh_cards(env: api.Environment) -> int:
    """Run the addon's own refresh until every changed customer is done.

    The company's usual rhythm is measured first: a history that arrives in bulk
    changes it, and the addon would do so only on the next day. The refresh goes
    through the scheduled action, which commits its batches: an interrupted one goes on
    with the next call, or by itself in a running server.

    :return: number of changes that are still waiting; 0 unless something is wrong
    """
    env["customer.lifecycle.fit"]._fit(env["res.company"].search([]))
    commit(env)
    cron = env.ref(f"{ADDON}.ir_cron_refresh")
    waiting = _waiting(env)
    with Progress("Placing customers", waiting) as progress:
        while waiting:
            try:
                if cron.method_direct_trigger() is not True:
                    break
            except UserError:
                break  # a running server does it at this moment
            commit(env)
            left = _waiting(env)
            progress.add(waiting - left)
            if left >= waiting:
                break
            waiting = left
    return _waiting(env)


def _waiting(env: api.Environment) -> int:
    return env["customer.lifecycle.change"].search_count([])
