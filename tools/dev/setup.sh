# Odoo 19, its Python packages and its configuration.
# shellcheck shell=bash

VENV=$DEV/venv
ODOO_RC=$DEV/odoo.conf
# The links of the odoo-19 package point to files of the others.
ODOO_PACKAGES=(odoo-19 libjs-jquery libjs-jquery-form libjs-underscore fonts-font-awesome
    fonts-roboto-unhinted fonts-inconsolata fonts-ocr-b)

# Everything that a command of Odoo needs. Quick when nothing is missing.
setup_odoo() {
    lock
    ensure_odoo
    ensure_python
    ensure_pip odoo requirements.txt
    ensure_postgres
    write_odoo_conf
    unlock
}

ensure_odoo() {
    ODOO_TREE=${ODOO_HOME:-$DEV/odoo/usr/lib/python3/dist-packages}
    if [ -n "${ODOO_HOME:-}" ]; then
        grep -qs '^version_info = (19' "$ODOO_TREE/odoo/release.py" ||
            die "ODOO_HOME=$ODOO_HOME has no Odoo 19 (no odoo/release.py that says 19): name the folder above odoo/, or unset it"
        return
    fi
    stamped odoo 1 && return
    unpack_sid "$DEV/odoo" "${ODOO_PACKAGES[@]}"
    # Debian leaves this file out (background blur in calls); each page would log its absence.
    local stub=$ODOO_TREE/odoo/addons/mail/static/lib/selfie_segmentation/selfie_segmentation.js
    mkdir -p "$(dirname "$stub")"
    [ -e "$stub" ] || : >"$stub"
    stamp odoo 1
}

python_works() {
    has "$1" && "$1" -c 'import sys, venv, ensurepip; sys.exit(not (3, 10) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null
}

ensure_python() {
    local candidate
    for candidate in python3 /usr/bin/python3 python3.13 python3.12 python3.11; do
        python_works "$candidate" && PYTHON=$(command -v "$candidate") && return
    done
    packages "Python with venv, which runs Odoo" python3 python3-venv
    PYTHON=/usr/bin/python3
    python_works "$PYTHON" || die "Odoo 19 needs Python 3.10 to 3.13 with venv: install one and put it first in PATH"
}

# ensure_pip NAME FILE...: the pinned packages of the files in the venv.
ensure_pip() {
    local name=$1 file key files=()
    shift
    key="$VENV $("$PYTHON" -V) $(cd "$TOOLS" && cat "$@" | cksum)"
    [ -x "$VENV/bin/python" ] && stamped "pip-$name" "$key" && return
    if ! "$VENV/bin/python" -m pip --version >/dev/null 2>&1 || ! stamped venv "$VENV $("$PYTHON" -V)"; then
        rm -rf "$VENV"
        "$PYTHON" -m venv "$VENV" >"$LOGS/venv.log" 2>&1 || die "cannot make $VENV: see $LOGS/venv.log"
        stamp venv "$VENV $("$PYTHON" -V)"
    fi
    for file in "$@"; do files+=(-r "$TOOLS/$file"); done
    step "pip-$name" "installing pinned Python packages ($*)" "$VENV/bin/python" -m pip install \
        --disable-pip-version-check --prefer-binary --progress-bar off "${files[@]}" ||
        die "pip could not install $*: check the network and the disk ($LOGS/pip-$name.log)"
    stamp "pip-$name" "$key"
}

write_odoo_conf() {
    local addons=$ROOT
    # In a git checkout of Odoo the addons are beside the package, in Debian's they are in it.
    if [ ! -e "$ODOO_TREE/odoo/addons/web" ] && [ -e "$ODOO_TREE/addons/web" ]; then
        addons=$ODOO_TREE/addons,$addons
    fi
    mkdir -p "$DEV/data"
    {
        echo '[options]'
        echo "addons_path = $addons"
        echo "data_dir = $DEV/data"
        [ -z "${PGHOST:-}" ] || echo "db_host = $PGHOST"
        [ -z "${PGUSER:-}" ] || echo "db_user = $PGUSER"
        echo 'http_interface = 127.0.0.1'
        # Development databases are not reported to anybody.
        echo 'publisher_warranty_url = http://127.0.0.1:9'
    } >"$ODOO_RC.new"
    mv "$ODOO_RC.new" "$ODOO_RC"
    export ODOO_RC PYTHONPATH=$ODOO_TREE PYTHONUNBUFFERED=1
    # Odoo's own messages and dates do not depend on the machine.
    export LC_ALL=C.UTF-8 TZ=UTC
}

odoo() { "$VENV/bin/python" -m odoo "$@"; }
