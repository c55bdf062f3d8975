# shellcheck shell=bash disable=SC2034
# Sourced by each acceptance test: a scratch directory, checks, and an end at which nothing is left.

set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=scripts/lib.sh
. "$here/../../scripts/lib.sh"
bin=$(reenact_bin)
programs=$here/programs
scratch=$(mktemp -d "${TMPDIR:-/tmp}/acceptance.XXXXXX")
# All that belongs to this test has this in its environment, wherever it has got to.
export REENACT_ACCEPTANCE=$scratch
# Files of Reenact's own go here, so that those of others on this machine are not taken for left-overs.
export TMPDIR=$scratch/tmp XDG_DATA_HOME=$scratch/data
mkdir -p "$TMPDIR"
failed=0

ok() { say "ok - $*"; }
not_ok() {
    say "not ok - $*"
    failed=$((failed + 1))
}

# check TEXT COMMAND...: passes if the command succeeds.
check() {
    local text=$1
    shift
    if "$@"; then ok "$text"; else not_ok "$text"; fi
}

# equal TEXT WANTED GOT
equal() { if [ "$2" = "$3" ]; then ok "$1"; else not_ok "$1 (wanted: $2; got: $3)"; fi; }

# ours: the processes of this test, but for this shell and what it is just running.
ours() {
    local entry pid
    for entry in /proc/[0-9]*; do
        pid=${entry#/proc/}
        case $pid in "$$" | "$BASHPID" | "$PPID") continue ;; esac
        if tr '\0' '\n' <"$entry/environ" 2>/dev/null | grep -qxF "REENACT_ACCEPTANCE=$scratch"; then
            # A zombie has left already; the shell's own children are this function's.
            case $(cut -d' ' -f3,4 "$entry/stat" 2>/dev/null) in Z* | *" $BASHPID" | '') continue ;; esac
            printf '%s\n' "$pid"
        fi
    done 2>/dev/null
}

# nothing_left TEXT: no process of this test, no file of Reenact's own (given a moment to go).
nothing_left() {
    local i left files
    for ((i = 0; i < 60; i++)); do
        left=$(ours) files=$(find "$TMPDIR" -mindepth 1 -maxdepth 1)
        if [ -z "$left" ] && [ -z "$files" ]; then
            ok "$1"
            return
        fi
        sleep 0.1
    done
    not_ok "$1: left: $(for pid in $left; do tr '\0' ' ' <"/proc/$pid/cmdline" 2>/dev/null; done) $files"
    end_ours
    rm -rf "${TMPDIR:?}"/*
}

end_ours() {
    local pid
    for pid in $(ours); do kill -KILL "$pid" 2>/dev/null || true; done
}

finish() {
    local rc=$?
    end_ours
    if [ "$failed" -gt 0 ] || [ "$rc" -ne 0 ]; then say "# scratch directory kept: $scratch"; else rm -rf "$scratch"; fi
    [ "$failed" -eq 0 ] || exit 1
    exit "$rc"
}
trap finish EXIT

# free_port: one that nothing listens on.
free_port() {
    # Below the range from which the kernel takes the ports of outgoing connections.
    python3 - <<'END'
import random, socket
for _ in range(1000):
    try:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", random.randrange(15000, 32000)))
            print(probe.getsockname()[1])
            break
    except OSError:
        pass
END
}

# cases_in DIRECTORY: how many.
cases_in() { find "$1" -name '*.reenact' 2>/dev/null | wc -l; }
