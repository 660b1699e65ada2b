# A private PostgreSQL cluster in .dev/pg on a Unix socket: no port, no password, nobody
# else's databases. The server that the PG* variables name is used instead if they are set.
# shellcheck shell=bash

PG=$DEV/pg
PG_SUPERUSER=lifecycle

ensure_postgres() {
    if foreign_postgres; then
        has psql || packages "psql and createdb, for the databases" postgresql-client
        psql -Atqc 'SELECT 1' postgres >/dev/null 2>"$LOGS/psql.log" ||
            die "no PostgreSQL answers with the PG* variables that are set ($(head -1 "$LOGS/psql.log")): start it or unset them"
        return
    fi
    find_postgres || packages "PostgreSQL; its programs run a private server below .dev/, the server that Debian sets up is not used" postgresql
    find_postgres || die "no PostgreSQL 13 or newer found (initdb, pg_ctl): install the package postgresql"
    find_postgres_user
    choose_socket
    [ -f "$PG/data/stamp" ] || create_cluster
    postgres_runs || start_cluster
    export PGHOST=$PG_SOCKET PGUSER=$PG_SUPERUSER
    unset PGPORT PGPASSWORD PGDATABASE PGSERVICE
}

# Also a ./dev that was started by ./dev has PGHOST set, to the private server.
foreign_postgres() {
    [ -n "${PGHOST:-}${PGHOSTADDR:-}${PGPORT:-}${PGSERVICE:-}" ] && [ "${PGHOST:-}" != "$(cat "$PG/socket" 2>/dev/null)" ]
}

# Debian keeps each version in a folder of its own, outside PATH.
find_postgres() {
    local bin version best=
    for bin in /usr/lib/postgresql/*/bin; do
        version=${bin#/usr/lib/postgresql/}
        version=${version%/bin}
        [ -x "$bin/initdb" ] && [ "$version" -ge 13 ] && [ "$version" -gt "${best:-0}" ] && best=$version
    done
    [ -z "$best" ] || PATH=/usr/lib/postgresql/$best/bin:$PATH
    has initdb && has pg_ctl && has psql
}

# PostgreSQL refuses to run as root: as root, another user runs it. Where a folder above the
# checkout is closed to that user (root's home is), it keeps the one capability to pass through.
find_postgres_user() {
    PG_AS=()
    [ "$(id -u)" -eq 0 ] || return 0
    local user=postgres
    id "$user" >/dev/null 2>&1 || user=nobody
    PG_AS=(setpriv --reuid "$user" --regid "$(id -g "$user")" --init-groups)
    mkdir -p "$PG"
    chown "$user:" "$PG"
    if ! "${PG_AS[@]}" touch "$PG/reached" 2>/dev/null; then
        PG_AS+=(--inh-caps +dac_override --ambient-caps +dac_override)
        "${PG_AS[@]}" touch "$PG/reached" 2>/dev/null ||
            die "the user $user, who runs PostgreSQL, cannot reach $PG: move the checkout to where that user can, or run ./dev as a plain user"
    fi
}

as_postgres() { (cd "$PG" && "${PG_AS[@]}" env LC_ALL=C.UTF-8 PATH="$PATH" "$@"); }

# A socket's path is at most 107 characters long, so a long checkout path gets a short folder.
choose_socket() {
    mkdir -p "$PG"
    PG_SOCKET=$PG/socket.d
    if [ ${#PG_SOCKET} -gt 80 ]; then
        PG_SOCKET=${XDG_RUNTIME_DIR:-/tmp}/lifecycle-$(id -u)-$(printf '%s' "$ROOT" | cksum | cut -d' ' -f1)
    fi
    printf '%s' "$PG_SOCKET" >"$PG/socket"
}

create_cluster() {
    stop_cluster
    rm -rf "$PG/data" && as_postgres mkdir -m 700 "$PG/data"
    step initdb "making a private PostgreSQL cluster" as_postgres initdb -D "$PG/data" -U "$PG_SUPERUSER" \
        --auth=trust --encoding=UTF8 --locale=C.UTF-8 ||
        die "initdb failed: see $LOGS/initdb.log; with a full disk free some, then try again"
    # Databases here can be made again: speed is worth more than surviving a power cut.
    as_postgres tee -a "$PG/data/postgresql.conf" >/dev/null <<EOF
listen_addresses = ''
unix_socket_permissions = 0700
shared_buffers = 256MB
fsync = off
full_page_writes = off
synchronous_commit = off
max_wal_size = 2GB
EOF
    as_postgres touch "$PG/data/stamp"
}

postgres_runs() { PGHOST=$PG_SOCKET PGUSER=$PG_SUPERUSER psql -Atqc 'SELECT 1' postgres >/dev/null 2>&1; }

start_cluster() {
    [ -d "$PG_SOCKET" ] || mkdir -m 700 "$PG_SOCKET" || die "cannot make $PG_SOCKET for PostgreSQL's socket: remove what stands in its place"
    [ "$(id -u)" -ne 0 ] || chown --reference="$PG" "$PG_SOCKET"
    # The server outlives this command: it must not hold its terminal, pipes or lock.
    as_postgres pg_ctl start -w -t 60 -D "$PG/data" -l "$PG/data/server.log" -o "-k '$PG_SOCKET'" \
        >"$LOGS/pg_ctl.log" 2>&1 </dev/null 9>&- ||
        die "PostgreSQL did not start: see $PG/data/server.log; ./dev clean makes everything anew"
}

# Stop with what the cluster left of itself, whatever the state of the rest.
stop_cluster() {
    local pid
    pid=$(head -n 1 "$PG/data/postmaster.pid" 2>/dev/null) || return 0
    [ -n "$pid" ] && [ "$(readlink "/proc/$pid/cwd")" = "$PG/data" ] || return 0
    kill -INT "$pid"
    while kill -0 "$pid" 2>/dev/null; do sleep 0.2; done
}
