# Chromium, which the browser tests drive.
# shellcheck shell=bash

ensure_browser() {
    has chromium || has google-chrome || packages "Chromium and fonts, for the browser tests" chromium fonts-liberation fonts-dejavu-core
    has chromium || has google-chrome || die "no chromium found: install the package chromium, or Google Chrome"
    # Playwright's driver is a program of its own that needs this one library.
    "$VENV/bin/python" -c 'import ctypes; ctypes.CDLL("libatomic.so.1")' 2>/dev/null ||
        packages "a library of Playwright, which drives Chromium" libatomic1
}
