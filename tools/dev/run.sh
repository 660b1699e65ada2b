# ./dev run: the app on a demo company.
# shellcheck shell=bash
use system postgres setup databases

RUN_DATABASE=lifecycle
# Further apps, so that the demo company looks like a company.
RUN_APPS=sale_management,contacts

cmd_run() {
    [ $# -eq 0 ] || die "run takes no arguments (PORT=8070 ./dev run serves on another port)"
    local port=${PORT:-8069} update=()
    check_port "$port"
    setup_odoo
    lock
    ensure_demo_company
    # What changed in the addon since the last run is in the database before it serves.
    stamped run "$(addon_key)" || update=(-u "$ADDON")
    unlock
    serve "$port" "${update[@]}"
}

check_port() {
    [[ $1 =~ ^[0-9]{1,5}$ ]] && [ "$1" -gt 0 ] && [ "$1" -lt 65536 ] || die "PORT=$1 is not a port: use a number from 1 to 65535"
    if (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; then
        die "port $1 is taken: stop what listens there, or choose another one: PORT=$(($1 < 65535 ? $1 + 1 : 8070)) ./dev run"
    fi
}

# Built under another name and renamed when complete: an interrupted build starts over.
ensure_demo_company() {
    local building=${RUN_DATABASE}_building
    database_exists "$RUN_DATABASE" && return
    [ -e "$TOOLS/demo_company.py" ] || die "tools/dev/demo_company.py is missing: it makes the demo company, take it from the repository"
    drop_database "$building"
    install "$building" "database $RUN_DATABASE: installing $ADDON" "$ADDON,$RUN_APPS"
    step demo "database $RUN_DATABASE: making the demo company" "$VENV/bin/python" "$TOOLS/demo_company.py" --database "$building" ||
        die "the demo company could not be made: see $LOGS/demo.log"
    make_assets "$building"
    rename_database "$building" "$RUN_DATABASE"
    stamp run "$(addon_key)"
}

serve() {
    local port=$1 log=$LOGS/run.log pid started=$SECONDS
    shift
    say "starting Odoo (log: $log)"
    cd "$ROOT"
    "$VENV/bin/python" -m odoo server -d "$RUN_DATABASE" --db-filter "^$RUN_DATABASE\$" --no-database-list \
        -p "$port" --max-cron-threads=1 "$@" >"$log" 2>&1 </dev/null &
    pid=$!
    # shellcheck disable=SC2064
    trap "kill $pid 2>/dev/null; wait $pid; exit 0" INT TERM
    until answers "$port"; do
        kill -0 "$pid" 2>/dev/null || { tail -n 15 "$log" >&2; die "Odoo stopped: see $log"; }
        [ $((SECONDS - started)) -lt 600 ] || die "Odoo does not answer on port $port: see $log"
        sleep 0.3
    done
    stamp run "$(addon_key)"
    cat <<EOF

Customer Lifecycle is at http://localhost:$port  (Ctrl-C stops it)
    administrator   admin / admin
    sales manager   manager / manager
    salesperson     sales / sales
EOF
    wait "$pid" || die "Odoo stopped: see $log"
}

answers() {
    "$VENV/bin/python" -c 'import sys, urllib.request; urllib.request.urlopen(sys.argv[1], timeout=60)' \
        "http://127.0.0.1:$1/web/login" 2>/dev/null
}
