#!/bin/sh
# Installs redis-server where it is missing, for the tests: they run private
# ones, so no public one is left running. Debian and Ubuntu only; elsewhere, and
# without the rights to, it prints the one command to run and fails.
set -eu

if command -v redis-server >/dev/null 2>&1; then
    exit 0
fi

install='apt-get update && apt-get install -y redis-server'

if ! command -v apt-get >/dev/null 2>&1; then
    case "$(uname -s)" in
    Darwin) echo "redis-server is missing. Install it with: brew install redis" >&2 ;;
    *) echo "redis-server is missing. Install your distribution's redis package, then run this again." >&2 ;;
    esac
    exit 1
fi

root=
if [ "$(id -u)" -ne 0 ]; then
    if ! sudo -n true 2>/dev/null; then
        echo "redis-server is missing. Install it with: sudo sh -c '$install'" >&2
        exit 1
    fi
    root="sudo -n"
fi

echo "Installing redis-server (no public server is left running) ..." >&2
$root env DEBIAN_FRONTEND=noninteractive sh -ec "$install" >&2
if command -v systemctl >/dev/null 2>&1; then
    $root systemctl disable --now redis-server >/dev/null 2>&1 || true # where systemd runs
fi

if ! command -v redis-server >/dev/null 2>&1; then
    echo "redis-server was installed but is not on the PATH." >&2
    exit 1
fi
