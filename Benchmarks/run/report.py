"""report.py ROOT ATTEMPTS REPORT...: medians of the phases over all attempts of each `reenact run --json`."""

import json
import os
import pathlib
import statistics
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent))
import sections

PHASES = ["plan", "sandbox", "stubs", "ready", "trigger", "observe", "destroy", "total", "ownShare"]


def row(path: str) -> str:
    report = json.loads(pathlib.Path(path).read_text())
    attempts = [attempt["phases"] for attempt in report["attempts"] if "phases" in attempt]
    cells = []
    for phase in PHASES:
        values = [attempt[phase] for attempt in attempts if phase in attempt] or [report["phases"].get(phase, 0)]
        cells.append(f"{statistics.median(values):.0f}")
    shares = [attempt["ownShare"] for attempt in attempts if "ownShare" in attempt]
    spread = f" ({min(shares):.0f} to {max(shares):.0f})" if shares else ""
    seen = report.get("expected", {}).get("type", "")
    return f"| {report['caseID']} `{seen}`, {report['outcome']} | " + " | ".join(cells) + spread + " |"


def main() -> None:
    root, attempts, reports = pathlib.Path(sys.argv[1]), sys.argv[2], sys.argv[3:]
    text = "\n".join(
        [
            "## Reenact's own share of a run",
            "",
            f"`Benchmarks/run/run -n {attempts}`, {os.cpu_count()} cores, load {os.getloadavg()[1]:.1f}; milliseconds, "
            f"median of {attempts} attempts. `ready` and `trigger` are the application's own start and work; the own "
            "share is all the rest.",
            "",
            "| case | " + " | ".join(PHASES[:-1]) + " | own share (least to most) |",
            "|---" * (len(PHASES) + 1) + "|",
            *[row(path) for path in reports],
        ]
    )
    print(text)
    sections.replace(root / "docs" / "benchmarks.md", "run", text)


main()
