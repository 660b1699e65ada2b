# Chromium, which the browser tests drive.
# shellcheck shell=bash

ensure_browser() {
    has chromium || has google-chrome || packages "Chromium and fonts, for the browser tests" chromium fonts-liberation fonts-dejavu-core
    has chromium || has google-chrome || die "no chromium found: install the package chromium, or Google Chrome"
}
