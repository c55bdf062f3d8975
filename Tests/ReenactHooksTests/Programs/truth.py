"""Starts both other sides without hooks, and prints what really happened as lines of JSON."""
import json
import os
import subprocess
import sys

LOAD = os.path.join(os.path.dirname(os.path.abspath(__file__)), "load.py")
CLEAN = {k: v for k, v in os.environ.items() if not k.startswith(("REENACT", "LD_PRELOAD", "PYTHONPATH"))}
lines = []


def backend():
    child = subprocess.Popen([sys.executable, LOAD, "backend"], env=CLEAN, stdin=subprocess.PIPE,
                             stdout=subprocess.PIPE)
    return child, int(child.stdout.readline())


def driver(port, count, connections):
    return subprocess.Popen([sys.executable, LOAD, "drive", str(port), str(count), str(connections)], env=CLEAN)


def taken(ino, received, rid):
    lines.append(("in", ino, received, rid))


def sent(ino, off, length, rid):
    lines.append(("out", ino, off, length, rid))


def finish():
    for line in lines:
        print(json.dumps(line))
    sys.stdout.flush()
