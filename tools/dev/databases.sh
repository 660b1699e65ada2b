# Databases together with their filestores: clone, install, rename, drop.
# shellcheck shell=bash

FILESTORE=$DEV/data/filestore
TEST_BASE=lifecycle_test_base
TEST_TEMPLATE=lifecycle_test_template
TEST_COMPANIONS=lifecycle_test_companions

database_exists() { [ "$(sql "SELECT 1 FROM pg_database WHERE datname = '$1'")" = 1 ]; }

sql() { PGOPTIONS='-c client_min_messages=error' psql -Atqc "$1" postgres 9>&-; }

drop_database() {
    sql "DROP DATABASE IF EXISTS \"$1\" WITH (FORCE)"
    rm -rf "${FILESTORE:?}/$1"
}

# The files of a filestore are named by their content and never changed: links are copies.
clone_database() {
    drop_database "$2"
    sql "CREATE DATABASE \"$2\" TEMPLATE \"$1\"" || die "cannot copy the database $1: close what is connected to it and check the disk"
    [ ! -d "$FILESTORE/$1" ] || cp -al "$FILESTORE/$1" "$FILESTORE/$2"
}

# The database last: whoever finds it finds it whole.
rename_database() {
    rm -rf "${FILESTORE:?}/$2"
    [ ! -d "$FILESTORE/$1" ] || mv "$FILESTORE/$1" "$FILESTORE/$2"
    sql "ALTER DATABASE \"$1\" RENAME TO \"$2\""
}

# install DATABASE "title" MODULES [OPTIONS]: a warning in the log is a failure.
install() {
    local database=$1 title=$2 modules=$3 log=$LOGS/install-$1.log
    shift 3
    step "install-$database" "$title" odoo server -d "$database" -i "$modules" --stop-after-init --no-http "$@" ||
        die "Odoo could not install $modules: see $log"
    ! warnings "$log" || die "the installation of $modules logged the warnings above: correct what they name ($log)"
}

# Show the warnings and errors of a log; true if there are any.
warnings() { grep -hE ' (WARNING|ERROR|CRITICAL) ' "$1" >&2; }

# The bundles of the web client, once here instead of once in each clone.
make_assets() {
    step "assets-$1" "building the web client of $1" shell_script "$1" "$TOOLS/make_assets.py" ||
        die "the web client could not be built: see $LOGS/assets-$1.log"
}

# shell_script DATABASE FILE: run a script in an Odoo shell, which stops at its first error.
shell_script() { odoo shell -d "$1" --no-http --log-level=warn <"$2"; }

# What installed databases depend on: not tests, texts, translations and the browser's files.
addon_key() {
    (cd "$ROOT" && find "$ADDON"* -type f ! -name '*.pyc' ! -path '*/tests/*' ! -path '*/static/*' ! -path '*/i18n/*' \
        ! -path '*/readme/*' ! -name '*.md' ! -name '*.rst' -print0 | sort -z | xargs -0 cksum | cksum)
}

# What a killed run of the tests left: the number in the name is that of its process.
sweep_test_databases() {
    local name pid
    for name in $(sql "SELECT datname FROM pg_database WHERE datname ~ '^lifecycle_test_[0-9]+(_[0-9]+)?$'"); do
        pid=${name#lifecycle_test_}
        kill -0 "${pid%%_*}" 2>/dev/null || drop_database "$name"
    done
    find "$LOGS" -name 'server-lifecycle_test_*' -mtime +1 -delete
}

depends_of_addon() {
    "$VENV/bin/python" - "$ROOT/$ADDON/__manifest__.py" <<'EOF'
import ast, pathlib, sys
print(",".join(ast.literal_eval(pathlib.Path(sys.argv[1]).read_text())["depends"]))
EOF
}

# A database with the addon freshly installed, from which the tests' databases are cloned.
# The modules that it depends on are installed once and kept.
ensure_test_template() {
    local depends key
    depends=$(depends_of_addon)
    key="$depends $ODOO_TREE"
    if ! database_exists "$TEST_BASE" || ! stamped test-base "$key"; then
        drop_database "$TEST_BASE"
        install "$TEST_BASE" "test database: installing $depends" "$depends"
        stamp test-base "$key"
        rm -f "$DEV/stamp-test-template"
    fi
    key=$(addon_key)
    if ! database_exists "$TEST_TEMPLATE" || ! stamped test-template "$key"; then
        clone_database "$TEST_BASE" "$TEST_TEMPLATE"
        install "$TEST_TEMPLATE" "test database: installing $ADDON" "$ADDON"
        stamp test-template "$key"
        rm -f "$DEV/stamp-test-assets"
    fi
}

# The same with all companions, and the apps that they connect.
ensure_test_companions() {
    local key
    key=$(addon_key)
    database_exists "$TEST_COMPANIONS" && stamped test-companions "$key" && return
    clone_database "$TEST_TEMPLATE" "$TEST_COMPANIONS"
    install "$TEST_COMPANIONS" "test database: installing the companions" "$(IFS=,; echo "${COMPANIONS[*]}")"
    stamp test-companions "$key"
}

ensure_test_assets() {
    stamped test-assets 1 && return
    make_assets "$TEST_TEMPLATE"
    stamp test-assets 1
}
