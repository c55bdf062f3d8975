"""Scales recipes from a SQLite database and says what is missing in the kitchen."""

import json
import os
import sqlite3
from collections import defaultdict
from fractions import Fraction

UNITS = {"g": 1, "kg": 1000, "ml": 1, "l": 1000, "pc": 1}


def rows(db, sql, *values):
    cursor = db.execute(sql, values)
    names = [d[0] for d in cursor.description]
    for row in cursor:
        yield dict(zip(names, row))


def amount(text):
    number, _, unit = text.partition(" ")
    return Fraction(number) * UNITS[unit or "pc"]


def needed(db, recipe, persons):
    factor = Fraction(persons, recipe["serves"])
    for part in rows(db, "SELECT ingredient_id, amount, options FROM part WHERE recipe_id = ?", recipe["id"]):
        options = json.loads(part["options"])
        if options.get("optional"):
            continue
        yield part["ingredient_id"], amount(part["amount"]) * factor


def stock(db):
    held = defaultdict(Fraction)
    for row in rows(db, "SELECT i.id, s.amount, s.best_before FROM ingredient i JOIN stock s ON s.ingredient_id = i.id"):
        if row["best_before"] is None or row["best_before"] > "2026-03-01":
            held[row["id"]] += amount(row["amount"])
    return held


def main():
    with sqlite3.connect(os.environ["DB"]) as db:
        held = stock(db)
        names = dict(db.execute("SELECT id, name FROM ingredient"))
        for plan in rows(db, "SELECT day, recipe_id, persons FROM plan ORDER BY day"):
            recipe = next(rows(db, "SELECT * FROM recipe WHERE id = ?", plan["recipe_id"]))
            hours, minutes = recipe["time"].split(":")
            title = recipe["title"].title()
            author = recipe["author"] or "unknown"
            missing = []
            for ingredient, wanted in needed(db, recipe, plan["persons"]):
                if wanted > held[ingredient]:
                    missing.append(f"{names[ingredient].lower()} {float(wanted - held[ingredient]):g}")
                held[ingredient] -= wanted
            print(plan["day"][5:], title, f"by {author[:10]}", int(hours) * 60 + int(minutes), "min;", ", ".join(missing) or "all there")


main()
