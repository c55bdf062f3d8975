"""Fails over what it is given: `lines` and `table` on standard input, `settings` in a file; `serve` goes on otherwise."""
import csv
import json
import signal
import sys


def price(line):
    return json.loads(line)["price"] * 2


def amount(row):
    return float(row["amount"])


def workers(text):
    found = [line.split(":")[1].strip() for line in text.splitlines() if "workers:" in line]
    return sum(int(each) for each in found)


if sys.argv[1] == "lines":
    print(sum(price(line) for line in sys.stdin))
elif sys.argv[1] == "table":
    print(sum(amount(row) for row in csv.DictReader(sys.stdin)))
else:
    with open("settings.yaml") as file:
        print(workers(file.read()))
    if sys.argv[1] == "serve":
        signal.pause()
