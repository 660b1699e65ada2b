"""Options that both folders of tests know."""

import pytest


def pytest_addoption(parser):
    parser.addoption(
        "--slow",
        action="store_true",
        help="also tests that are left out by default: measurements and large data",
    )


def pytest_configure(config):
    config.addinivalue_line("markers", "slow: left out without --slow")


def pytest_collection_modifyitems(config, items):
    """Leave out what Odoo leaves out by default: tests without the tag "standard"."""
    if config.getoption("--slow"):
        return
    slow = [item for item in items if _is_slow(item)]
    if slow:
        config.hook.pytest_deselected(items=slow)
        items[:] = [item for item in items if item not in slow]


def _is_slow(item: pytest.Item) -> bool:
    tags = getattr(getattr(item, "cls", None), "test_tags", {"standard"})
    return "standard" not in tags or item.get_closest_marker("slow") is not None
