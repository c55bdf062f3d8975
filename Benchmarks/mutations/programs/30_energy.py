"""Meter readings into bills: readings in SQLite, tariffs over HTTP, lines as CSV."""

import collections
import csv
import io
import os
import sqlite3
from contextlib import closing
from datetime import datetime
from decimal import Decimal

import requests

Reading = collections.namedtuple("Reading", "meter taken kwh")


def readings(path):
    with closing(sqlite3.connect(path)) as db:
        for row in db.execute("SELECT meter, taken, kwh FROM reading ORDER BY meter, taken"):
            yield Reading(*row)


def meters(path):
    with closing(sqlite3.connect(path)) as db:
        db.row_factory = sqlite3.Row
        return {row["number"]: dict(row) for row in db.execute("SELECT * FROM meter")}


def consumption(all_readings):
    by_meter = collections.defaultdict(list)
    for reading in all_readings:
        by_meter[reading.meter].append(reading)
    for meter, (first, *_, last) in by_meter.items():
        days = (datetime.strptime(last.taken, "%Y-%m-%d") - datetime.strptime(first.taken, "%Y-%m-%d")).days
        yield meter, last.kwh - first.kwh, days


class Tariffs:
    def __init__(self, base):
        data = requests.get(base + "/tariffs", timeout=10).json()
        self.vat = Decimal(str(data["vat"]["percent"])) / 100
        self.steps = {t["code"]: t["steps"] for t in data["tariffs"]}

    def price(self, code, kwh, days):
        step = [s for s in self.steps[code] if s["from"] <= kwh * 365 / days][-1]
        return (Decimal(step["cents"]) * Decimal(kwh) + Decimal(step["base"] or 0)) / 100 * (1 + self.vat)


def main():
    known, tariffs, out = meters(os.environ["DB"]), Tariffs(os.environ["API"]), io.StringIO()
    writer = csv.writer(out, delimiter=";")
    for number, kwh, days in consumption(readings(os.environ["DB"])):
        meter = known[number]
        street, _, house = meter["address"].rpartition(" ")
        writer.writerow([number[-4:], street.upper(), int(house), meter["owner"] or "?", round(kwh), f"{tariffs.price(meter['tariff'], kwh, days):.2f}"])
    print(out.getvalue())


main()
