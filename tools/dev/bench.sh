# ./dev bench: measure the forecast against what others do, and its cost.
# shellcheck shell=bash
use system postgres setup databases

BENCH_VENV=$DEV/venv-bench

cmd_bench() {
    local what=${1:-} options=()
    [ $# -eq 0 ] || shift
    [ "$what" = forecast ] || die "bench what? ./dev bench forecast"
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
