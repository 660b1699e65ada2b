from datetime import date

from lxml import html

from odoo import models
from odoo.tools import SQL, format_date, format_datetime, html2plaintext

from .customer_lifecycle_purchase import Scope

#: How many contacts with the customer are told, and how much of each.
CONTACTS, CONTACT_CHARACTERS = 3, 160
#: How many people of a company are told.
PEOPLE = 5


class CustomerLifecycleBriefing(models.AbstractModel):
    """What is worth knowing before a call: everything in one panel, ready to read.

    Plain data in the language of the reader; the panel only shows it. Whoever may
    read the card gets it: of orders of colleagues only what was bought, and of
    messages the text only where the reader may open them.
    """

    _name = "customer.lifecycle.briefing"
    _description = "Card for the Call"
    _inherit = ["customer.lifecycle.briefing.products"]

    def _brief(self, card, as_of: date | None = None) -> dict:
        """Return the card for a call with one customer.

        :param as_of: the day of the call (default: today in the company's time zone)
        :raises AccessError: where the user may not read the card
        """
        card.ensure_one()
        card.check_access("read")
        self.env.flush_all()
        as_of = as_of or card.company_id._lifecycle_today()
        return {
            "id": card.id,
            "name": card.partner_id.display_name,
            "standing": self._standing(card),
            "people": self._people(card),
            "facts": self._facts(card),
            "contacts": self._contacts(card, as_of),
            "promises": self._promises(card),
            "needs": self._needs(card),
            "idea": self._idea(card),
            "rating": self._rating(card),
            **self._products(card, as_of),
        }

    # ------------------------------------------------------------------- how it stands

    def _standing(self, card) -> dict:
        """Return where the relationship stands, and the next step to climb."""
        health = dict(card._fields["health"]._description_selection(self.env))
        return {
            "stage": card.stage_id.display_name,
            "level": card.level_id.display_name,
            "health": card.health,
            "health_name": health[card.health] if card.health != "unknown" else "",
            "reason": card.reason or "",
            "next_step": card.level_next_step or card.level_reason or "",
        }

    def _people(self, card) -> list[dict]:
        """Return whom to call: the customer itself, then its people."""
        # sudo: res.partner - phone and address are those that the card shows
        people = card.partner_id | card.contact_person_ids[:PEOPLE]
        return [
            {
                "id": person.id,
                "name": person.name or person.display_name,
                "function": person.function or "",
                "phone": person.phone or "",
                "email": person.email or "",
            }
            for person in people
            if person.phone or person.email or person == card.partner_id
        ]

    # --------------------------------------------------------------------- what we know

    def _facts(self, card) -> list[dict]:
        """Return what is written down about the customer: label and words."""
        [values] = card.read(["properties"])
        facts = [
            {
                "name": fact["name"],
                "label": fact.get("string") or fact["name"],
                "text": self._fact_words(fact),
            }
            for fact in values["properties"]
            if fact.get("type") != "separator"
        ]
        return [fact for fact in facts if fact["text"]]

    def _fact_words(self, fact: dict) -> str:
        """Say the value of one property; empty where nothing is written down."""
        value, kind = fact.get("value"), fact.get("type")
        if value in (None, False, "", []):
            return ""
        words = {
            "boolean": lambda: self.env._("Yes"),
            "date": lambda: format_date(self.env, value),
            "datetime": lambda: format_datetime(self.env, value),
            "html": lambda: html2plaintext(value),
            "selection": lambda: dict(fact.get("selection") or []).get(value, ""),
            "tags": lambda: ", ".join(
                tag[1] for tag in fact.get("tags") or [] if tag[0] in value
            ),
            "many2one": lambda: value[1] or "",
            "many2many": lambda: ", ".join(name or "" for _id, name in value),
        }
        return str(words.get(kind, lambda: value)()).strip()

    def _needs(self, card) -> list[dict]:
        """Return the needs of confirmed orders that are not solved."""
        states = dict(
            self.env["sale.order"]
            ._fields["lifecycle_need_state"]
            ._description_selection(self.env)
        )
        needs = card.need_order_ids.filtered(
            lambda order: (
                order.state == "sale" and order.lifecycle_need_state != "solved"
            )
        )
        return [
            {
                "text": order.lifecycle_need,
                "state": order.lifecycle_need_state,
                "state_name": states[order.lifecycle_need_state],
                "order": order.name,
            }
            for order in needs[:CONTACTS]
        ]

    def _idea(self, card) -> dict | None:
        """Return the last idea that was given."""
        idea = card.idea_ids.sorted(lambda idea: (idea.date, idea.id))[-1:]
        if not idea:
            return None
        outcomes = dict(idea._fields["outcome"]._description_selection(self.env))
        return {
            "text": idea.name,
            "date": format_date(self.env, idea.date),
            "outcome": outcomes[idea.outcome],
        }

    def _rating(self, card) -> dict | None:
        """Return the last rating that the customer gave."""
        if not card.satisfaction:
            return None
        return {
            "text": self.env._(
                "%(rating)s of 5", rating=f"{round(card.satisfaction, 1):g}"
            ),
            "date": format_date(self.env, card.satisfaction_date),
            "is_bad": card.satisfaction <= 2,
        }

    def _promises(self, card) -> list[dict]:
        """Return the open promises of both sides, what is due first."""
        return [
            {
                "text": promise.name,
                "side": promise.side,
                "when": self._promise_words(promise),
                "is_overdue": promise.is_overdue,
            }
            for promise in card.promise_ids.filtered(
                lambda promise: promise.state == "open"
            ).sorted("due_date")
        ]

    def _promise_words(self, promise) -> str:
        """Say by when a promise is due."""
        due = format_date(self.env, promise.due_date)
        if promise.is_overdue:
            return self.env._("was due on %(date)s", date=due)
        return self.env._("due on %(date)s", date=due)

    # ----------------------------------------------------------------------- contacts

    def _contacts(self, card, as_of: date) -> list[dict]:
        """Return the last contacts with anybody of the customer, the latest first."""
        scope = Scope(card.company_id, (card.partner_id.id,), as_of)
        self.env.cr.execute(self._last_contacts_sql(scope))
        rows = self.env.cr.dictfetchall()
        # sudo: mail.message, calendar.event - that there was a contact, when and with
        # whom, is a fact of the card; its text only for whoever may open it
        messages = self.env["mail.message"].browse(
            row["message_id"] for row in rows if row["message_id"]
        )
        events = self.env["calendar.event"].browse(
            row["event_id"] for row in rows if row["event_id"]
        )
        readable = messages._filtered_access("read")
        contacts = []
        for row in rows:
            message = messages.browse(row["message_id"] or [])
            event = events.browse(row["event_id"] or [])
            contacts.append(
                {
                    "date": format_date(self.env, row["day"]),
                    "side": row["side"],
                    "kind": self._contact_kind(message.sudo()),
                    "who": self._contact_person(card, message.sudo(), event.sudo()),
                    "text": self._message_words(message)
                    if message in readable
                    else self._event_words(event),
                }
            )
        return contacts

    def _last_contacts_sql(self, scope: Scope) -> SQL:
        """Return the last contacts: ``message_id`` or ``event_id, day, side``."""
        contacts = self.env["customer.lifecycle.contact"]
        return SQL(
            """
            SELECT message_id, event_id, side,
                   (at AT TIME ZONE 'UTC' AT TIME ZONE %(tz)s)::date AS day
              FROM (SELECT messages.message_id, NULL::integer AS event_id,
                           messages.at,
                           CASE WHEN is_heard AND is_reached THEN 'both'
                                WHEN is_heard THEN 'theirs' ELSE 'ours' END AS side
                      FROM (%(threads)s) AS threads
        CROSS JOIN LATERAL (%(messages)s) AS messages
                     UNION
                    SELECT NULL, event_id, at, 'both'
                      FROM (%(meetings)s) AS meetings
                     WHERE day <= %(as_of)s) AS contacts
          ORDER BY at DESC, message_id DESC
             LIMIT %(limit)s
            """,
            tz=scope.company.lifecycle_tz,
            threads=contacts._scope_threads_sql(scope),
            messages=contacts._messages_sql(scope),
            meetings=contacts._meetings_sql(scope),
            as_of=scope.as_of,
            limit=CONTACTS,
        )

    def _contact_kind(self, message) -> str:
        """Say what kind of contact it was."""
        if not message:
            return self.env._("Meeting")
        if message.mail_activity_type_id:
            return message.mail_activity_type_id.name
        if message.message_type == "email":
            return self.env._("E-mail")
        return self.env._("Message")

    def _contact_person(self, card, message, event) -> str:
        """Say who wrote, or with which of the customer's people it was."""
        if message:
            return message.author_id.name or message.email_from or ""
        people = event.partner_ids.filtered(
            lambda person: person.commercial_partner_id == card.partner_id
        )
        return ", ".join(people.mapped("name"))

    def _message_words(self, message) -> str:
        """Return the beginning of a message as text."""
        # sudo: rating.rating - what the customer said is no secret to the reader of it
        rating = message.sudo().rating_ids[:1]
        if rating:
            return self._rating_words(rating, message)
        body = message.body or ""
        if body and message.mail_activity_type_id:
            body = self._activity_body(body)
        return self._shortened(html2plaintext(body, include_references=False))

    def _rating_words(self, rating, message) -> str:
        """Return what the customer answered; a later comment has its own message."""
        said = self.env._("Rating: %(rating)s of 5.", rating=round(rating.rating))
        words = " ".join((rating.feedback or "").split())
        told = " ".join(html2plaintext(message.body or "").split())
        return self._shortened(f"{said} {words if words in told else ''}")

    def _shortened(self, text: str) -> str:
        """Return the beginning of a text, on one line."""
        words = " ".join(text.split())
        if len(words) > CONTACT_CHARACTERS:
            return f"{words[:CONTACT_CHARACTERS].rstrip()}…"
        return words

    def _activity_body(self, body: str) -> str:
        """Return a done activity without its headings, of which the kind is shown.

        As ``mail.message_activity_done`` writes it; anything else stays as it is.
        """
        tree = html.fromstring(body)
        headings = "//div[hasclass('fw-bold')] | //p[span[hasclass('fa')]]"
        for heading in tree.xpath(headings):
            summary = heading.xpath("./span[text() = ': ']/following-sibling::span")
            words = [f"{each.text_content()}. " for each in summary]
            heading.tail = "".join([*words, heading.tail or ""])
            heading.drop_tree()
        return html.tostring(tree, encoding="unicode")

    def _event_words(self, event) -> str:
        """Return what a meeting was about, where the reader may open it."""
        if event and event.has_access("read"):
            return event.name or ""
        return ""

    # ----------------------------------------------------------------------- products

    def _products(self, card, as_of: date) -> dict:
        """Return the sentences on products: ``bought, stopped, suggested``."""
        kinds = self._product_rows(card, as_of)
        # sudo: product.product - the names of what was sold to this customer
        products = self.env["product.product"].sudo()
        names = {
            product.id: product.display_name
            for product in products.browse(
                {row["product_id"] for rows in kinds.values() for row in rows}
            )
        }
        return {
            kind: [
                {
                    "id": row["product_id"],
                    "name": names[row["product_id"]],
                    "text": getattr(self, f"_say_{kind}")(row, as_of),
                }
                for row in rows
            ]
            for kind, rows in kinds.items()
        }

    def _say_bought(self, row: dict, as_of: date) -> str:
        day = format_date(self.env, row["last_day"])
        if row["times"] == 1:
            return self.env._("Once, on %(date)s.", date=day)
        return self.env._(
            "About every %(days)s days; last on %(date)s.",
            days=max(1, round(row["usual_days"])),
            date=day,
        )

    def _say_stopped(self, row: dict, as_of: date) -> str:
        return self.env._(
            "Used to be every %(days)s days; none for %(pause)s, since %(date)s.",
            days=max(1, round(row["usual_days"])),
            pause=(as_of - row["last_day"]).days,
            date=format_date(self.env, row["last_day"]),
        )

    def _say_suggested(self, row: dict, as_of: date) -> str:
        return self.env._(
            "%(buyers)s of %(peers)s customers who buy the same things buy it too.",
            buyers=row["buyers"],
            peers=row["peers"],
        )
