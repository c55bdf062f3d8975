"""What has to be ordered again, by supplier."""

import os
import sqlite3
from itertools import groupby
from math import ceil, log2


class Store:
    def __init__(self, path):
        self.db = sqlite3.connect(path)
        self.db.row_factory = sqlite3.Row

    def low(self):
        return self.db.execute(
            "SELECT p.*, s.name AS supplier, s.lead, s.contact FROM product p LEFT JOIN supplier s ON s.id = p.supplier_id"
            " WHERE p.stock <= p.minimum ORDER BY s.name, p.id").fetchall()

    def sold(self, product):
        rows = self.db.execute("SELECT day, units FROM sale WHERE product_id = ? ORDER BY day", (product,))
        return [(row["day"], row["units"]) for row in rows]

    def setting(self, name):
        return self.db.execute("SELECT value FROM setting WHERE name = ?", (name,)).fetchone()["value"]


def per_day(sales):
    return sum(units for _, units in sales) / len(sales) if sales else 0.1


def packs(product, sales, days):
    wanted = per_day(sales) * (product["lead"] + days) - product["stock"]
    return max(1, ceil(wanted / product["pack"]))


def size(product):
    width, height = product["box"].split("x")
    return int(width) * int(height)


store = Store(os.environ["DB"])
days = int(store.setting("days"))
for supplier, products in groupby(store.low(), key=lambda row: row["supplier"]):
    print(supplier.upper())
    for product in products:
        sales = store.sold(product["id"])
        cost = product["cents"] / 100
        print(f"  {product['name'].ljust(12)} {packs(product, sales, days):3} x {cost:8.2f} {size(product):5} {log2(product['pack']):.1f} {product['note'] or ''}")
