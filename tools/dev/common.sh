# What every part uses: messages, one lock, steps with progress. Sourced by ../../dev.
# shellcheck shell=bash

DEV=$ROOT/.dev
LOGS=$DEV/log
ADDON=customer_lifecycle
# Beside it, installed by themselves where the apps are that they connect it with.
COMPANIONS=(customer_lifecycle_privacy customer_lifecycle_sms customer_lifecycle_stock)

say() { printf '==> %s\n' "$*" >&2; }

# The last line of every failure: what is missing and what to do.
die() {
    SAID=1
    printf 'dev: %s\n' "$*" >&2
    exit 1
}

# A failure that nobody foresaw also ends in one line, and an interruption takes the running
# step along. Only apt goes on: half an installation is a burden for the whole machine.
on_exit() {
    local status=$?
    if [ -n "${STEP_PID:-}" ]; then
        kill -- "-$STEP_PID" 2>/dev/null || true
    fi
    if [ "$status" -ge 128 ]; then
        printf '\ndev: interrupted: the same command goes on from the last complete step\n' >&2
        exit "$status"
    fi
    [ "$status" -eq 0 ] || [ -n "${SAID:-}" ] ||
        die "'./dev $command' failed unexpectedly after the lines above: check disk and permissions, look into $LOGS"
}
trap on_exit EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

has() { command -v "$1" >/dev/null 2>&1; }

use() {
    local part
    for part in "$@"; do
        # shellcheck source=/dev/null
        . "$TOOLS/$part.sh"
    done
}

make_dev_folder() {
    mkdir -p "$LOGS" 2>/dev/null && [ -w "$DEV" ] && [ -w "$LOGS" ] || die "cannot write in $ROOT: give your user the right to write there, or free some disk"
}

# One set-up at a time: a second ./dev waits for the first instead of breaking its work.
lock() {
    make_dev_folder
    has flock || die "the command flock is missing: install the package util-linux"
    exec 9>"$DEV/lock"
    if ! flock -n 9; then
        say "another ./dev is setting up this checkout, waiting for it"
        flock 9
    fi
}

unlock() { exec 9>&-; }

# A stamp is written after a step is complete and holds what the step was made from, so an
# interrupted or outdated step is done again.
stamped() { [ "$(cat "$DEV/stamp-$1" 2>/dev/null)" = "$2" ]; }
stamp() { printf '%s' "$2" >"$DEV/stamp-$1"; }

# step LOG "what is done" COMMAND...: run with the output in a log, showing how it goes on.
step() {
    local log=$LOGS/$1.log title=$2 pid started=$SECONDS status=0
    shift 2
    say "$title"
    # In a process group of its own, so that on_exit reaches all of it.
    set -m
    "$@" >"$log" 2>&1 </dev/null 9>&- &
    pid=$!
    set +m
    [ "${log##*/}" = apt.log ] || STEP_PID=$pid
    follow "$pid" "$log" "$started"
    wait "$pid" || status=$?
    STEP_PID=
    if [ "$status" -ne 0 ]; then
        tail -n 15 "$log" | cut -c1-300 | sed 's/^/    /' >&2
        return "$status"
    fi
    [ $((SECONDS - started)) -lt 5 ] || say "    done in $((SECONDS - started)) s"
}

# Show the newest line of a log: in place on a terminal, now and then elsewhere.
follow() {
    local pid=$1 log=$2 started=$3 tick=0 line
    while kill -0 "$pid" 2>/dev/null; do
        sleep 0.5
        tick=$((tick + 1))
        line=$(tail -n 1 "$log" 2>/dev/null | tr -d '\r' | cut -c1-90) || true
        if [ -t 2 ]; then
            printf '\r\033[K    %4d s  %s' "$((SECONDS - started))" "$line" >&2
        elif [ $((tick % 40)) -eq 0 ]; then
            printf '    %4d s  %s\n' "$((SECONDS - started))" "$line" >&2
        fi
    done
    [ ! -t 2 ] || printf '\r\033[K' >&2
}
