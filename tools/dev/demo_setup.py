"""Set the demo company's database up: company, languages, sales teams and users."""

from __future__ import annotations

from demo_data import COMPANY_NAME, MANAGER, MANAGER_NAME, SALESPEOPLE, TEAMS

from odoo.api import Environment
from odoo.fields import Command

TIME_ZONE = "Europe/Madrid"
SPANISH = "es_ES"


def set_company(company) -> None:
    """Name the company, and give it the euro and the time of Madrid."""
    env = company.env
    euro = env.ref("base.EUR")
    euro.active = True
    company.write(
        {"name": COMPANY_NAME, "currency_id": euro.id, "lifecycle_tz": TIME_ZONE}
    )
    # On the contact: a country written on the company installs its accounting.
    company.partner_id.write(
        {
            "tz": TIME_ZONE,
            "street": "Camino del Brezal, 4",
            "zip": "46117",
            "city": "Bétera",
            "country_id": env.ref("base.es").id,
            "email": "hola@brezal.example.com",
            "website": "https://brezal.example.com",
        }
    )
    others = env["res.currency"].search([("id", "!=", euro.id)])
    used = env["res.company"].search([]).currency_id
    (others - used).active = False


def set_languages(env: Environment) -> None:
    """Make Spanish available; everybody begins in English."""
    env["base.language.install"].create(
        {
            "lang_ids": [Command.set(env["res.lang"]._activate_lang(SPANISH).ids)],
            "overwrite": False,
        }
    ).lang_install()


def make_teams(env: Environment) -> dict:
    """Return the sales teams by name; the first one takes Odoo's own."""
    teams = env["crm.team"]
    first = teams.search([], order="id", limit=1) or teams.create({"name": TEAMS[0]})
    first.name = TEAMS[0]
    others = teams.create([{"name": name} for name in TEAMS[1:]])
    (first | others).write({"use_leads": True, "use_opportunities": True})
    employees = env.ref("base.group_user")
    employees.implied_ids = [Command.link(env.ref("crm.group_use_lead").id)]
    return {team.name: team for team in first | others}


def make_users(env: Environment, teams: dict) -> dict:
    """Return the users by login. Everybody's password is the login."""
    people = {MANAGER: (MANAGER_NAME, TEAMS[0], "sales_team.group_sale_manager")}
    for login, (name, team, is_all) in SALESPEOPLE.items():
        group = "group_sale_salesman_all_leads" if is_all else "group_sale_salesman"
        people[login] = (name, team, f"sales_team.{group}")
    common = env.ref("base.group_user") | env.ref("base.group_partner_manager")
    users = {"admin": env.ref("base.user_admin")}
    users["admin"].tz = TIME_ZONE
    for login, (name, team, group) in people.items():
        users[login] = env["res.users"].create(
            {
                "name": name,
                "login": login,
                "password": login,
                "email": f"{login}@brezal.example.com",
                "lang": "en_US",
                "tz": TIME_ZONE,
                "group_ids": [Command.set((common | env.ref(group)).ids)],
            }
        )
        teams[team].member_ids = [Command.link(users[login].id)]
    for team in teams.values():
        team.user_id = users[MANAGER]
    return users


def stay_offline(env: Environment) -> None:
    """Keep the demo company from writing to anybody or asking services."""
    env["digest.digest"].search([]).write({"state": "deactivated"})
    # what the playbooks send stays in Odoo's queue, where it can be read
    env.ref("mail.ir_cron_mail_scheduler_action").active = False
    enrichment = env.ref(
        "crm_iap_enrich.ir_cron_lead_enrichment", raise_if_not_found=False
    )
    if enrichment:
        enrichment.active = False
