# ./dev pot: export the texts of the addon and bring the translations in line with them.
# shellcheck shell=bash
use system postgres setup databases

cmd_pot() {
    setup_odoo
    lock
    ensure_test_template
    unlock
    cd "$ROOT"
    # An export without a change differs in its date: that is no reason for a commit.
    check_pot >/dev/null || { mkdir -p "$ADDON/i18n" && cp "$DEV/$ADDON.pot" "$ADDON/i18n/$ADDON.pot"; }
    "$VENV/bin/python" "$TOOLS/translations.py" update "$ADDON"/i18n
}

export_pot() {
    step pot "exporting the texts of $ADDON" odoo i18n export -d "$TEST_TEMPLATE" -l pot -o "$1" "$ADDON" ||
        die "the texts could not be exported: see $LOGS/pot.log"
}

# The committed .pot must be what the code says now.
check_pot() {
    export_pot "$DEV/$ADDON.pot"
    "$VENV/bin/python" "$TOOLS/translations.py" same "$ADDON/i18n/$ADDON.pot" "$DEV/$ADDON.pot"
}
