"""An API that quotes freight: a JSON body in, rates from another service."""

import os
from datetime import date, timedelta

import requests
from flask import Flask, jsonify, request

app = Flask(__name__)
API = os.environ["API"]


class Rates:
    def __init__(self, table):
        self.zones = {zone["code"]: zone for zone in table["zones"]}
        self.surcharge = table["fuel"]["percent"]

    def per_kilo(self, country):
        zone = self.zones[country]
        return zone["rate"] * (100 + self.surcharge) / 100


def volume(parcel):
    width, height, depth = parcel["size"]
    return width * height * depth / 5000


def weight(parcel):
    return max(parcel["weight"], volume(parcel)) if parcel.get("size") else parcel["weight"]


def closed_days():
    answer = requests.get(API + "/calendar", timeout=5).json()
    return {date.fromisoformat(day["date"]) for day in answer["days"] if day["closed"]}


@app.post("/quote")
def quote():
    body = request.get_json()
    rates = Rates(requests.get(API + "/rates", timeout=5).json())
    kilos = sum(weight(p) * p["count"] for p in body["parcels"])
    ready = date.fromisoformat(body["ready"]) + timedelta(days=int(request.args["transit"]))
    while ready in closed_days():
        ready += timedelta(days=1)
    receiver = body["to"]
    tenant, _, user = request.headers["X-Account"].partition("/")
    label = f"{receiver['name'].upper()} {receiver['zip'].replace(' ', '')} {receiver.get('note') or ''}"
    price = kilos * rates.per_kilo(receiver["country"])
    return jsonify(label=label.strip(), price=round(price, 2), ready=ready.isoformat(), account=int(tenant), user=user)


app.run(port=int(os.environ["PORT"]))
