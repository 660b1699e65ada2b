# ./dev test: the addon's tests inside Odoo, then the tests that drive it from outside.
# shellcheck shell=bash
use system postgres setup databases browser pot

cmd_test() {
    local inside=() outside=() options=() status=0 argument
    for argument in "$@"; do
        case $argument in
            -*) options+=("$argument") ;;
            "$ADDON" | "$ADDON"*/*) inside+=("$argument") ;;
            tests | tests/*) outside+=("$argument") ;;
            *) options+=("$argument") ;;
        esac
    done
    if [ ${#inside[@]} -eq 0 ] && [ ${#outside[@]} -eq 0 ]; then
        inside=("$ADDON"/tests)
        outside=(tests)
    fi
    setup_tests
    # Without them a test in the browser builds them; one or two files without are quicker so.
    [ ${#outside[@]} -eq 0 ] || ensure_test_assets
    cd "$ROOT"
    if [ $# -eq 0 ]; then
        check_doctests || status=1
        check_pot || status=1
        ! warnings "$LOGS/assets-$TEST_TEMPLATE.log" || status=1
    fi
    [ ${#inside[@]} -eq 0 ] || test_inside "${inside[@]}" "${options[@]}" || status=1
    [ ${#outside[@]} -eq 0 ] || test_outside "${outside[@]}" "${options[@]}" || status=1
    [ "$status" -eq 0 ] || die "the checks above failed: correct them, then ./dev test again"
}

setup_tests() {
    setup_odoo
    lock
    ensure_pip test requirements.txt requirements-test.txt
    ensure_browser
    sweep_test_databases
    ensure_test_template
    unlock
}

# On a copy, so that the template stays as installed; named by the process, so that two runs
# do not disturb each other.
test_inside() {
    local database=lifecycle_test_$$ status=0
    clone_database "$TEST_TEMPLATE" "$database"
    say "pytest: the addon's own tests"
    run_pytest --odoo-database="$database" --odoo-http "$@" || status=1
    drop_database "$database"
    return "$status"
}

# These start servers of their own; the plugin would load Odoo into pytest itself.
test_outside() {
    say "pytest: the tests from outside"
    LIFECYCLE_BASE=$TEST_BASE LIFECYCLE_TEMPLATE=$TEST_TEMPLATE LIFECYCLE_FILESTORE=$FILESTORE LIFECYCLE_ODOO_TREE=$ODOO_TREE run_pytest -p no:odoo "$@"
}

# No test found (5) is not a failure: -k may select from one of the two folders only.
run_pytest() {
    local status=0
    "$VENV/bin/python" -m pytest "$@" </dev/null || status=$?
    [ "$status" -eq 0 ] || [ "$status" -eq 5 ]
}

# The examples in the docstrings of the maths, without Odoo: it imports nothing of it.
check_doctests() {
    env -u PYTHONPATH "$VENV/bin/python" "$TOOLS/kernel_doctests.py"
}
