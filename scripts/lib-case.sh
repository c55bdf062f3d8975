# shellcheck shell=bash
# Sourced by `demo` and `cases`: what is done with a directory that holds an application with a known failure.
# Such a directory has install.sh, services.sh start|stop, app.sh, trigger.sh and env.sh (KIND is server or cli,
# VER and VENV choose a version and its environment, BASE moves all ports, APPPORT is where a server listens).

: "${work:?}" "${root:?}" # set by lib.sh

# prepare_case DIR: a copy under the work directory, so that nothing is written beside the original; sets `place`.
prepare_case() {
    place=$work/cases/$(basename "$1")
    mkdir -p "$place"
    (cd "$1" && tar -c --exclude=./venv --exclude=./venv-fixed --exclude=./run --exclude='*.log' .) | tar -x -C "$place"
    kind=$(in_case 'printf %s "$KIND"')
}

# in_case SCRIPT: the script, in the case's directory and with its variables.
in_case() { (cd "$place" && bash -c ". ./env.sh; $1"); }

# install_version VER VENV: unless it was installed already. Without VER, the version that fails.
install_version() {
    local stamp=$place/$2/.installed
    if [ "$(cat "$stamp" 2>/dev/null)" = "${1:-faulty}" ]; then return; fi
    rm -rf "${place:?}/$2"
    (
        cd "$place" || exit
        export VENV=$place/$2
        if [ -n "$1" ]; then export VER=$1; fi
        ./install.sh
    ) || return
    mkdir -p "$place/$2"
    printf '%s' "${1:-faulty}" >"$stamp"
}

# fixed_version DIR: from Examples/fixed-versions, `FIXED` in env.sh, or the first version in fixed.txt.
fixed_version() {
    local version
    version=$(awk -v name="$(basename "$1")" '$1 == name { print $2 }' "$root/Examples/fixed-versions")
    if [ -n "$version" ]; then
        printf '%s\n' "$version"
        return
    fi
    version=$(cd "$1" && bash -c '. ./env.sh; printf %s "${FIXED:-}"')
    if [ -z "$version" ] && [ -f "$1/fixed.txt" ]; then
        version=$(grep -oE '[0-9]+(\.[0-9]+)+[a-z0-9.]*' "$1/fixed.txt" | head -1)
        version=${version%.}
    fi
    printf '%s\n' "$version"
}

start_services() { (cd "$place" && ./services.sh start); }
stop_services() { (cd "$place" && ./services.sh stop) || true; }

# record_server CASES: the application under record, the trigger, and TERM. Fails if the trigger saw no failure.
record_server() {
    local cases=$1 recorder rc=0
    mkdir -p "$place/run"
    (cd "$place" && exec "$(reenact_bin)" record --cases "$cases" -- ./app.sh) >"$place/run/record.log" 2>&1 &
    recorder=$!
    (cd "$place" && timeout 180 ./trigger.sh) || rc=$?
    # A case is written off the request's path; TERM waits for it.
    end_process "$recorder" 30
    wait "$recorder" 2>/dev/null || true
    return "$rc"
}

# record_command CASES: the trigger starts the command itself, with WRAP before it.
record_command() {
    mkdir -p "$place/run"
    (cd "$place" && WRAP="$(reenact_bin) record --cases $1 --" timeout 180 ./trigger.sh)
}

record_case() { if [ "$kind" = cli ]; then record_command "$1"; else record_server "$1"; fi; }

# newest_case CASES: the case that was written last.
newest_case() { find "$1" -name '*.reenact' -printf '%T@ %p\n' | sort -n | tail -1 | cut -d' ' -f2-; }

# shellcheck disable=SC2034
# seconds COMMAND...: runs it and leaves the time that it took in `elapsed`.
seconds() {
    local began=${EPOCHREALTIME/./} rc=0
    "$@" || rc=$?
    elapsed=$(awk -v us=$((${EPOCHREALTIME/./} - began)) 'BEGIN { printf "%.1f", us / 1e6 }')
    return "$rc"
}
