"""report.py DIRECTORY: the tables of what `reenact why` costs, from the answers in the directory."""
import glob
import json
import os
import statistics
import sys

NAMES = ("sandbox", "stubs", "ready", "trigger", "observe", "destroy", "total")


def phases(attempts):
    """The median of each phase, in milliseconds."""
    return " | ".join("%.0f" % statistics.median(a[name] for a in attempts) if attempts else "" for name in NAMES)


rows, seconds, fresh, used, alone = [], [], [], [], []
for path in sorted(glob.glob(os.path.join(sys.argv[1], "*.why"))):
    why, run = json.load(open(path)), json.load(open(path[:-4] + ".run"))
    seconds.append(why["milliseconds"] / 1000)
    made = [e for e in why["experiments"] if e.get("phases")]
    fresh += [e["phases"] for e in made if not e["isWarm"]]
    used += [e["phases"] for e in made if e["isWarm"]]
    alone += [a["phases"] for a in run["attempts"]]
    cause = why["causes"][0] if why["causes"] else None
    rows.append("| %s | %s | %d + %d of %d for %d | %.1f |" % (
        why["sentence"].split(":")[0].replace("|", "\\|")[:110] if cause else "none", why["state"],
        sum(not e["isWarm"] for e in why["experiments"]), sum(e["isWarm"] for e in why["experiments"]), why["budget"],
        why["conditions"], why["milliseconds"] / 1000))
print("## The cause by experiment\n")
print("`Benchmarks/why/run`, %d cores, load %.1f.\n" % (os.cpu_count(), os.getloadavg()[0]))
print("| found | state | attempts in fresh + used programs, most, conditions | s |\n|---|---|---|---|")
print("\n".join(rows))
print("\nMedian: %.1f s a case. Milliseconds of an attempt by phase, medians; `ready` and `trigger` are the application's"
      " own, and two attempts run side by side:\n" % statistics.median(seconds))
print("| attempt | n | %s |\n|%s" % (" | ".join(NAMES), "---|" * (len(NAMES) + 2)))
for name, attempts in (("in a used program", used), ("in a fresh one, started ahead", fresh), ("`reenact run`", alone)):
    print("| %s | %d | %s |" % (name, len(attempts), phases(attempts)))
if used:
    print("\nThat is %.0f attempts a second in used programs on %d cores."
          % (os.cpu_count() * 1000 / statistics.mean(a["total"] for a in used), os.cpu_count()))
