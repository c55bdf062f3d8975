"""Signs people up for courses: Flask, JSON in, a catalogue by HTTP, seats in SQLite."""

import os
import sqlite3
from datetime import datetime

import requests
from flask import Flask, jsonify, request

app = Flask(__name__)


def catalogue(term):
    answer = requests.get(f"{os.environ['API']}/terms/{term}/courses", timeout=10)
    answer.raise_for_status()
    return {course["code"]: course for course in answer.json()["courses"]}


def seats(code):
    db = sqlite3.connect(os.environ["DB"])
    db.row_factory = sqlite3.Row
    return db.execute("SELECT room, capacity, taken FROM seat WHERE course = ?", (code,)).fetchone()


def fee(course, person, rules):
    base = course["fee"]["amount"]
    for discount in rules["discounts"]:
        if person["status"] in discount["for"]:
            base -= base * discount["percent"] / 100
    return round(base, 2)


def age(person, on):
    born = datetime.fromisoformat(person["born"])
    return on.year - born.year


@app.post("/signups/<term>")
def signup(term):
    body = request.get_json()
    courses, rules = catalogue(term), requests.get(os.environ["API"] + "/rules", timeout=10).json()
    result = []
    for wish in sorted(body["wishes"], key=lambda w: w["rank"]):
        course = courses[wish["course"]]
        begins = datetime.fromtimestamp(course["begins"])
        place = seats(course["code"])
        if age(body["person"], begins) < course["limits"]["age"]:
            continue
        left = place["capacity"] - place["taken"]
        result.append({
            "title": course["title"]["en"].strip(), "teacher": course["teachers"][0]["name"].split()[-1], "room": place["room"].upper(),
            "left": left, "fee": fee(course, body["person"], rules), "mail": body["person"]["mail"].lower(), "note": wish.get("note")})
    return jsonify(result)


app.run(port=int(os.environ["PORT"]))
