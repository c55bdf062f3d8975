"""report.py DIRECTORY: the table of what `reenact why` costs, from the answers in the directory."""
import glob
import json
import os
import sys

rows, seconds, rates = [], [], []
for path in sorted(glob.glob(os.path.join(sys.argv[1], "*.why"))):
    why, run = json.load(open(path)), json.load(open(path[:-4] + ".run"))
    took = float(open(path[:-4] + ".seconds").read())
    phases, count = run["phases"], len(run["attempts"])
    seconds.append(why["milliseconds"] / 1000)
    rates.append(count / took)
    kinds = ", ".join(sorted({cause["kind"] for cause in why["causes"]})) or why.get("obstacle", "")
    rows.append("| %s | %s | %d of %d for %d | %.1f | %.1f | %s |" % (
        kinds, why["state"], len(why["experiments"]), why["budget"], why["conditions"], why["milliseconds"] / 1000,
        count / took, " | ".join("%.0f" % phases[name] for name in (
            "sandbox", "stubs", "ready", "trigger", "observe", "destroy", "total"))))
seconds.sort()
rates.sort()
print("## The cause by experiment\n")
print("`Benchmarks/why/run`, %d cores, load %.1f. Attempts a second are those of `reenact run -n 20`, as many side by side as"
      " there are cores; milliseconds of one attempt by phase: `ready` and `trigger` are the application's own.\n"
      % (os.cpu_count(), os.getloadavg()[0]))
print("| cause | state | attempts, most, conditions | s | attempts/s | sandbox | stubs | ready | trigger | observe |"
      " destroy | total |\n|" + "---|" * 12)
print("\n".join(rows))
print("\nMedian: %.1f s a case, %.1f attempts a second." % (seconds[len(seconds) // 2], rates[len(rates) // 2]))
