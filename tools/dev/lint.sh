# ./dev lint: every check that needs no database. --fix formats first.
# shellcheck shell=bash
use system postgres setup

cmd_lint() {
    [ $# -eq 0 ] || [ "$*" = --fix ] || die "lint takes only --fix"
    setup_lint
    cd "$ROOT"
    [ "${1:-}" != --fix ] || fix
    FAILED=()
    check "ruff" ruff check .
    check "ruff format (./dev lint --fix)" ruff format --check .
    check "prettier (./dev lint --fix)" prettier --check
    check "pylint-odoo" pylint "$ADDON" "${COMPANIONS[@]}"
    check "oca-checks-odoo-module" oca-checks-odoo-module "$ADDON" "${COMPANIONS[@]}"
    check "oca-checks-po" check_po
    check "translations are complete" translations_complete
    check "whool" whool_check
    check "upgrade_code" upgrade_code
    check "shellcheck" shellcheck dev .ci/run tools/dev/*.sh
    [ ${#FAILED[@]} -eq 0 ] || die "failed: $(printf '%s, ' "${FAILED[@]}" | sed 's/, $//'); correct what is said above"
    say "all checks passed"
}

fix() {
    ruff check --fix --exit-zero --quiet .
    ruff format .
    oca-checks-odoo-module --fix --no-exit "$ADDON" "${COMPANIONS[@]}" >/dev/null 2>&1 || true
    prettier --write || true
}

setup_lint() {
    lock
    ensure_odoo
    ensure_python
    ensure_pip lint requirements.txt requirements-test.txt requirements-lint.txt
    ensure_prettier
    unlock
    PATH=$VENV/bin:$PATH
    export PYTHONPATH=$ODOO_TREE LC_ALL=C.UTF-8
}

check() {
    local title=$1 status=0
    shift
    "$@" >"$LOGS/lint.log" 2>&1 </dev/null || status=$?
    if [ "$status" -eq 0 ]; then
        say "ok      $title"
    else
        say "FAILED  $title"
        cat "$LOGS/lint.log" >&2
        FAILED+=("${title%% (*}")
    fi
}

# Prettier with its plugin for XML, at the versions of package-lock.json, below .dev/.
ensure_prettier() {
    local key
    has node || packages "Node.js, for prettier" nodejs
    has npm || packages "npm, which installs prettier" npm
    key="$(node --version) $(cat "$ROOT/package.json" "$ROOT/package-lock.json" | cksum)"
    stamped prettier "$key" && return
    rm -rf "$DEV/node"
    mkdir -p "$DEV/node"
    cp "$ROOT/package.json" "$ROOT/package-lock.json" "$DEV/node/"
    step npm "installing prettier" npm ci --prefix "$DEV/node" --no-audit --no-fund ||
        die "npm could not install prettier: check the network ($LOGS/npm.log)"
    stamp prettier "$key"
}

prettier() {
    local files=()
    mapfile -d '' files < <(find "$ADDON"* \( -name '*.xml' -o -name '*.js' -o -name '*.scss' \) \
        -not -path '*/static/description/*' -not -path '*/static/lib/*' -print0)
    [ ${#files[@]} -gt 0 ] || return 0
    "$DEV/node/node_modules/.bin/prettier" --log-level warn \
        --plugin "$DEV/node/node_modules/@prettier/plugin-xml/src/plugin.js" "$@" "${files[@]}"
}

check_po() {
    local files=()
    mapfile -d '' files < <(find "$ADDON"* \( -name '*.po' -o -name '*.pot' \) -print0)
    [ ${#files[@]} -eq 0 ] || oca-checks-po "${files[@]}"
}

# The same build that makes the wheel: manifest, version and readme are valid.
whool_check() {
    local each
    for each in "$ADDON" "${COMPANIONS[@]}"; do python "$TOOLS/whool_check.py" "$each" || return; done
}

translations_complete() {
    local each
    for each in "$ADDON" "${COMPANIONS[@]}"; do
        python "$TOOLS/translations.py" complete "$each/i18n" || return
    done
}

# Odoo's own rewriting scripts find nothing that is of an older version. Without --dry-run
# they would rewrite.
upgrade_code() {
    local found
    found=$(python -m odoo --addons-path="$ROOT" upgrade_code --from 17.0 --glob "$ADDON*/**/*" --dry-run) || return
    printf '%s\n' "$found"
    ! grep -q "$ADDON" <<<"$found"
}
