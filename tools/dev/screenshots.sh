# ./dev screenshots: the pictures of the README, from a database with customers.
# shellcheck shell=bash
use system postgres setup browser

cmd_screenshots() {
    [ $# -eq 1 ] || [ "$*" = "${1:-} --demo" ] || die "name the database: ./dev screenshots DATABASE [--demo]"
    setup_odoo
    ensure_pip test requirements.txt requirements-test.txt
    ensure_browser
    cd "$ROOT"
    exec "$VENV/bin/python" "$TOOLS/screenshots.py" "$@"
}
