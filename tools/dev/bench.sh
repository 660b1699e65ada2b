# ./dev bench: measure the forecast against what others do.
# shellcheck shell=bash
use system setup

BENCH_VENV=$DEV/venv-bench

cmd_bench() {
    local what=${1:-}
    [ $# -eq 0 ] || shift
    case $what in
        forecast) ;;
        *) die "bench what? ./dev bench forecast" ;;
    esac
    lock
    ensure_python
    ensure_bench_venv
    unlock
    exec "$BENCH_VENV/bin/python" "$TOOLS/bench_$what.py" "$@"
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
