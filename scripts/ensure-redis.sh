#!/bin/sh
# Installs redis-server where it is missing, for the tests: they run private
# ones, so no public one is left running. Debian and Ubuntu only; elsewhere, and
# without the rights to, it prints the one command to run and fails.
set -eu
. "$(dirname "$0")/install.sh"

if command -v redis-server >/dev/null 2>&1; then
    exit 0
fi

install_programs redis-server redis redis 'apt-get update && apt-get install -y redis-server'
if command -v systemctl >/dev/null 2>&1; then
    $root systemctl disable --now redis-server >/dev/null 2>&1 || true # where systemd runs
fi

if ! command -v redis-server >/dev/null 2>&1; then
    echo "redis-server was installed but is not on the PATH." >&2
    exit 1
fi
