"""Answers a support desk's webhook: bottle, JSON in, customers in PostgreSQL, texts by HTTP."""

import json
import os
import re
from datetime import datetime, timezone

import bottle
import psycopg2
import psycopg2.extras
import requests

PRIORITY = ["low", "normal", "high", "urgent"]


class Desk:
    def __init__(self):
        self.db = psycopg2.connect(os.environ["POSTGRES"])
        self.texts = requests.get(os.environ["API"] + "/texts", timeout=10).json()["texts"]

    def one(self, sql, *values):
        with self.db.cursor(cursor_factory=psycopg2.extras.RealDictCursor) as cursor:
            cursor.execute(sql, values)
            return cursor.fetchone()

    def customer(self, number):
        return self.one("SELECT id, name, plan, language, since FROM customer WHERE id = %s", number)

    def agent(self, skills):
        return self.one("SELECT name, phone, shift FROM agent WHERE skill = ANY(%s) ORDER BY open LIMIT 1", skills)


def due(plan, priority, now):
    hours = plan["hours"][PRIORITY.index(priority)]
    return now.timestamp() + hours * 3600


@bottle.post("/hooks/ticket")
def hook():
    event = bottle.request.json
    ticket = event["ticket"]
    desk = Desk()
    customer = desk.customer(ticket["customer"])
    plan = desk.one("SELECT hours, label FROM plan WHERE code = %s", customer["plan"])
    agent = desk.agent(ticket["skills"])
    now = datetime.fromisoformat(event["at"]).astimezone(timezone.utc)
    order = re.search(r"#(\d+)", ticket["subject"])
    template = desk.texts[customer["language"] or "en"]
    begins, _ = agent["shift"].split("-")
    return json.dumps({
        "subject": ticket["subject"].strip(), "order": int(order.group(1)), "to": customer["name"].split()[0],
        "text": template["hello"].format(name=customer["name"], plan=plan["label"]), "due": due(plan, ticket["priority"], now),
        "agent": agent["name"], "phone": (agent["phone"] or "-")[-4:], "from": int(begins), "years": now.year - customer["since"].year,
        "files": [f["name"].rsplit(".", 1)[1] for f in ticket["files"]]})


bottle.run(host="127.0.0.1", port=int(os.environ["PORT"]), quiet=True)
