# ./dev clean: everything that ./dev made, except packages installed by apt.
# shellcheck shell=bash
use postgres

cmd_clean() {
    local answer
    [ -d "$DEV" ] || { say "there is no .dev/: nothing to clean"; return; }
    say "this stops the private PostgreSQL server and removes $DEV with all databases in it ($(du -sh "$DEV" 2>/dev/null | cut -f1))"
    if [ "${1:-}" != --yes ]; then
        [ -t 0 ] || die "clean asks first: say ./dev clean --yes where nobody can answer"
        read -r -p "Remove it? [y/N] " answer
        [[ $answer == [yY]* ]] || die "nothing was removed: answer y, or use ./dev clean --yes"
    fi
    lock
    stop_cluster
    unlock
    local socket
    socket=$(cat "$PG/socket" 2>/dev/null) || socket=
    rm -rf "$DEV" ${socket:+"$socket"}
    [ ! -e "$DEV" ] || die "$DEV could not be removed completely: remove it as its owner"
}
