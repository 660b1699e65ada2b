"""Load what is missing of an order history into a company, in committed batches."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from zoneinfo import ZoneInfo

import psycopg2
from babel import Locale
from odoo_script import (
    OrderDefaults,
    Progress,
    ScriptError,
    commit,
    refresh_cards,
)
from order_history import BadRow, History, HistoryFile, Row, missing_rows

from odoo.api import Environment
from odoo.exceptions import UserError
from odoo.fields import Command, Domain
from odoo.tools import split_every

ORDERS_PER_COMMIT = 500
CUSTOMERS_PER_COMMIT = 1000
# The source document of a loaded order: this, then the fingerprint of its row.
ORIGIN_PREFIX = "CSV "
# Key of the advisory lock that keeps two loads of one database apart.
LOCK_KEY = 0x1FEC1C1E
PRODUCT_WITHOUT_NAME = "Purchase"
# Languages in which countries may be named.
COUNTRY_LANGUAGES = ("en", "es", "pt", "fr", "de", "it")
# Names of countries that shops write and dictionaries do not.
COUNTRY_CODES = {
    "eire": "ie",
    "england": "gb",
    "great britain": "gb",
    "holland": "nl",
    "korea": "kr",
    "rsa": "za",
    "russia": "ru",
    "scotland": "gb",
    "uk": "gb",
    "usa": "us",
    "wales": "gb",
}
NO_COUNTRY = {"", "-", "n/a", "none", "unknown", "unspecified"}


@dataclass(slots=True)
class Result:
    """What one load did."""

    loaded: int = 0
    present: int = 0
    customers: int = 0
    bad: list[BadRow] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    waiting: int = 0


class Loader:
    """Loads histories into one company of one database.

    :param env: environment of the superuser, quiet
    :param until: the day on which the history shall end, by moving all of it by
        whole weeks; None: the true dates
    """

    def __init__(self, env: Environment, company, until: date | None = None):
        self.env = env(context=dict(env.context, allowed_company_ids=company.ids))
        self.company = company.with_env(self.env)
        self.zone = ZoneInfo(self._zone_name())
        self.locked = self.env["res.groups"]._is_feature_enabled(
            "sale.group_auto_done_setting"
        )
        self.result = Result()
        self.until = until
        self._shift = timedelta()
        self._currencies: dict[str, int] = {}
        self._partners: dict[str, tuple[int, int | bool]] = {}
        self._products: dict[str, int] = {}
        self._defaults = OrderDefaults(self.env, self.company)

    def _zone_name(self) -> str:
        return self.company.lifecycle_tz or "UTC"

    def load(self, source: HistoryFile) -> Result:
        """Load what is missing of a file and bring the cards up to date.

        :raise ScriptError: another load of this database is running
        """
        self._take_lock()
        history = source.read(self._known_currencies())
        self.result.customers = len({row.customer_id for row in history.rows})
        missing = missing_rows(history.rows, self._loaded())
        self.result.present = len(history.rows) - len(missing.rows)
        self.result.present -= len(missing.changed)
        self.result.bad = history.bad + [
            BadRow(
                row.line,
                f"order {row.order} was loaded before with other values: left as it is",
            )
            for row in missing.changed
        ]
        print_bad_rows(self.result.bad)
        self._note_zone(history)
        self._prepare_shift(history)
        self._prepare_currencies(history)
        rows = [row for row, _fingerprint in missing.rows]
        self._prepare_partners(rows)
        self._prepare_products(rows)
        self._create_orders(missing.rows)
        self.result.waiting = refresh_cards(self.env)
        return self.result

    def stage_counts(self) -> dict[str, int]:
        """Return ``{stage: customers}`` of the company, in the order of the stages."""
        groups = self.env["customer.lifecycle"]._read_group(
            [("company_id", "=", self.company.id)], ["stage_id"], ["__count"]
        )
        groups.sort(key=lambda group: (group[0].sequence, group[0].id))
        return {stage.name or "no stage": count for stage, count in groups}

    # What is there already

    def _take_lock(self) -> None:
        """Keep a second load out until this process ends, however it ends."""
        self.env.cr.execute("SELECT pg_try_advisory_lock(%s)", [LOCK_KEY])
        if not self.env.cr.fetchone()[0]:
            raise ScriptError("another load into this database is running: wait for it")

    def _loaded(self) -> Iterator[tuple[str, str]]:
        """Yield (fingerprint, order number) of every order that a load has made."""
        self.env.cr.execute(
            """
            SELECT SUBSTR(origin, %s),
                   COALESCE(client_order_ref, '')
              FROM sale_order
             WHERE company_id = %s
               AND origin LIKE %s
            """,
            [len(ORIGIN_PREFIX) + 1, self.company.id, f"{ORIGIN_PREFIX}%"],
        )
        yield from self.env.cr.fetchall()

    # Currencies

    def _known_currencies(self) -> set[str]:
        currencies = self.env["res.currency"].with_context(active_test=False).search([])
        self._currencies = {currency.name: currency.id for currency in currencies}
        return set(self._currencies)

    def _prepare_currencies(self, history: History) -> None:
        """Make the currencies of the file usable.

        A company that has neither orders nor accounting takes the only currency of
        the file as its own; otherwise what the file names is activated.
        """
        own = self.company.currency_id.name
        counts = Counter(row.currency or own for row in history.rows)
        used = self.env["res.currency"].browse(
            self._currencies[code] for code in counts
        )
        if inactive := used.filtered(lambda currency: not currency.active):
            inactive.active = True
        if len(counts) == 1 and own not in counts and self._is_unused():
            self.company.currency_id = used
            self._note(f"{used.name} is now the currency of {self.company.name}")
        for currency in used - self.company.currency_id:
            if not currency.rate_ids:
                self._note(
                    f"no exchange rate of {currency.name} is known: its amounts count "
                    f"one to one as {self.company.currency_id.name}; enter rates"
                )
        commit(self.env)

    def _is_unused(self) -> bool:
        """Tell whether the company has no order and no journal item yet."""
        of_company = [("company_id", "child_of", self.company.id)]
        return not any(
            self.env[model].with_context(active_test=False).search_count(of_company, 1)
            for model in ("sale.order", "account.move.line")
        )

    # Customers and products

    def _prepare_partners(self, rows: Iterable[Row]) -> None:
        """Find the customers of the rows by their reference, and make the others."""
        first_rows: dict[str, Row] = {}
        for row in rows:
            known = first_rows.setdefault(row.customer_id, row)
            if not known.customer_name and row.customer_name:
                first_rows[row.customer_id] = row
        for references in split_every(10_000, first_rows, list):
            self._find_partners(references)
        new = [row for ref, row in first_rows.items() if ref not in self._partners]
        if not new:
            return
        countries = self._countries(new)
        # Where companies share a database, a reference belongs to one of them.
        alone = self.env["res.company"].search_count([]) == 1
        with Progress("Customers", len(new)) as progress:
            for batch in split_every(CUSTOMERS_PER_COMMIT, new, list):
                partners = self.env["res.partner"].create(
                    [
                        {
                            "name": row.customer_name or f"Customer {row.customer_id}",
                            "ref": row.customer_id,
                            "country_id": countries.get(row.country.lower(), False),
                            "company_id": not alone and self.company.id,
                        }
                        for row in batch
                    ]
                )
                for row, partner in zip(batch, partners, strict=True):
                    self._partners[row.customer_id] = (partner.id, False)
                commit(self.env)
                progress.add(len(batch))

    def _find_partners(self, references: list[str]) -> None:
        """Remember the partners with these references, active and oldest first."""
        domain = Domain("ref", "in", references)
        domain &= Domain("company_id", "in", [False, self.company.id])
        partners = self.env["res.partner"].with_context(active_test=False)
        for partner in partners.search_fetch(
            domain, ["ref", "user_id"], order="active DESC, id"
        ):
            self._partners.setdefault(
                partner.ref.strip(), (partner.id, partner.user_id.id)
            )

    def _countries(self, rows: Iterable[Row]) -> dict[str, int]:
        """Return ``{lower-case name or code: country id}``, in a few languages."""
        countries = self.env["res.country"].search([])
        ids = {country.code.lower(): country.id for country in countries}
        names = {country.name.lower(): country.id for country in countries}
        for language in COUNTRY_LANGUAGES:
            for code, name in Locale(language).territories.items():
                if code.lower() in ids:
                    names.setdefault(name.lower(), ids[code.lower()])
        for name, code in COUNTRY_CODES.items():
            names.setdefault(name, ids[code])
        names = ids | names
        written = {row.country for row in rows}
        if unknown := {
            name for name in written if name.lower() not in {*names, *NO_COUNTRY}
        }:
            self._note(
                f"countries that Odoo does not know: {', '.join(sorted(unknown))}"
            )
        return names

    def _prepare_products(self, rows: Iterable[Row]) -> None:
        """Find or make a product for each name in the rows.

        They are services without stock, project or invoice behind them, so that the
        history starts no delivery and asks for no invoice.
        """
        names = dict.fromkeys(row.product or PRODUCT_WITHOUT_NAME for row in rows)
        kind = {
            "type": "service",
            "service_tracking": "no",
            "invoice_policy": "delivery",
        }
        domain = Domain.AND([Domain(name, "=", value) for name, value in kind.items()])
        domain &= Domain("company_id", "in", [False, self.company.id])
        products = self.env["product.product"].with_context(lang="en_US")
        for batch in split_every(10_000, names, list):
            for product in products.search_fetch(
                domain & Domain("name", "in", batch), ["name"], order="id"
            ):
                self._products.setdefault(product.name, product.id)
        new = [name for name in names if name not in self._products]
        if not new:
            return
        with Progress("Products", len(new)) as progress:
            for batch in split_every(CUSTOMERS_PER_COMMIT, new, list):
                made = products.create(
                    [
                        {**kind, "name": name, "taxes_id": [Command.clear()]}
                        for name in batch
                    ]
                )
                self._products.update(zip(batch, made.ids, strict=True))
                commit(self.env)
                progress.add(len(batch))

    # Orders

    def _create_orders(self, rows: list[tuple[Row, str]]) -> None:
        with Progress("Orders", len(rows)) as progress:
            for batch in split_every(ORDERS_PER_COMMIT, rows, list):
                refused = self._create_batch(batch)
                commit(self.env)
                self.result.loaded += len(batch) - len(refused)
                progress.add(len(batch))
                self.result.bad += refused
                print_bad_rows(refused)

    def _create_batch(self, batch: list[tuple[Row, str]]) -> list[BadRow]:
        """Create a batch; where Odoo refuses it, one by one, to find the culprit."""
        orders = self.env["sale.order"]
        vals_list = [self._order_vals(row, key) for row, key in batch]
        try:
            with self.env.cr.savepoint():
                orders.create(vals_list)
            return []
        except (UserError, ValueError, psycopg2.Error) as error:
            if len(batch) > 1:
                return [bad for pair in batch for bad in self._create_batch([pair])]
            reason = str(error).strip().splitlines()[0]
            return [BadRow(batch[0][0].line, f"Odoo refuses it: {reason}")]

    def _order_vals(self, row: Row, fingerprint: str) -> dict:
        """Return the values of a confirmed order with one untaxed line."""
        partner_id, user_id = self._partners[row.customer_id]
        quantity, price = quantity_and_price(row)
        name = row.product or PRODUCT_WITHOUT_NAME
        currency = row.currency or self.company.currency_id.name
        return {
            **self._defaults.order((row.moment + self._shift).date()),
            "partner_id": partner_id,
            "user_id": user_id,
            "currency_id": self._currencies[currency],
            "client_order_ref": row.order,
            "origin": f"{ORIGIN_PREFIX}{fingerprint}",
            "date_order": self._as_utc(row.moment),
            "state": "sale",
            "locked": self.locked,
            "order_line": [
                Command.create(
                    {
                        "product_id": self._products[name],
                        "name": name,
                        "product_uom_qty": quantity,
                        "price_unit": price,
                        **self._defaults.LINE,
                    }
                )
            ],
        }

    def _as_utc(self, moment: datetime) -> datetime:
        """Return a moment of the file, local unless it says otherwise, naive in UTC."""
        moment += self._shift
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=self.zone)
        return moment.astimezone(timezone.utc).replace(tzinfo=None)

    def _prepare_shift(self, history: History) -> None:
        """Find the whole weeks by which the history moves; weekdays stay weekdays."""
        if self.until and history.rows:
            last = max(row.moment.date() for row in history.rows)
            weeks = (self.until - last).days // 7
            self._shift = timedelta(weeks=weeks)
            self._note(f"all dates are moved by {weeks:,} weeks")

    # Words

    def _note(self, text: str) -> None:
        self.result.notes.append(text)

    def _note_zone(self, history: History) -> None:
        if history.rows and self.zone.key == "UTC":
            self._note("the time zone of the company is UTC: so are the dates")


def quantity_and_price(row: Row) -> tuple[float, float]:
    """Return quantity and unit price whose product is the amount, to the cent.

    The amount decides the sign: a return has a negative quantity. A quantity that is
    missing, or nothing at two decimals, counts as one.

    >>> row = Row(2, "1", datetime(2010, 1, 1), Decimal("-50"), quantity=Decimal(4))
    >>> quantity_and_price(row)
    (-4.0, 12.5)
    """
    quantity = round(abs(row.quantity or Decimal(0)), 2) or Decimal(1)
    price = float(abs(row.amount) / quantity)
    return float(-quantity if row.amount < 0 else quantity), price


def print_bad_rows(bad: Iterable[BadRow]) -> None:
    """Report each refused row with its line."""
    for row in bad:
        print(f"line {row.line}: {row.why}")
    sys.stdout.flush()
