"""./dev itself: what it says when something is missing, and that it works.

What takes minutes (a whole set-up on a machine with nothing) is not here; a checkout
without .dev/ shows the same messages in seconds.
"""

import os
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path

import pytest

from conftest import ROOT, free_port, outside_environment

# What the parts of ./dev call before they find that something is missing.
TOOLS = """awk bash cat cksum cut dirname find flock grep head id mkdir mv node npm
python3 readlink rm sed setpriv sleep sort tail touch tr xargs""".split()


@pytest.fixture
def checkout(tmp_path):
    """A checkout without .dev/, in a folder with a space in its name."""
    copy = tmp_path / "my checkout"
    shutil.copytree(
        ROOT,
        copy,
        ignore=shutil.ignore_patterns(".dev", ".git", "__pycache__", "node_modules"),
    )
    yield copy
    subprocess.run([copy / "dev", "clean", "--yes"], capture_output=True, check=False)


@pytest.fixture
def odoo_home() -> dict[str, str]:
    """The Odoo that these tests run with, so that it is not downloaded again."""
    return {"ODOO_HOME": os.environ["LIFECYCLE_ODOO_TREE"]}


@pytest.fixture
def path_without(tmp_path):
    """Make a PATH with only a few commands, and stand-ins for others."""

    def make(**stand_ins: str) -> dict[str, str]:
        folder = tmp_path / "bin"
        folder.mkdir()
        for name in TOOLS:
            if (found := shutil.which(name)) and name not in stand_ins:
                (folder / name).symlink_to(found)
        for name, script in stand_ins.items():
            name = name.replace("_", "-")
            (folder / name).write_text(f"#!/bin/bash\n{script}\n")
            (folder / name).chmod(0o755)
        return {"PATH": str(folder)}

    return make


def last_line(result: subprocess.CompletedProcess) -> str:
    return result.stderr.strip().splitlines()[-1]


def assert_refused(result: subprocess.CompletedProcess, *words: str) -> None:
    """It failed, and the last line says why and what to do."""
    assert result.returncode != 0, result.stdout
    line = last_line(result)
    assert line.startswith("dev: "), result.stderr
    for word in words:
        assert word in line


# --- arguments ------------------------------------------------------------------------


@pytest.mark.parametrize("arguments", [[], ["help"], ["--help"], ["-h"]])
def test_help_names_each_command(dev, arguments):
    result = dev(*arguments)
    assert result.returncode == 0
    for command in ("run", "test", "load", "lint", "odoo", "psql", "clean"):
        assert f"\n  {command} " in result.stdout


def test_unknown_command_is_refused(dev):
    assert_refused(dev("lunch"), "'lunch'", "use one of")


def test_run_refuses_arguments(dev):
    assert_refused(dev("run", "8070"), "PORT=8070")


def test_lint_refuses_unknown_option(dev):
    assert_refused(dev("lint", "--repair"), "--fix")


@pytest.mark.parametrize("port", ["abc", "0", "65536", "-1", "80 80"])
def test_run_refuses_what_is_no_port(dev, port):
    assert_refused(dev("run", env={"PORT": port}), f"PORT={port}", "1 to 65535")


def test_run_refuses_a_port_that_is_taken(dev, checkout):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        result = dev("run", root=checkout, env={"PORT": str(port)})
    assert_refused(result, f"port {port} is taken", f"PORT={port + 1}")
    # Before any set-up: nobody waits minutes to hear it.
    assert not (checkout / ".dev").exists()


# --- what is missing ------------------------------------------------------------------


def test_without_apt_it_says_what_to_do(dev, checkout, path_without):
    result = dev("odoo", "--version", root=checkout, env=path_without())
    assert_refused(result, "no apt", "ODOO_HOME")


def test_without_network_it_says_what_to_do(dev, checkout, path_without):
    """apt is there and its sources are known, but nothing answers."""
    apt_get = """
    case "$*" in
        *indextargets*) echo http://mirror.invalid/debian/ stable main ;;
        *) echo "E: Temporary failure resolving 'mirror.invalid'"; exit 100 ;;
    esac"""
    environment = path_without(apt_get=apt_get)
    result = dev("odoo", "--version", root=checkout, env=environment)
    assert_refused(result, "check the network")
    assert "Temporary failure resolving" in result.stderr


def test_without_rights_to_install_it_says_what_to_do(dev, checkout, path_without):
    """No Python, not root, no sudo: apt must not be tried."""
    tools = path_without(id="echo 1000", python3="exit 1", apt_get="exit 100")
    # An Odoo is there, so that Python is what is missed first.
    home = checkout / "other odoo"
    (home / "odoo").mkdir(parents=True)
    (home / "odoo" / "release.py").write_text("version_info = (19, 0, 0, 'final', 0)")
    # python3 is looked for at its usual place as well.
    script = (checkout / "tools/dev/setup.sh").read_text()
    (checkout / "tools/dev/setup.sh").write_text(script.replace("/usr/bin/", "/none/"))
    environment = {**tools, "ODOO_HOME": str(home)}
    result = dev("odoo", "--version", root=checkout, env=environment)
    assert_refused(result, "Python", "no sudo", "python3-venv")


def test_odoo_home_without_odoo_is_refused(dev, checkout, tmp_path):
    result = dev("odoo", root=checkout, env={"ODOO_HOME": str(tmp_path)})
    assert_refused(result, str(tmp_path), "no Odoo 19")


def test_database_server_that_does_not_answer_is_refused(dev, checkout):
    environment = {"PGHOST": "127.0.0.1", "PGPORT": str(free_port())}
    result = dev("psql", root=checkout, env=environment)
    assert_refused(result, "PG*", "unset")


def test_checkout_that_cannot_be_written_is_refused(dev, checkout):
    (checkout / ".dev").write_text("a file in the way")
    assert_refused(dev("psql", root=checkout), "cannot write")
    (checkout / ".dev").unlink()


def test_clean_asks_first(dev, checkout):
    (checkout / ".dev").mkdir()
    assert_refused(dev("clean", root=checkout), "--yes")
    assert (checkout / ".dev").exists()


# --- what works -----------------------------------------------------------------------


def test_set_up_in_a_path_with_a_space(dev, checkout, odoo_home):
    """From nothing to the Odoo command line and a database, and away again."""
    assert "19.0" in dev("odoo", "--version", root=checkout, env=odoo_home).stdout
    result = dev("psql", "-Atc", "SELECT 6 * 7", "postgres", root=checkout)
    assert result.stdout == "42\n", result.stderr
    # Everything is in place now: the second time is quick.
    result = dev("odoo", "--version", root=checkout, env=odoo_home, timeout=15)
    assert result.returncode == 0
    assert "installing" not in result.stderr
    assert dev("clean", "--yes", root=checkout).returncode == 0
    assert not (checkout / ".dev").exists()


def test_long_path_has_its_socket_elsewhere(dev, checkout):
    """The path of a Unix socket is limited to 107 characters."""
    deep = checkout.parent / ("a" * 60) / ("b" * 60)
    deep.parent.mkdir()
    shutil.copytree(checkout, deep)
    result = dev("psql", "-Atc", "SELECT 6 * 7", "postgres", root=deep)
    assert result.stdout == "42\n", result.stderr
    folder = Path((deep / ".dev/pg/socket").read_text())
    assert folder.is_dir() and deep not in folder.parents
    assert dev("clean", "--yes", root=deep).returncode == 0
    assert not folder.exists()


def test_interrupted_step_ends_and_is_done_again(checkout, path_without):
    """Ctrl-C while apt downloads: the download ends too, no stamp is left."""
    pid_file = checkout / "apt.pid"
    apt_get = f"""
    case "$*" in
        *indextargets*) echo http://mirror.invalid/debian/ stable main ;;
        *) echo $$ >"{pid_file}"; exec sleep 60 ;;
    esac"""
    process = subprocess.Popen(
        [checkout / "dev", "odoo", "--version"],
        env={**outside_environment(), **path_without(apt_get=apt_get)},
        stderr=subprocess.PIPE,
        text=True,
        # As a terminal starts it; a shell's background jobs ignore SIGINT.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    wait_for(lambda: pid_file.exists() and pid_file.read_text().strip())
    process.send_signal(signal.SIGINT)
    _output, errors = process.communicate(timeout=30)
    assert process.returncode == 130
    assert errors.strip().splitlines()[-1].startswith("dev: interrupted")
    wait_for(lambda: not Path("/proc", pid_file.read_text().strip()).exists())
    assert not (checkout / ".dev/stamp-odoo").exists()


def wait_for(condition, seconds=20):
    for _try in range(seconds * 10):
        if condition():
            return
        time.sleep(0.1)
    raise AssertionError("it did not happen in time")
