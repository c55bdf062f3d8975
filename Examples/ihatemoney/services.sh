#!/bin/bash
# services.sh start|stop: PostgreSQL with an empty database, and the rate service's edge.
set -euo pipefail
cd "$(dirname "$0")"
. ./env.sh
mkdir -p run

# PostgreSQL does not run as root.
as_owner() {
    if [ "$(id -u)" -eq 0 ]; then setpriv --reuid postgres --regid postgres --clear-groups "$@"; else "$@"; fi
}

programs() { find /usr/lib/postgresql -maxdepth 2 -name bin | sort -V | tail -1; }

start_database() {
    local data=$PWD/run/database bin
    bin=$(programs)
    if [ ! -d "$data" ]; then
        # A server that runs as somebody else must be able to get here.
        data_directory=$(mktemp -d "${TMPDIR:-/tmp}/ihatemoney-data.XXXXXX")
        ln -s "$data_directory" "$data"
        if [ "$(id -u)" -eq 0 ]; then chown postgres: "$data_directory"; fi
        (cd "$data_directory" && as_owner "$bin/initdb" -D "$data_directory" -U postgres -A trust -E UTF8 --locale C.UTF-8) >run/initdb.log 2>&1
    fi
    data=$(readlink -f "$data")
    (cd "$data" && as_owner "$bin/postgres" -D "$data" -p "$DATABASE_PORT" -h 127.0.0.1 -k '' -c fsync=off) >run/database.log 2>&1 &
    wait_for "$DATABASE_PORT"
    local i
    for ((i = 0; i < 100; i++)); do
        if "$bin/psql" -h 127.0.0.1 -p "$DATABASE_PORT" -U postgres -qc 'select 1' >/dev/null 2>&1; then break; fi
        sleep 0.1
    done
    # INT: it does not wait for its clients.
    echo "INT $(head -1 "$data/postmaster.pid")" >>run/pids
    "$bin/createdb" -h 127.0.0.1 -p "$DATABASE_PORT" -U postgres budgets 2>/dev/null || true
}

start_rates() {
    python3 rates.py "$RATES_PORT" run >run/rates.log 2>&1 &
    echo "TERM $!" >>run/pids
    wait_for "$RATES_PORT"
}

stop() {
    [ -f run/pids ] || return 0
    local signal pid i
    tac run/pids | while read -r signal pid; do
        kill "-$signal" "$pid" 2>/dev/null || continue
        for ((i = 0; i < 100; i++)); do
            kill -0 "$pid" 2>/dev/null || break
            sleep 0.1
        done
    done
    rm -f run/pids
    if [ -L run/database ]; then
        rm -rf "$(readlink -f run/database)"
        rm run/database
    fi
}

case ${1:-} in
start)
    stop
    start_database
    start_rates
    echo "started: PostgreSQL on port $DATABASE_PORT, the rate service on port $RATES_PORT"
    ;;
stop) stop ;;
*)
    echo "usage: services.sh start|stop" >&2
    exit 64
    ;;
esac
