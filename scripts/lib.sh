# shellcheck shell=bash
# Sourced by the scripts: where things are, and how to say what is going on.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
work=${REENACT_WORK:-$root/.work}
export root work

if [ -t 1 ] && [ -z "${NO_COLOR:-}" ]; then
    bold=$'\e[1m' dim=$'\e[2m' red=$'\e[31m' green=$'\e[32m' plain=$'\e[0m'
else
    bold='' dim='' red='' green='' plain=''
fi
export bold dim red green plain

say() { printf '%s\n' "$*"; }
heading() { printf '\n%s%s%s\n' "$bold" "$*" "$plain"; }
complain() { printf '%s%s%s\n' "$red" "$*" "$plain" >&2; }
die() {
    complain "$*"
    exit 1
}

# step TEXT COMMAND...: runs a long step quietly, shows that it goes on, and its output if it fails.
step() {
    local text=$1 log rc=0 began=$SECONDS watcher=''
    shift
    mkdir -p "$work/log"
    log=$work/log/$(printf '%s' "$text" | tr -cs 'a-zA-Z0-9' '-' | cut -c1-60).log
    printf '  %s … ' "$text"
    if [ -t 1 ]; then
        (while sleep 5; do printf '.'; done) &
        watcher=$!
    fi
    "$@" >"$log" 2>&1 </dev/null || rc=$?
    if [ -n "$watcher" ]; then
        kill "$watcher" 2>/dev/null || true
        wait "$watcher" 2>/dev/null || true
    fi
    if [ "$rc" -eq 0 ]; then
        printf '%sdone%s (%d s)\n' "$green" "$plain" $((SECONDS - began))
    else
        printf '%sfailed%s (%d s)\n' "$red" "$plain" $((SECONDS - began))
        tail -n 30 "$log" >&2
        complain "All of it: $log"
    fi
    return "$rc"
}

# has COMMAND: is there such a program?
has() { command -v "$1" >/dev/null 2>&1; }

# wait_for_port PORT [SECONDS]: until something listens there (at most 30 s).
wait_for_port() {
    local tries=$((${2:-30} * 20)) i
    for ((i = 0; i < tries; i++)); do
        if (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; then return 0; fi
        sleep 0.05
    done
    return 1
}

# end_process PID [SECONDS]: TERM, and KILL for the one that does not hear (default: after 10 s).
end_process() {
    local pid=$1 tries=$((${2:-10} * 20)) i
    kill "$pid" 2>/dev/null || return 0
    for ((i = 0; i < tries; i++)); do
        kill -0 "$pid" 2>/dev/null || return 0
        sleep 0.05
    done
    kill -KILL "$pid" 2>/dev/null || true
}

# Where the built programs are: REENACT_BIN for those of another build.
reenact_bin() { printf '%s\n' "${REENACT_BIN:-$root/.build/release/reenact}"; }
