# ./dev stop: stop the private PostgreSQL server.
# shellcheck shell=bash
use postgres

cmd_stop() { stop_cluster; }
