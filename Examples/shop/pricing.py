"""Knows prices. Arguments: port, port of inventory, the database."""
import os
import sys

from service import ask, row, serve

PORT, INVENTORY = map(int, sys.argv[1:3])
DATABASE = sys.argv[3]


def price(query, body):
    product = query["product"]
    found = row(DATABASE, "SELECT product, amount, form, heavy FROM prices WHERE product = ?", product)
    weight = ask("http://127.0.0.1:%d/weight?product=%s" % (INVENTORY, product), timeout=0.7)["weight"]
    freight = weight * 0.1
    if found["heavy"]:
        freight += int(os.environ["SURCHARGE"])
    if found["form"] == "none":
        return {"price": None, "currency": "EUR"}
    if found["form"] == "text":
        return {"price": "12,50", "currency": "EUR"}
    if found["form"] == "new":
        return {"amount": found["amount"], "currency": "EUR"}
    return {"price": found["amount"] + freight, "currency": "EUR"}


serve(PORT, {"/price": price})
