"""Reminds of carts that were left: carts in Redis, prices over HTTP."""

import json
import os
import time

import redis
import requests

NOW = 1772400000


class Carts:
    def __init__(self, url):
        self.redis = redis.Redis.from_url(url, decode_responses=True)

    def left(self):
        for visitor in self.redis.lrange("carts:left", 0, -1):
            yield visitor, self.redis.hgetall(f"cart:{visitor}")

    def profile(self, visitor):
        text = self.redis.get(f"visitor:{visitor}")
        return json.loads(text) if text else None

    def minimum(self):
        return float(self.redis.get("reminder:minimum"))


def prices():
    answer = requests.get(os.environ["API"] + "/prices", timeout=10).json()
    return {p["sku"]: p["gross"] - (p["rebate"] or 0) for p in answer["prices"]}


def items(cart):
    return [tuple(entry.split("*")) for entry in cart["items"].split(",") if entry]


def total(cart, table):
    return sum(int(count) * table[sku] for count, sku in items(cart))


def main():
    carts, table = Carts(os.environ["REDIS"]), prices()
    minimum = carts.minimum()
    for visitor, cart in carts.left():
        hours = (NOW - int(cart["touched"])) // 3600
        profile = carts.profile(visitor) or {"name": "guest", "languages": ["en"], "consent": {"mail": False}}
        amount = total(cart, table)
        if amount >= minimum and profile["consent"]["mail"]:
            print(f"mail {profile['name'].title():12} [{profile['languages'][0].upper()}] {amount:8.2f} after {hours} h {cart.get('code') or '-'}")
        else:
            print(f"skip {visitor} {amount:.2f} {time.strftime('%d.%m.', time.gmtime(int(cart['touched'])))}")


main()
