# shellcheck shell=bash
# Sourced by the other scripts. Ports: BASE and the next ones.
BASE=${BASE:-48150}
export DATABASE_PORT=$((BASE + 1)) RATES_PORT=$((BASE + 5)) APPPORT=$((BASE + 6))
export KIND=server FIXED=6.0.1
export VER=${VER:-5.2.0} VENV=${VENV:-$PWD/venv} PY=${PY:-python3}

wait_for() {
    local i
    for ((i = 0; i < 600; i++)); do
        if (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; then return 0; fi
        sleep 0.1
    done
    echo "nothing listens on port $1" >&2
    return 1
}
