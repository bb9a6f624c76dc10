#!/bin/sh
# Installs PostgreSQL's server programs where they are missing, without making
# or starting a public cluster. Debian and Ubuntu only; elsewhere, and without
# the rights to, it prints the one command to run and fails.
set -eu

minimum=15

found() {
    for postgres in "$(command -v postgres 2>/dev/null || true)" /usr/lib/postgresql/*/bin/postgres /usr/pgsql-*/bin/postgres \
        /opt/homebrew/opt/postgresql@*/bin/postgres /usr/local/opt/postgresql@*/bin/postgres \
        /Applications/Postgres.app/Contents/Versions/*/bin/postgres; do
        [ -x "$postgres" ] || continue
        major=$("$postgres" --version | sed -E 's/.*\) ([0-9]+).*/\1/')
        [ "$major" -ge "$minimum" ] && return 0
    done
    return 1
}

if [ -n "${DATABASE_URL:-}" ] || found; then
    exit 0
fi

install='apt-get update && apt-get install -y postgresql-common && sed -i -E "s/^#?create_main_cluster.*/create_main_cluster = false/" /etc/postgresql-common/createcluster.conf && apt-get install -y postgresql'

if ! command -v apt-get >/dev/null 2>&1; then
    case "$(uname -s)" in
    Darwin) echo "PostgreSQL $minimum or newer is missing. Install it with: brew install postgresql@16" >&2 ;;
    *) echo "PostgreSQL $minimum or newer is missing. Install your distribution's postgresql-server package, then run this again." >&2 ;;
    esac
    exit 1
fi

root=
if [ "$(id -u)" -ne 0 ]; then
    if ! sudo -n true 2>/dev/null; then
        echo "PostgreSQL $minimum or newer is missing. Install it with: sudo sh -c '$install'" >&2
        exit 1
    fi
    root="sudo -n"
fi

echo "Installing PostgreSQL (server programs only, no public cluster) ..." >&2
export DEBIAN_FRONTEND=noninteractive
$root env DEBIAN_FRONTEND=noninteractive sh -ec "$install" >&2

if ! found; then
    echo "The distribution's PostgreSQL is older than $minimum. See https://www.postgresql.org/download/ for a newer one." >&2
    exit 1
fi
