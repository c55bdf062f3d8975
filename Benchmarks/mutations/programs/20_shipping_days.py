"""When an order arrives: `arrives ORDERED DAYS COUNTRY`, with the holidays of that country."""

import argparse
import os
import statistics

import requests
from dateutil.parser import parse
from dateutil.rrule import DAILY, FR, MO, rrule, weekday


class Holidays:
    def __init__(self, rows):
        self.days = {parse(row["date"]).date(): row["localName"] for row in rows if row["scope"]["national"]}

    def name(self, day):
        return self.days.get(day.date())


class Carrier:
    def __init__(self, data):
        self.name = data["name"].strip()
        self.cutoff = int(data["cutoff"].split(":")[0])
        self.delays = [d["days"] for d in data["delays"]]
        self.weekdays = [weekday(n) for n in data["weekdays"]]

    def late(self):
        return round(statistics.mean(self.delays)) if self.delays else 0


def read(path):
    answer = requests.get(os.environ["API"] + path, timeout=10)
    if not answer.ok:
        raise SystemExit(f"{path} answered {answer.status_code}")
    return answer.json()


def main():
    options = argparse.ArgumentParser()
    options.add_argument("ordered")
    options.add_argument("days")
    options.add_argument("country")
    given = options.parse_args()
    holidays, ordered = Holidays(read("/holidays?year=2026")), parse(given.ordered)
    zones = {country: zone["extra"] for zone in read("/zones")["zones"] for country in zone["countries"]}
    for carrier in map(Carrier, read("/carriers")):
        left = int(given.days) + zones[given.country.upper()] + carrier.late() + (ordered.hour >= carrier.cutoff)
        for day in rrule(DAILY, dtstart=ordered, byweekday=carrier.weekdays, count=60):
            left -= 0 if holidays.name(day) else 1
            if left < 0:
                print(f"{carrier.name:10} {day:%a %d %b}")
                break


main()
