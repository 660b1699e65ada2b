# ./dev test: the addon's tests inside Odoo, then the tests that drive it from outside.
# shellcheck shell=bash
use system postgres setup databases browser pot

cmd_test() {
    local inside=() beside=() outside=() options=() status=0 argument
    for argument in "$@"; do
        case $argument in
            -*) options+=("$argument") ;;
            "$ADDON" | "$ADDON"/*) inside+=("$argument") ;;
            "$ADDON"_*) beside+=("$argument") ;;
            tests | tests/*) outside+=("$argument") ;;
            *) options+=("$argument") ;;
        esac
    done
    if [ ${#inside[@]} -eq 0 ] && [ ${#beside[@]} -eq 0 ] && [ ${#outside[@]} -eq 0 ]; then
        inside=("$ADDON"/tests)
        beside=("${COMPANIONS[@]/%//tests}")
        outside=(tests)
    fi
    setup_tests
    # Without them a test in the browser builds them; one or two files without are quicker so.
    [ ${#outside[@]} -eq 0 ] || ensure_test_assets
    cd "$ROOT"
    if [ $# -eq 0 ]; then
        lock
        ensure_test_companions
        unlock
        check_doctests || status=1
        check_pot || status=1
        ! warnings "$LOGS/assets-$TEST_TEMPLATE.log" || status=1
    fi
    [ ${#inside[@]} -eq 0 ] || test_inside "$TEST_TEMPLATE" "${inside[@]}" "${options[@]}" || status=1
    [ ${#beside[@]} -eq 0 ] || test_beside "${beside[@]}" "${options[@]}" || status=1
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
    local template=$1 database=lifecycle_test_$$ status=0
    shift
    clone_database "$template" "$database"
    say "pytest: tests inside Odoo, on a copy of $template"
    run_pytest --odoo-database="$database" --odoo-http "$@" || status=1
    drop_database "$database"
    return "$status"
}

test_beside() {
    lock
    ensure_test_companions
    unlock
    test_inside "$TEST_COMPANIONS" "$@"
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
