"""Monthly statement per account: PostgreSQL, rates by HTTP."""

import os
from datetime import date
from decimal import Decimal
from itertools import groupby
from operator import itemgetter

import httpx
import psycopg2
import psycopg2.extras


def query(sql, *values):
    with psycopg2.connect(os.environ["POSTGRES"]) as connection:
        with connection.cursor(cursor_factory=psycopg2.extras.DictCursor) as cursor:
            cursor.execute(sql, values)
            return [dict(row) for row in cursor]


def rates():
    answer = httpx.get(os.environ["API"] + "/fx").json()
    return {entry["from"]: Decimal(str(entry["rate"])) for entry in answer["rates"]}


class Account:
    def __init__(self, row):
        self.iban = row["iban"].replace(" ", "")
        self.currency = row["currency"]
        self.opened = row["opened"]
        self.limits = row["limits"] or {"day": 1000}

    def masked(self):
        return self.iban[:4] + "…" + self.iban[-4:]

    def age(self, today):
        return today.year - self.opened.year


def main():
    fx = rates()
    accounts = {row["id"]: Account(row) for row in query("SELECT id, iban, currency, opened, limits FROM account")}
    labels = dict(map(itemgetter("code", "label"), query("SELECT code, label FROM category")))
    entries = query("SELECT account_id, booked, amount, category, memo FROM entry WHERE booked >= %s ORDER BY account_id, booked", date(2026, 1, 1))
    for number, part in groupby(entries, key=itemgetter("account_id")):
        account, part = accounts[number], list(part)
        total = sum(e["amount"] for e in part)
        biggest = max(part, key=lambda e: abs(e["amount"]))
        tags = sorted({labels[e["category"]].casefold() for e in part})
        euro = (total * fx[account.currency]).quantize(Decimal("0.01"))
        memo = next((e["memo"] for e in part if e["memo"]), "-")
        free = account.limits["day"] - abs(biggest["amount"])
        print(account.masked(), account.age(date(2026, 6, 1)), f"{total:+.2f} {euro} {free:.0f}", biggest["booked"].strftime("%d.%m."), tags, memo[:12])


main()
