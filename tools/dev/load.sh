# ./dev load: an order history from a CSV file, as confirmed sale orders.
# shellcheck shell=bash
use system postgres setup

cmd_load() {
    [ -e "$TOOLS/load.py" ] || die "tools/dev/load.py is missing: it loads the file, take it from the repository"
    setup_odoo
    # File names are the caller's: no change of folder here.
    exec "$VENV/bin/python" "$TOOLS/load.py" "$@"
}
