# ./dev pot: export the texts of the addons and bring the translations in line with them.
# shellcheck shell=bash
use system postgres setup databases

cmd_pot() {
    local each
    setup_odoo
    lock
    ensure_test_template
    ensure_test_companions
    unlock
    cd "$ROOT"
    for each in "$ADDON" "${COMPANIONS[@]}"; do
        # An export without a change differs in its date: that is no reason for a commit.
        check_pot_of "$each" >/dev/null || { mkdir -p "$each/i18n" && cp "$DEV/$each.pot" "$each/i18n/$each.pot"; }
        "$VENV/bin/python" "$TOOLS/translations.py" update "$each"/i18n
    done
}

export_pot() {
    local each=$1 database=$TEST_COMPANIONS
    [ "$each" != "$ADDON" ] || database=$TEST_TEMPLATE
    step pot "exporting the texts of $each" odoo i18n export -d "$database" -l pot -o "$DEV/$each.pot" "$each" ||
        die "the texts could not be exported: see $LOGS/pot.log"
}

# The committed .pot must be what the code says now.
check_pot_of() {
    export_pot "$1"
    "$VENV/bin/python" "$TOOLS/translations.py" same "$1/i18n/$1.pot" "$DEV/$1.pot"
}

check_pot() {
    local each status=0
    for each in "$ADDON" "${COMPANIONS[@]}"; do
        check_pot_of "$each" || status=1
    done
    return "$status"
}
