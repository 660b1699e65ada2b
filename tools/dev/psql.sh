# ./dev psql: psql on the server of this checkout.
# shellcheck shell=bash
use system postgres

cmd_psql() {
    lock
    ensure_postgres
    unlock
    if [ $# -eq 0 ]; then
        exec psql -l
    fi
    exec psql "$@"
}
