"""Sales by month against targets: rows of SQLite and a JSON answer, with pandas."""

import json
import os
import sqlite3
from urllib.request import urlopen

import pandas as pd


class Warehouse:
    def __init__(self, path):
        self.connection = sqlite3.connect(path)

    def frame(self, sql, **options):
        return pd.read_sql_query(sql, self.connection, **options)


def orders(warehouse):
    frame = warehouse.frame("SELECT o.id, o.day, o.region, o.units, a.price, a.title FROM orders o JOIN article a ON a.id = o.article_id")
    frame["month"] = pd.to_datetime(frame["day"], format="%Y-%m-%d").dt.to_period("M")
    frame["amount"] = frame["units"] * frame["price"]
    return frame


def targets():
    with urlopen(os.environ["API"] + "/targets?year=2026") as answer:
        body = json.load(answer)
    return {region["code"]: [int(t) for t in region["months"]] for region in body["regions"]}, body["currency"]["digits"]


def main():
    wanted, digits = targets()
    frame = orders(Warehouse(os.environ["DB"]))
    table = frame.pivot_table(index="region", columns="month", values="amount", aggfunc="sum", fill_value=0)
    for region, row in table.iterrows():
        goals = wanted[region]
        parts = [f"{amount:,.{digits}f} ({amount / goals[month.month - 1]:.0%})" for month, amount in row.items()]
        print(f"{region:6}", " | ".join(parts))
    best = frame.sort_values("amount", ascending=False).iloc[0]
    print("best", best["title"].upper(), best["day"], round(best["amount"] * 10**digits))
    print("articles", ", ".join(sorted({title[:8] for title in frame["title"]}, key=str.casefold)))


main()
