"""measure.py ROOT [--rounds N] [--seconds N] [--only http|postgres] [--print]: see `run`."""

import argparse
import glob
import os
import pathlib
import platform
import re
import statistics
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).parent))
sys.path.insert(0, str(pathlib.Path(__file__).parent.parent))
import sections
import servers

parser = argparse.ArgumentParser()
parser.add_argument("root", type=pathlib.Path)
parser.add_argument("--rounds", type=int, default=5)
parser.add_argument("--seconds", type=int, default=2)
parser.add_argument("--only", choices=["http", "postgres"])
parser.add_argument("--print", action="store_true", help="only print the tables")
options = parser.parse_args()
if options.rounds * options.seconds > 200:
    raise SystemExit("that would load the machine for too long")

REENACT = os.environ["REENACT_BIN"]
PGBENCH = sorted(glob.glob("/usr/lib/postgresql/*/bin/pgbench") or ["pgbench"])[-1]


def output(*command: str) -> str:
    limit = options.seconds + 30
    return subprocess.run(command, check=True, capture_output=True, text=True, timeout=limit, cwd="/").stdout


def wrk(port: int, connections: int, *prefix: str) -> float:
    text = output(*prefix, "wrk", "-t1", f"-c{connections}", f"-d{options.seconds}s", f"http://127.0.0.1:{port}/")
    if "Non-2xx" in text or "Socket errors" in text:
        raise SystemExit(text)
    return float(re.search(r"Requests/sec:\s+([\d.]+)", text)[1])


def pgbench(port: int, connections: int, mode: str, *prefix: str) -> float:
    where = ["-h", "127.0.0.1", "-p", str(port), "-U", "postgres", "bench"]
    load = ["-n", "-S", "-M", mode, "-c", str(connections), "-j", "1", "-T", str(options.seconds)]
    return float(re.search(r"tps = ([\d.]+)", output(*prefix, PGBENCH, *load, *where))[1])


def measure(ways: dict, cells: dict) -> dict:
    """Each way in turn within a round, so that a busy moment of the machine meets all of them."""
    rates: dict = {}
    for number in range(options.rounds):
        for cell, argument in cells.items():
            for way, call in ways.items():
                rates.setdefault((way, cell), []).append(call(*argument))
        print(f"  round {number + 1} of {options.rounds} done", flush=True)
    return rates


def table(title: str, ways: dict, cells: dict, rates: dict) -> str:
    lines = [f"| {title} | " + " | ".join(cells) + " |", "|---" * (len(cells) + 1) + "|"]
    base = next(iter(ways))
    for way in ways:
        row = []
        for cell in cells:
            ratios = [mine / direct for mine, direct in zip(rates[way, cell], rates[base, cell])]
            middle, rate = statistics.median(ratios), statistics.median(rates[way, cell])
            told = f"{rate / 1000:.1f} k/s"
            if cell.endswith("c=1"):
                told += f", {1e6 / rate:.0f} µs"
            row.append(told if way == base else f"**{middle:.2f}** ({min(ratios):.2f} to {max(ratios):.2f}), {told}")
        lines.append(f"| {way} | " + " | ".join(row) + " |")
    return "\n".join(lines)


def http(started: servers.Servers, record: list) -> str:
    direct = started.nginx()
    tcp, level7 = started.haproxy(direct)
    recorded = started.nginx(*record)
    ways = {
        "direct": lambda c: wrk(direct, c),
        "haproxy, tcp": lambda c: wrk(tcp, c),
        "haproxy, http": lambda c: wrk(level7, c),
        "`reenact record` on nginx": lambda c: wrk(recorded, c),
        "`reenact record` on wrk": lambda c: wrk(direct, c, *record),
    }
    cells = {"c=1": (1,), "c=16": (16,)}
    return table("wrk on nginx, 970 B", ways, cells, measure(ways, cells))


def postgres(started: servers.Servers, record: list) -> str:
    direct = started.postgres()
    tcp, _ = started.haproxy(direct, "tcp")
    bouncer = started.pgbouncer(direct)
    ways = {
        "direct": lambda m, c: pgbench(direct, c, m),
        "pgbouncer, session": lambda m, c: pgbench(bouncer, c, m),
        "haproxy, tcp": lambda m, c: pgbench(tcp, c, m),
        "`reenact record` on pgbench": lambda m, c: pgbench(direct, c, m, *record),
    }
    cells = {f"{mode} c={c}": (mode, c) for mode in ("prepared", "simple") for c in (1, 8)}
    return table("pgbench -S", ways, cells, measure(ways, cells))


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="relay-benchmark-") as directory:
        started = servers.Servers(pathlib.Path(directory))
        record = [REENACT, "record", "--quiet", "--cases", f"{directory}/cases", "--"]
        try:
            tables = []
            if options.only != "postgres":
                tables.append(http(started, record))
            if options.only != "http":
                tables.append(postgres(started, record))
        finally:
            started.end()
    for text in tables:
        print(text + "\n")
    if options.print or options.only:
        return
    load = os.getloadavg()
    sections.replace(
        options.root / "docs" / "benchmarks.md",
        "relay",
        "## The relay\n\n"
        f"`Benchmarks/relay/run --rounds {options.rounds} --seconds {options.seconds}`, {os.cpu_count()} cores, "
        f"Linux {platform.release()}, load {load[1]:.1f}. Ratio to direct in the same round: median (least to most) of "
        f"{options.rounds}, and the median rate.\n\n" + "\n\n".join(tables),
    )


main()
