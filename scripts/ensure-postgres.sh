#!/bin/sh
# Installs PostgreSQL's server programs where they are missing, without making
# or starting a public cluster. Debian and Ubuntu only; elsewhere, and without
# the rights to, it prints the one command to run and fails.
set -eu
. "$(dirname "$0")/install.sh"

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

install_programs "PostgreSQL $minimum or newer" postgresql@16 postgresql-server 'apt-get update && apt-get install -y postgresql-common && sed -i -E "s/^#?create_main_cluster.*/create_main_cluster = false/" /etc/postgresql-common/createcluster.conf && apt-get install -y postgresql'

if ! found; then
    echo "The distribution's PostgreSQL is older than $minimum. See https://www.postgresql.org/download/ for a newer one." >&2
    exit 1
fi
