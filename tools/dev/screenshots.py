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


def log_in(page: Page, url: str) -> None:
    """Log in as the administrator of a new database."""
    page.goto(f"{url}/web/login")
    page.fill("#login", "admin")
    page.fill("#password", "admin")
    page.click("button[type=submit]")
    page.wait_for_selector(".o_main_navbar")


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


#: name of the picture, size, address, what must be there, what to do first
SHOTS: list[tuple[str, tuple[int, int], str, str, Callable[[Page], None] | None]] = [
    ("stages", DESKTOP, "/odoo/customer-lifecycle", CARD, None),
    ("levels", DESKTOP, "/odoo/customer-levels", CARD, None),
    ("customer", DESKTOP, "/odoo/customer-lifecycle", CARD, open_customer),
    ("analysis", DESKTOP, "/odoo/customer-lifecycle-analysis", ".o_pivot", None),
    ("preview", DESKTOP, "/odoo/automations", CARD, preview_rule),
    ("outreach", DESKTOP, "/odoo/customer-lifecycle-outreach", ".o_data_row", None),
    ("contacts", DESKTOP, "/odoo/contacts", ".o_switch_view", group_contacts),
    ("phone", PHONE, "/odoo/customer-lifecycle", CARD, None),
]


def main(database: str) -> None:
    """Take every picture."""
    IMAGES.mkdir(parents=True, exist_ok=True)
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    with served(database) as url, sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium,
            args=["--no-sandbox"] if os.geteuid() == 0 else [],
        )
        for name, (width, height), path, sign, prepare in SHOTS:
            page = browser.new_page(viewport={"width": width, "height": height})
            log_in(page, url)
            page.goto(f"{url}{path}")
            page.wait_for_selector(sign)
            if prepare:
                prepare(page)
            page.wait_for_timeout(1500)  # pictures come, menus fold, bars grow
            page.screenshot(path=IMAGES / f"{name}.png")
            page.close()
            print(f"docs/images/{name}.png")
        browser.close()


if __name__ == "__main__":
    main(sys.argv[1])
