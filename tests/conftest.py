"""Fixtures for tests that drive the product from outside.

``./dev test`` runs them; it names a template database with the addon installed, from
which each test gets a copy of its own. Nothing here imports Odoo.
"""

from __future__ import annotations

import itertools
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from http.cookiejar import CookieJar
from pathlib import Path

import psycopg2
import pytest

ROOT = Path(__file__).parent.parent
LOGS = ROOT / ".dev" / "log"
START_SECONDS = 120
# What a test waits for comes in seconds; this is when it gives up.
PATIENCE_SECONDS = 180
# Chromium as root, without a screen, and without calling home.
CHROMIUM_SWITCHES = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

_numbers = itertools.count(1)


class RemoteError(Exception):
    """The server refused a call. ``name`` is the class of the exception there."""

    def __init__(self, error: dict):
        data = error.get("data", {})
        self.name = data.get("name", "")
        self.debug = data.get("debug", "")
        super().__init__(f"{self.name}: {data.get('message') or error.get('message')}")


# --- databases ------------------------------------------------------------------------


class Databases:
    """Copies of the template, each with its filestore; all dropped in the end."""

    def __init__(self, template: str, filestore: Path):
        self.template = template
        self.filestore = filestore
        self._made: list[str] = []

    def clone(self, source: str | None = None) -> str:
        """:return: the name of a fresh copy of ``source`` (the template if None)"""
        name = f"lifecycle_test_{os.getpid()}_{next(_numbers)}"
        source = source or self.template
        self._made.append(name)
        self.execute(f'CREATE DATABASE "{name}" TEMPLATE "{source}"')
        if (self.filestore / source).is_dir():
            # Files are named by their content and never changed: links are copies.
            shutil.copytree(
                self.filestore / source, self.filestore / name, copy_function=os.link
            )
        return name

    def empty(self) -> str:
        """:return: a free name; the database of that name is dropped in the end"""
        name = f"lifecycle_test_{os.getpid()}_{next(_numbers)}"
        self._made.append(name)
        return name

    def drop(self, name: str) -> None:
        self.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        shutil.rmtree(self.filestore / name, ignore_errors=True)

    def drop_all(self) -> None:
        while self._made:
            self.drop(self._made.pop())

    def execute(self, statement: str, database: str = "postgres") -> list[tuple]:
        """Run one statement; the connection is that of the PG* variables.

        :return: the rows, or nothing for a statement without rows
        """
        connection = psycopg2.connect(dbname=database)
        connection.autocommit = True
        try:
            with connection.cursor() as cursor:
                cursor.execute(statement)
                return cursor.fetchall() if cursor.description else []
        finally:
            connection.close()


@pytest.fixture(scope="session")
def databases() -> Iterator[Databases]:
    template = os.environ.get("LIFECYCLE_TEMPLATE")
    if not template:
        pytest.fail("no template database: run these tests with ./dev test")
    databases = Databases(template, Path(os.environ["LIFECYCLE_FILESTORE"]))
    yield databases
    databases.drop_all()


@pytest.fixture
def database(databases: Databases) -> Iterator[str]:
    """The name of a fresh database with the addon installed."""
    name = databases.clone()
    yield name
    databases.drop(name)


@pytest.fixture
def sql(databases: Databases, database: str) -> Callable[[str], list[tuple]]:
    """Run one statement in ``database``: ``sql("SELECT 1") == [(1,)]``."""
    return lambda statement: databases.execute(statement, database)


# --- servers --------------------------------------------------------------------------


class OdooServer:
    """A real server in a process of its own, on a free port.

    ``url``, ``db``, ``process`` and ``log`` (a file) say what it is; :meth:`call` talks
    to it as the web client does.
    """

    def __init__(self, database: str, *options: str):
        self.db = database
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        LOGS.mkdir(parents=True, exist_ok=True)
        self.log = LOGS / f"server-{database}-{self.port}.log"
        self._sessions: dict[str, urllib.request.OpenerDirector] = {}
        command = [sys.executable, "-m", "odoo", "server", "-d", database]
        command += ["-p", str(self.port), "--db-filter", f"^{database}$"]
        command += ["--max-cron-threads=0", "--no-database-list", *options]
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                command,
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self._wait_until_it_answers()

    def call(
        self,
        model: str,
        method: str,
        args: list | tuple = (),
        kwargs: dict | None = None,
        user: str = "admin",
        password: str | None = None,
    ):
        """Call a public method, as the web client does.

        :param args: the arguments; the first is the list of ids for a method of records
        :param user: a login; its password is the same word unless ``password`` is given
        :raises RemoteError: when the server refuses
        """
        return self._rpc(
            self._session(user, password or user),
            "/web/dataset/call_kw",
            {
                "model": model,
                "method": method,
                "args": list(args),
                "kwargs": kwargs or {},
            },
        )

    def stop(self) -> None:
        """End it as an administrator does, and wait."""
        self._end(signal.SIGINT)

    def kill(self) -> None:
        """End it at once, as a power cut does."""
        self._end(signal.SIGKILL)

    def log_lines(self, *levels: str) -> list[str]:
        """:return: lines of the log of these levels (WARNING and above if none)"""
        wanted = tuple(
            f" {level} " for level in levels or ("WARNING", "ERROR", "CRITICAL")
        )
        lines = self.log.read_text(errors="replace").splitlines()
        return [line for line in lines if any(level in line for level in wanted)]

    def _session(self, user: str, password: str) -> urllib.request.OpenerDirector:
        if user not in self._sessions:
            opener = urllib.request.build_opener(
                urllib.request.ProxyHandler({}),
                urllib.request.HTTPCookieProcessor(CookieJar()),
            )
            credentials = {"db": self.db, "login": user, "password": password}
            self._rpc(opener, "/web/session/authenticate", credentials)
            self._sessions[user] = opener
        return self._sessions[user]

    def _rpc(self, opener: urllib.request.OpenerDirector, path: str, params: dict):
        body = json.dumps({"jsonrpc": "2.0", "method": "call", "params": params})
        request = urllib.request.Request(
            self.url + path, body.encode(), {"Content-Type": "application/json"}
        )
        with opener.open(request, timeout=300) as response:
            answer = json.load(response)
        if "error" in answer:
            raise RemoteError(answer["error"])
        return answer.get("result")  # nothing is left out

    def _wait_until_it_answers(self) -> None:
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                opener.open(self.url + "/web/login", timeout=START_SECONDS).close()
                return
            except (urllib.error.URLError, OSError):
                time.sleep(0.2)
        self.kill()
        tail = self.log.read_text(errors="replace")[-3000:]
        raise RuntimeError(f"the server did not start:\n{tail}")

    def _end(self, how: signal.Signals) -> None:
        if self.process.poll() is None:
            os.killpg(self.process.pid, how)
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
def start_server() -> Iterator[Callable[..., OdooServer]]:
    """Start a server: ``start_server(database, "--max-cron-threads=1")``."""
    servers: list[OdooServer] = []

    def start(database: str, *options: str) -> OdooServer:
        servers.append(OdooServer(database, *options))
        return servers[-1]

    yield start
    for server in servers:
        server.kill()


@pytest.fixture
def odoo_server(start_server, database: str) -> OdooServer:
    """A server on a fresh database."""
    return start_server(database)


@pytest.fixture(scope="module")
def shared_server(databases: Databases) -> Iterator[OdooServer]:
    """One server for the tests of a file, which then must not disturb each other."""
    name = databases.clone()
    server = OdooServer(name)
    yield server
    server.kill()
    databases.drop(name)


def wait_until(condition: Callable[[], bool], otherwise: str) -> None:
    """Return as soon as a condition holds that another process brings about.

    :raise AssertionError: saying ``otherwise``, when it does not for too long
    """
    end = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < end, otherwise
        time.sleep(0.1)


# --- the browser ----------------------------------------------------------------------


@pytest.fixture(scope="session")
def browser():
    """Chromium, driven by Playwright."""
    from playwright.sync_api import sync_playwright

    executable = shutil.which("chromium") or shutil.which("google-chrome")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=executable, args=CHROMIUM_SWITCHES
        )
        yield chromium
        chromium.close()


@pytest.fixture
def open_page(browser):
    """Open a page as a user: ``page = open_page(server, "/odoo", user="sales")``.

    ``page.errors`` collects what the page logs as an error or throws.
    """
    contexts = []

    def open_(server: OdooServer, path="/odoo", user="admin", password=None, **options):
        options.setdefault("viewport", {"width": 1440, "height": 900})
        context = browser.new_context(base_url=server.url, **options)
        contexts.append(context)
        page = context.new_page()
        page.errors = []
        page.on("pageerror", lambda error: page.errors.append(str(error)))
        page.on(
            "console",
            lambda message: (
                message.type == "error" and page.errors.append(message.text)
            ),
        )
        page.goto("/web/login")
        page.fill("input[name=login]", user)
        page.fill("input[name=password]", password or user)
        page.click(".oe_login_form button[type=submit]")
        page.wait_for_selector(".o_web_client", state="attached")
        page.goto(path)
        return page

    yield open_
    for context in contexts:
        context.close()


# --- the commands ---------------------------------------------------------------------


@pytest.fixture(scope="session")
def dev() -> Callable[..., subprocess.CompletedProcess]:
    """Run ``./dev``: ``dev("load", "x.csv", env={"PORT": "1"}).returncode == 0``."""

    def run(
        *arguments, root: Path = ROOT, env: dict | None = None, timeout=600, **more
    ):
        return subprocess.run(
            [str(root / "dev"), *map(str, arguments)],
            env={**outside_environment(), **(env or {})},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
            **more,
        )

    return run


def outside_environment() -> dict[str, str]:
    """:return: the environment as a user has it: without what ./dev adds to it"""
    added = ("PG", "ODOO_RC", "PYTHONPATH", "LIFECYCLE_", "PYTEST_")
    return {k: v for k, v in os.environ.items() if not k.startswith(added)}
