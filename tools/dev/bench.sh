# ./dev bench: measure the forecast and the offers against what others do, and what it costs.
# shellcheck shell=bash
use system postgres setup databases

BENCH_VENV=$DEV/venv-bench

cmd_bench() {
    local what=${1:-} options=()
    [ $# -eq 0 ] || shift
    case $what in
        forecast) ;;
        outreach | today)
            "bench_$what" "$@"
            return
            ;;
        *) die "bench what? ./dev bench forecast, ./dev bench outreach, ./dev bench today" ;;
    esac
    lock
    ensure_python
    ensure_bench_venv
    unlock
    case " $* " in
        *" --no-database "* | *" --help "* | *" -h "*) ;;
        *)
            bench_database
            options=(--database-log "$LOGS/bench-database.log")
            ;;
    esac
    "$BENCH_VENV/bin/python" "$TOOLS/bench_forecast.py" "${options[@]}" "$@"
}

# What is compared with stays in a venv of its own: it must not change Odoo's packages.
ensure_bench_venv() {
    local key
    key="$BENCH_VENV $("$PYTHON" -V) $(cksum <"$TOOLS/requirements-bench.txt")"
    stamped bench "$key" && return
    rm -rf "$BENCH_VENV"
    "$PYTHON" -m venv "$BENCH_VENV" >"$LOGS/venv-bench.log" 2>&1 || die "cannot make $BENCH_VENV: see $LOGS/venv-bench.log"
    step pip-bench "installing what is compared with (requirements-bench.txt)" "$BENCH_VENV/bin/python" -m pip install \
        --disable-pip-version-check --prefer-binary --progress-bar off -r "$TOOLS/requirements-bench.txt" ||
        die "pip could not install requirements-bench.txt: check the network and the disk ($LOGS/pip-bench.log)"
    stamp bench "$key"
}

# Time and memory in Odoo, on a copy of the tests' template that is dropped again. Named as
# the tests' databases are, so that they sweep away what a killed run has left.
bench_database() {
    local database=lifecycle_test_$$ status=0
    setup_odoo
    lock
    ensure_test_template
    unlock
    clone_database "$TEST_TEMPLATE" "$database"
    step bench-database "200,000 customers in Odoo: fit, score, dates" shell_script "$database" "$TOOLS/bench_database.py" || status=1
    drop_database "$database"
    [ "$status" -eq 0 ] || die "the forecast could not be measured in Odoo: see $LOGS/bench-database.log, or leave it out with --no-database"
}

# Coupons and mails of 10,000 customers.
bench_outreach() {
    [ $# -eq 0 ] || die "bench outreach takes no arguments; BENCH_CUSTOMERS=2000 BENCH_ROUNDS=1 ./dev bench outreach is a short one"
    bench_in_odoo bench_outreach.py "10,000 offers, with this addon and with Odoo alone, in turns"
}

# The first screen of salespeople with 5,000 customers each.
bench_today() {
    [ $# -eq 0 ] || die "bench today takes no arguments"
    bench_in_odoo bench_today.py "Today, with 20,000 customers of four salespeople"
}

# In a database that is dropped again.
bench_in_odoo() {
    local script=$1 title=$2 database=lifecycle_test_$$ status=0
    setup_odoo
    lock
    ensure_test_template
    unlock
    clone_database "$TEST_TEMPLATE" "$database"
    say "$title"
    shell_script "$database" "$TOOLS/$script" || status=1
    drop_database "$database"
    [ "$status" -eq 0 ] || die "it could not be measured: see the lines above"
}
