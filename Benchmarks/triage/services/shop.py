"""A small shop: what it fails on is decided by the request and by its dependencies."""
import json, os, sqlite3
from datetime import datetime
from decimal import Decimal
import requests
from flask import Flask, request

app = Flask("shop")
TAX = os.environ.get("TAX_URL", "http://127.0.0.1:1")
STOCK = os.environ.get("STOCK_URL", "http://127.0.0.1:1")


def connect():
    return sqlite3.connect(os.environ["SHOP_DB"], timeout=0.1)


@app.route("/tax/<int:order>")
def tax(order):
    reply = requests.get(f"{TAX}/rates/{order}", timeout=0.4)
    body = reply.json()
    amount = body["rate"] * order
    return str(amount)


@app.route("/strict/<int:order>")
def strict(order):
    reply = requests.get(f"{TAX}/strict/{order}", timeout=0.4)
    reply.raise_for_status()
    return reply.text


def fetch(base, path):
    answer = requests.get(base + path, timeout=0.4)
    answer.raise_for_status()
    return answer.json()


@app.route("/ship/<int:order>")
def ship(order):
    total = fetch(STOCK, f"/stock/{order}") if request.args.get("stock") else fetch(TAX, f"/duty/{order}")
    return str(total)


@app.route("/customer/<int:number>")
def customer(number):
    row = connect().execute("SELECT name, plan FROM customer WHERE id = ?", (number,)).fetchone()
    name = row[0]
    return name.upper()


@app.route("/plan/<int:number>")
def plan(number):
    found = connect().execute("SELECT plan FROM customer WHERE id = ?", (number,)).fetchone()
    level = {"free": 0, "pro": 1}[found[0]]
    return str(level)


@app.route("/order", methods=["POST"])
def order():
    data = json.loads(request.data)
    db = connect()
    db.execute("PRAGMA foreign_keys = ON")
    quantity = int(data["quantity"])
    day = datetime.fromisoformat(data.get("day", "2026-01-02"))
    price = Decimal(data.get("price", "1"))
    db.execute("INSERT INTO sale (id, customer, quantity) VALUES (?, ?, ?)", (data["id"], data["customer"], quantity))
    return f"{day} {price}"


@app.route("/report/<kind>")
def report(kind):
    db = connect()
    text = {"table": "SELECT * FROM sales_archive", "column": "SELECT discount FROM sale", "syntax": "SELEC 1"}[kind]
    rows = db.execute(text).fetchall()
    return str(rows)


@app.route("/lock")
def lock():
    other = connect()
    other.execute("BEGIN EXCLUSIVE")
    mine = connect()
    mine.execute("UPDATE sale SET quantity = 1")
    return "ok"


@app.route("/average/<int:number>")
def average(number):
    values = [n for n in range(number) if n > 100]
    return str(sum(values) / len(values))


@app.route("/first/<int:number>")
def first(number):
    values = [n for n in range(number) if n > 100]
    return str(values[0])
