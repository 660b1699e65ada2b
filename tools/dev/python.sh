# ./dev python: Python with Odoo importable and its configuration in ODOO_RC.
# shellcheck shell=bash
use system postgres setup

cmd_python() {
    setup_odoo
    cd "$ROOT"
    exec "$VENV/bin/python" "$@"
}
