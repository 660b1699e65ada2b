"""The addon as an administrator meets it: installed, removed, updated, as a wheel.

No step may log a warning: whoever installs an addon reads that log.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from conftest import ROOT, free_port, outside_environment

ADDON = "customer_lifecycle"
# They install themselves where Odoo can send texts and forget people: wherever CRM is.
COMPANIONS = ("customer_lifecycle_privacy", "customer_lifecycle_sms")
# What ./dev lint checks instead, and conflict markers, for which Odoo would read the
# whole checkout with its virtual environment.
NOT_HERE = ("TestPyLint", "TestESLint", "TestConflictMarkers")


@pytest.fixture
def odoo():
    """Run an Odoo command to its end.

    It must succeed and log no warning.
    """

    def run(*arguments: str, **variables: str) -> str:
        result = subprocess.run(
            [sys.executable, "-m", "odoo", *arguments],
            cwd=variables.pop("cwd", ROOT),
            env={**os.environ, **variables},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=600,
            check=False,
        )
        levels = (" WARNING ", " ERROR ", " CRITICAL ")
        warnings = [
            line
            for line in result.stdout.splitlines()
            if any(level in line for level in levels)
        ]
        assert not warnings, "\n".join(warnings) + result.stdout[-5000:]
        assert result.returncode == 0, result.stdout[-5000:]
        return result.stdout

    return run


def test_install_with_demo_data(odoo, databases):
    database = databases.empty()
    options = ["-i", ADDON, "--with-demo", "--stop-after-init", "--no-http"]
    odoo("server", "-d", database, *options)
    demo = f"SELECT demo FROM ir_module_module WHERE name = '{ADDON}'"
    assert databases.execute(demo, database) == [(True,)]
    # They are in the queue until the first cron.
    customers = """
        SELECT (SELECT COUNT(*) FROM customer_lifecycle) +
               (SELECT COUNT(*) FROM customer_lifecycle_change) > 0
    """
    assert databases.execute(customers, database) == [(True,)]


def test_uninstall_leaves_nothing_and_can_be_undone(odoo, database, sql):
    odoo("module", "uninstall", "-d", database, ADDON)
    assert sql("SELECT relname FROM pg_class WHERE relname LIKE '%lifecycle%'") == []
    left = "SELECT table_name, column_name FROM information_schema.columns"
    assert sql(f"{left} WHERE column_name LIKE '%lifecycle%'") == []
    left = "SELECT model, name FROM ir_model_data"
    assert sql(f"{left} WHERE module = '{ADDON}'") == []
    odoo("module", "install", "-d", database, ADDON)
    assert sql("SELECT COUNT(*) FROM customer_lifecycle_stage") == [(6,)]


def test_update_changes_nothing(odoo, database, sql):
    fields = "SELECT name, sequence, active, rule_domain FROM customer_lifecycle_stage"
    before = sql(f"{fields} ORDER BY id")
    odoo("server", "-d", database, "-u", ADDON, "--stop-after-init", "--no-http")
    assert sql(f"{fields} ORDER BY id") == before


def test_lint_of_odoo_itself(odoo, database):
    """Index behind each one2many, signatures of overrides, forgotten tests and more."""
    tags = ",".join(["/test_lint", *(f"-/test_lint:{name}" for name in NOT_HERE)])
    options = ["-i", "test_lint", "--test-tags", tags, "-p", str(free_port())]
    output = odoo("server", "-d", database, *options, "--stop-after-init")
    assert "0 failed, 0 error(s) of" in output


def test_wheel_puts_the_addon_where_odoo_finds_it(odoo, database, tmp_path):
    """Build, install into an empty folder, and run Odoo without this checkout."""
    pip = [sys.executable, "-m", "pip", "--quiet"]
    names = (ADDON, *COMPANIONS)
    sources = [ROOT / name for name in names]
    build = [*pip, "wheel", "--no-deps", "-w", tmp_path, *sources]
    clean = outside_environment()
    subprocess.run(build, check=True, env=clean)
    wheels = [
        wheel
        for name in names
        for wheel in tmp_path.glob(f"odoo_addon_{name}-19.0.*.whl")
    ]
    assert len(wheels) == len(names)
    packages = tmp_path / "packages"
    install = [*pip, "install", "--no-deps", "--target", packages, *wheels]
    subprocess.run(install, check=True, env=clean)
    assert (packages / "odoo/addons" / ADDON / "__manifest__.py").exists()
    assert (packages / "odoo/addons" / ADDON / "i18n/es.po").exists()
    configuration = tmp_path / "odoo.conf"
    lines = Path(os.environ["ODOO_RC"]).read_text().splitlines()
    lines = [line.replace(f",{ROOT}", "") for line in lines]
    lines = [line for line in lines if line != f"addons_path = {ROOT}"]
    configuration.write_text("\n".join(lines))
    output = odoo(
        *("server", "-d", database, "-u", ADDON, "--stop-after-init", "--no-http"),
        cwd=str(tmp_path),
        ODOO_RC=str(configuration),
        PYTHONPATH=os.pathsep.join([str(packages), os.environ["PYTHONPATH"]]),
    )
    (paths,) = (line for line in output.splitlines() if "addons paths: " in line)
    assert str(packages) in paths and f"'{ROOT}'" not in paths
    assert f"Loading module {ADDON}" in output
