# ./dev odoo: the Odoo command line with everything set.
# shellcheck shell=bash
use system postgres setup

cmd_odoo() {
    setup_odoo
    cd "$ROOT"
    exec "$VENV/bin/python" -m odoo "$@"
}
