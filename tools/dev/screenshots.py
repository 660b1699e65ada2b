"""Take the pictures of the README from a database: ``./dev screenshots``.

The database is served on a free port for as long as it takes; log in is admin/admin,
as in a new database. The pictures are of whatever customers are there.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from playwright.sync_api import Page, sync_playwright

ROOT = Path(__file__).parents[2]
IMAGES = ROOT / "docs" / "images"
LOG = ROOT / ".dev" / "log" / "screenshots.log"
START_SECONDS = 120
DESKTOP, PHONE = (1440, 860), (390, 844)
CARD = ".o_kanban_record:not(.o_kanban_ghost)"


@contextmanager
def served(database: str) -> Iterator[str]:
    """Serve a database; give its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "odoo", "server", "-d", database, "-p", str(port)]
    with LOG.open("w") as log:
        server = subprocess.Popen(
            [*command, "--max-cron-threads=0"], stdout=log, stderr=log
        )
        try:
            wait_for(url, server)
            yield url
        finally:
            server.terminate()
            server.wait()


def wait_for(url: str, server: subprocess.Popen) -> None:
    """Return when the server answers.

    :raise SystemExit: it stopped, or took too long
    """
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end:
        if server.poll() is not None:
            raise SystemExit(f"Odoo stopped: see {LOG}")
        try:
            urllib.request.urlopen(f"{url}/web/login", timeout=5)
            return
        except (urllib.error.URLError, TimeoutError):
            time.sleep(0.3)
    raise SystemExit(f"Odoo does not answer: see {LOG}")


def log_in(page: Page, url: str, login: str) -> None:
    """Log in as somebody whose password is the login, as in a new database."""
    page.goto(f"{url}/web/login")
    page.fill("#login", login)
    page.fill("#password", login)
    page.click("button[type=submit]")
    page.wait_for_selector(".o_main_navbar")


def close_chats(page: Page) -> None:
    """Close what Odoo opens to welcome somebody: on a phone it covers everything."""
    chats = page.locator(".o-mail-ChatWindow button[title^='Close']")
    while chats.count():
        chats.first.click()
        page.wait_for_timeout(500)  # it folds


def open_customer(page: Page) -> None:
    """Open the customer of the retention column that bought most."""
    page.click(f".o_kanban_group:nth-child(4) {CARD} >> nth=0")
    page.wait_for_selector(".o_form_view .o_lifecycle_ladder")


def group_contacts(page: Page) -> None:
    """Group the contacts by stage."""
    page.click("button.o_switch_view.o_kanban")
    page.click(".o_searchview_dropdown_toggler")
    page.click(".o_group_by_menu >> text=Lifecycle Stage")
    page.wait_for_selector(".o_kanban_group")
    page.keyboard.press("Escape")


def preview_rule(page: Page) -> None:
    """Open the preview of the reactivation ladder."""
    page.click(f"{CARD} >> text=Reactivation in four steps")
    page.click(".o_form_statusbar button >> text=Preview")
    page.wait_for_selector(".modal .o_form_view")


def prepare_call(page: Page) -> None:
    """Open the card for the call of the customer who relies on us."""
    page.fill(".o_searchview_input", "Mano a Mano")
    page.keyboard.press("Enter")
    page.click(f"{CARD} >> text=Mano a Mano")
    page.click("button[name=action_prepare_call]")
    page.wait_for_selector(".modal .o_lifecycle_briefing, .modal h4")


class Shot(NamedTuple):
    """A picture: where it is taken, what must be there, and what to do first."""

    name: str
    size: tuple[int, int]
    path: str
    sign: str
    prepare: Callable[[Page], None] | None = None


#: Pictures of a real order history, taken as the administrator.
SHOTS = (
    Shot("stages", DESKTOP, "/odoo/customer-lifecycle", CARD),
    Shot("customer", DESKTOP, "/odoo/customer-lifecycle", CARD, open_customer),
    Shot("analysis", DESKTOP, "/odoo/customer-lifecycle-analysis", ".o_pivot"),
    Shot("preview", DESKTOP, "/odoo/automations", CARD, preview_rule),
    Shot("outreach", DESKTOP, "/odoo/customer-lifecycle-outreach", ".o_data_row"),
    Shot("contacts", DESKTOP, "/odoo/contacts", ".o_switch_view", group_contacts),
    Shot("phone", PHONE, "/odoo/customer-lifecycle", CARD),
)
#: Pictures of the demo company, which has talks and promises, taken as a salesperson.
DEMO_SHOTS = (
    Shot("today", DESKTOP, "/odoo/customer-today", ".o_data_row"),
    Shot("call", DESKTOP, "/odoo/customer-lifecycle", CARD, prepare_call),
    Shot("levels", DESKTOP, "/odoo/customer-levels", CARD),
)
SALESPERSON = "lucia"


def main(database: str, is_demo: bool) -> None:
    """Take every picture of an order history, or of the demo company."""
    IMAGES.mkdir(parents=True, exist_ok=True)
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    with served(database) as url, sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium,
            args=["--no-sandbox"] if os.geteuid() == 0 else [],
        )
        for shot in DEMO_SHOTS if is_demo else SHOTS:
            width, height = shot.size
            page = browser.new_page(viewport={"width": width, "height": height})
            log_in(page, url, SALESPERSON if is_demo else "admin")
            page.goto(f"{url}{shot.path}")
            page.wait_for_selector(shot.sign)
            if shot.prepare:
                shot.prepare(page)
            page.wait_for_timeout(1500)  # pictures come, menus fold, bars grow
            close_chats(page)
            page.screenshot(path=IMAGES / f"{shot.name}.png")
            page.close()
            print(f"docs/images/{shot.name}.png")
        browser.close()


if __name__ == "__main__":
    main(sys.argv[1], is_demo="--demo" in sys.argv[2:])
