"""Exports a school's timetable as CSV: `export WEEK CLASS [--teachers]`."""

import csv
import json
import os
import sys
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from urllib.request import urlopen


def get(path):
    with urlopen(os.environ["API"] + path) as answer:
        return json.loads(answer.read().decode(answer.headers.get_content_charset() or "utf-8"))


def monday(week):
    year, number = week.split("-W")
    return date.fromisocalendar(int(year), int(number), 1)


def clock(minutes):
    return "{:02d}:{:02d}".format(*divmod(minutes, 60))


def lessons(table, periods):
    return [
        {"day": day["index"], "from": clock(periods[lesson["period"]]), "subject": lesson["subject"]["short"].upper(),
         "rooms": "+".join(room["name"] for room in lesson["rooms"]), "teacher": lesson["teacher"], "weight": lesson["weight"]}
        for day in table["days"] for lesson in day["lessons"] if not lesson.get("cancelled")
    ]


def main(week, group, *options):
    first = monday(week)
    periods = {p["number"]: p["begins"] for p in get("/periods")}
    names = {t["code"]: " ".join(reversed(t["name"].split(", "))) for t in get("/teachers")["teachers"]}
    rows = lessons(get("/table"), periods)
    writer = csv.DictWriter(sys.stdout, ["date", "from", "subject", "rooms", "teacher", "hours"], extrasaction="ignore")
    writer.writeheader()
    for row in rows:
        hours = (Decimal(row["weight"]) * 45 / 60).quantize(Decimal("0.1"), ROUND_HALF_UP)
        teacher = names[row["teacher"]] if "--teachers" in options else row["teacher"]
        writer.writerow(row | {"date": first + timedelta(days=row["day"]), "teacher": teacher, "hours": hours})
    grade = int(group[:-1])
    print(f"# class {group}, {sum(Decimal(r['weight']) for r in rows) / len(rows):.2f} a lesson, {grade + 5} years", file=sys.stderr)


main(*sys.argv[1:])
