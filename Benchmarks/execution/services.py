"""A server's CPU time per request, and a build of many small processes: by themselves, recorded, under strace."""

import os
import re
import resource
import signal
import subprocess
import time

MAKEFILE = """
N := $(shell seq 1 120)
all: $(N)
$(N):
	@/bin/true; /bin/echo $@ >PLACE/made.$@
.PHONY: all $(N)
"""


def bounded(command, seconds):
    """Runs a command with all that it starts; whether it came to its end in time."""
    child = subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )
    try:
        return child.wait(timeout=seconds) == 0
    except subprocess.TimeoutExpired:
        os.killpg(child.pid, signal.SIGKILL)
        child.wait()
        return False


def served(prefix, place, port, requests):
    """CPU seconds of a redis-server that answered so many requests, with all that recorded it."""
    server = ["redis-server", "--port", str(port), "--save", "", "--appendonly", "no", "--dir", place]
    child = subprocess.Popen(prefix + server, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        client = ["redis-cli", "-p", str(port)]
        for _ in range(400):
            if b"PONG" in subprocess.run(client + ["ping"], capture_output=True).stdout:
                break
            time.sleep(0.05)
        else:
            raise RuntimeError("redis-server does not answer")
        if requests:
            subprocess.run(
                ["redis-benchmark", "-p", str(port), "-n", str(requests // 2), "-c", "10", "-t", "set,get", "-q"],
                capture_output=True, timeout=120, check=True,
            )
        subprocess.run(client + ["shutdown", "nosave"], capture_output=True, timeout=60)
        _, _, usage = os.wait4(child.pid, 0)
        child.returncode = 0
        return usage.ru_utime + usage.ru_stime
    finally:
        if child.returncode is None:
            child.kill()
            child.wait()


def redis(tools, place, rounds=1, requests=20000):
    """A row: microseconds of CPU a request by itself, and what else takes as a ratio to it; the least of all rounds."""
    port = 20000 + os.getpid() % 10000
    found = {}
    for _ in range(rounds):
        for name, prefix in tools.items():
            empty = served(prefix, place, port, 0)
            value = (served(prefix, place, port, requests) - empty) / requests * 1e6
            found[name] = min(value, found.get(name, value))
    native = found.pop("")
    return native, {name: value / native for name, value in found.items()}


def build(tools, place):
    """A row: CPU and wall milliseconds of `make -j8`, and ratios to it."""
    path = os.path.join(place, "Makefile")
    with open(path, "w") as file:
        file.write(MAKEFILE.replace("PLACE", place))
    found = {}
    for name, prefix in tools.items():
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        start = time.monotonic()
        if not bounded(prefix + ["make", "-s", "-j8", "-f", path], 90):
            continue
        wall = time.monotonic() - start
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        found[name] = (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, wall)
    native = found.pop("")
    return native, {name: (cpu / native[0], wall / native[1]) for name, (cpu, wall) in found.items()}


BACKWARDS = """
import time
def timed(name, command):
    start = time.monotonic()
    try:
        text = gdb.execute(command, to_string=True)
    except gdb.error as error:
        text = str(error)
    print("TIMED %s %.3f %s" % (name, time.monotonic() - start, " ".join(text.split())[:80]), flush=True)
gdb.execute("set pagination off")
gdb.execute("set confirm off")
gdb.execute("set sysroot /")
gdb.execute("set can-use-hw-watchpoints 1")
gdb.execute("target remote 127.0.0.1:PORT")
gdb.execute("break finished")
timed("continue", "continue")
timed("reverse-stepi", "reverse-stepi")
timed("reverse-step", "reverse-step")
gdb.execute("delete")
gdb.execute("watch *(unsigned *)&touched")
timed("reverse-continue", "reverse-continue")
"""


def backwards(reenact, place, workload):
    """Seconds that gdb's commands take in a recording of a program that runs for some ten seconds."""
    recording, script = os.path.join(place, "long.rexec"), os.path.join(place, "backwards.py")
    start = time.monotonic()
    if not bounded([reenact, "record", "--exec", "--quiet", "--output", recording, "--", workload, "long"], 90):
        return 0, [], "the recording did not end"
    length = time.monotonic() - start
    server = subprocess.Popen(
        [reenact, "replay", "--gdb", "0", recording], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    )
    try:
        port = re.search(r"port (\d+)", server.stderr.readline())[1]
        with open(script, "w") as file:
            file.write(BACKWARDS.replace("PORT", port))
        said = os.path.join(place, "gdb.out")
        with open(said, "w") as file:
            debugger = subprocess.Popen(
                ["gdb", "-nx", "-batch", "-x", script, workload], stdin=subprocess.DEVNULL, stdout=file, stderr=file
            )
            try:
                debugger.wait(timeout=120)
            except subprocess.TimeoutExpired:
                # What it had not answered by then is not in the table.
                debugger.kill()
                debugger.wait()
        with open(said) as file:
            text = file.read()
        return length, re.findall(r"TIMED (\S+) ([0-9.]+)", text), text
    finally:
        server.kill()
        server.wait()
