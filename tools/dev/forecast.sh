# ./dev forecast: what the customers of a CSV file will do, without Odoo or a database.
# shellcheck shell=bash
use system setup

cmd_forecast() {
    [ -e "$TOOLS/forecast.py" ] || die "tools/dev/forecast.py is missing: it makes the forecast, take it from the repository"
    find_plain_python
    # File names are the caller's: no change of folder here.
    exec "$PYTHON" "$TOOLS/forecast.py" "$@"
}

# Any Python from 3.10 on will do: nothing but its standard library is needed.
find_plain_python() {
    local candidate
    for candidate in python3 /usr/bin/python3 "$VENV/bin/python"; do
        has "$candidate" && "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 10))' 2>/dev/null &&
            PYTHON=$candidate && return
    done
    make_dev_folder
    ensure_python
}
