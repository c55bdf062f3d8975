"""Times programs by themselves, recorded, replayed, and under other tools; prints a table of ratios."""

import argparse
import os
import resource
import shutil
import subprocess
import sys
import time

import services

PYTHON = """
import json, os, tempfile
d = tempfile.mkdtemp()
for i in range(1200):
    p = os.path.join(d, str(i))
    with open(p, "w") as f: json.dump({"n": i, "l": list(range(60))}, f)
    with open(p) as f: json.load(f)
    os.unlink(p)
os.rmdir(d)
"""
NODE = """
const fs = require("fs"), os = require("os"), path = require("path");
const d = fs.mkdtempSync(path.join(os.tmpdir(), "x"));
for (let i = 0; i < 800; i++) {
  const p = path.join(d, String(i));
  fs.writeFileSync(p, JSON.stringify({ n: i, l: [...Array(60).keys()] }));
  JSON.parse(fs.readFileSync(p)); fs.unlinkSync(p);
}
fs.rmdirSync(d);
"""


def timed(command):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.monotonic()
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=300)
    wall = time.monotonic() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return cpu, wall, done


def calls(reenact, recording):
    lines = subprocess.run([reenact, "replay", "--trace", "--json", recording], capture_output=True, text=True).stdout
    return sum('"kind":"call"' in line or '"kind":"enter"' in line for line in lines.splitlines())


def more(arguments, place, reenact, workload):
    """What is not one command's CPU time: a server, many processes, a debugger."""
    record = [reenact, "record", "--exec", "--quiet", "--output", os.path.join(place, "s.rexec"), "--"]
    tools = {"": [], "record": record, "strace -f": ["strace", "-f", "-o", "/dev/null"]}
    print("\n| | by itself | record | strace -f |\n|---|---|---|---|")
    if shutil.which("redis-server"):
        native, found = services.redis(tools, place, arguments.rounds)
        print(f"| redis-server, CPU a request (20,000 set and get, 10 clients) | {native:.1f} µs | **{found['record']:.2f}** | {found['strace -f']:.2f} |")
    native, found = services.build(tools, place)
    cells = [f"**{found[t][0]:.2f}** ({found[t][1]:.2f})" if t in found else "did not end" for t in ("record", "strace -f")]
    print(f"| `make -j8`, 360 small processes | {native[0] * 1000:.0f}, {native[1] * 1000:.0f} ms | {' | '.join(cells)} |")
    length, found, text = services.backwards(reenact, place, workload)
    if not found:
        sys.exit(f"gdb: {text[-600:]}")
    said = ", ".join(f"{name} {seconds} s" for name, seconds in found)
    wanted = ["continue", "reverse-stepi", "reverse-step", "reverse-continue"]
    late = [name for name in wanted if name not in dict(found)]
    unanswered = f" Not answered within two minutes: {', '.join(late)}." if late else ""
    print(f"\ngdb in a recording of {length:.1f} s, stopped at its end: {said}.{unanswered}")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("reenact")
    parser.add_argument("place")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--budget", type=float, default=1200, help="seconds; no new round begins after its share")
    arguments = parser.parse_args()
    place, reenact = arguments.place, arguments.reenact
    free = os.sched_getaffinity(0)
    pinned = {max(free)}
    os.sched_setaffinity(0, pinned)
    database = os.path.join(place, "db")
    sql = (
        "pragma journal_mode=wal; create table if not exists t(a integer primary key, b text);"
        "with recursive c(n) as (select 1 union all select n+1 from c where n < 120000)"
        " insert into t(b) select hex(n) from c; select count(*), sum(length(b)) from t; drop table t;"
    )
    workload = os.path.join(place, "workload")
    workloads = {
        "python3, JSON and files": ["/usr/bin/python3", "-c", PYTHON],
        "sqlite3, WAL, 120,000 rows": ["/usr/bin/sqlite3", database, sql],
        "node, JSON and files": [shutil.which("node") or "node", "-e", NODE],
        "qsort of 3 million": [workload, "qsort"],
        "100,000 × read and write of 512 B": [workload, "storm"],
        "`true`": ["/bin/true"],
        "9,000 instructions": [workload, "tiny"],
    }
    peers = {"record": None, "replay": None, "strace -f": ["strace", "-f", "-o", "/dev/null"]}
    if shutil.which("qemu-x86_64"):
        peers["qemu-x86_64"] = ["qemu-x86_64"]
    rows = []
    for name, command in workloads.items():
        recording = os.path.join(place, "r.rexec")
        tools = dict(peers)
        if name == "9,000 instructions":
            tools["gdb record full"] = [
                "gdb", "-nx", "-batch", "-ex", "break main", "-ex", "run", "-ex", "record full", "-ex", "continue", "--args",
            ]
        found = {tool: [] for tool in tools}
        natives, unpinned = [], {"": [], "record": []}
        began = time.monotonic()
        for _ in range(arguments.rounds):
            if natives and time.monotonic() - began > arguments.budget / (len(workloads) + 3):
                break
            native = timed(command)
            natives.append(native)
            for tool, prefix in tools.items():
                if tool == "record":
                    full = [reenact, "record", "--exec", "--quiet", "--output", recording, "--"] + command
                elif tool == "replay":
                    full = [reenact, "replay", "--silent", recording]
                else:
                    full = prefix + command
                cpu, wall, done = timed(full)
                if tool in ("record", "replay") and done.returncode != native[2].returncode:
                    sys.exit(f"{tool} of {name}: status {done.returncode}: {done.stderr[-400:]!r}")
                found[tool].append((cpu, wall))
            os.sched_setaffinity(0, free)
            unpinned[""].append(timed(command)[:2])
            other = os.path.join(place, "unpinned.rexec")
            unpinned["record"].append(timed([reenact, "record", "--exec", "--quiet", "--output", other, "--"] + command)[:2])
            os.sched_setaffinity(0, pinned)
        cpu = min(n[0] for n in natives)
        wall = min(n[1] for n in natives)
        cells = []
        for tool in ["record", "replay", "strace -f", "qemu-x86_64", "gdb record full"]:
            if tool not in found:
                cells.append("–")
                continue
            c = min(f[0] for f in found[tool])
            w = min(f[1] for f in found[tool])
            cells.append(f"**{c / max(cpu, 1e-4):.2f}** ({w / wall:.2f})")
        least = {way: [min(one[i] for one in unpinned[way]) for i in (0, 1)] for way in unpinned}
        ratios = [with_it / max(without, 1e-4) for with_it, without in zip(least["record"], least[""])]
        cells.insert(1, f"**{ratios[0]:.2f}** ({ratios[1]:.2f})")
        size, count = os.path.getsize(recording), calls(reenact, recording)
        rows.append(f"| {name} | {cpu * 1000:.0f}, {wall * 1000:.0f} ms | {' | '.join(cells)} | {count} | {size / max(count, 1):.0f} |")
    print("## Exact execution recording\n")
    load = os.getloadavg()[0]
    print(
        f"`Benchmarks/execution/run --rounds {arguments.rounds}`, one CPU of {os.cpu_count()} but for 'not pinned', Linux {os.uname().release}, "
        f"load {load:.1f} (the runs themselves included). CPU time of the whole tree as a ratio to the program by itself, wall "
        "clock in brackets; the least of all rounds, since other work disturbs. Every recording was replayed with all checks equal. Bytes: the whole recording, with "
        "copies of files that are not the system's, by system call.\n"
    )
    print("| | by itself (CPU, wall) | record | record, not pinned | replay | strace -f | qemu-x86_64 | gdb record full | calls | bytes a call |")
    print("|---|---|---|---|---|---|---|---|---|---|")
    print("\n".join(rows))
    more(arguments, place, reenact, workload)


if __name__ == "__main__":
    main()
