"""Books rooms: a form in, the hotel's tables behind it."""

import os
import sqlite3
from datetime import datetime, timedelta

from bottle import Bottle, request

app = Bottle(catchall=True)


def rows(sql, *values):
    db = sqlite3.connect(os.environ["DB"])
    db.row_factory = lambda cursor, row: {c[0]: v for c, v in zip(cursor.description, row)}
    try:
        return db.execute(sql, values).fetchall()
    finally:
        db.close()


class Stay:
    def __init__(self, form):
        self.arrival = datetime.strptime(form["arrival"], "%Y-%m-%d")
        self.nights = int(form["nights"])
        self.guests = [g.strip() for g in form.getunicode("guests").split(";") if g.strip()]
        self.remark = form.getunicode("remark") or None

    def days(self):
        return [self.arrival + timedelta(days=n) for n in range(self.nights)]


def season(day, seasons):
    month_day = day.strftime("%m-%d")
    return next(s for s in seasons if s["begins"] <= month_day <= s["ends"])


def price(room, stay, seasons):
    nights = [room["cents"] * season(day, seasons)["percent"] // 100 for day in stay.days()]
    return sum(nights) / len(nights), sum(nights)


@app.post("/book")
def book():
    stay = Stay(request.forms)
    seasons = rows("SELECT begins, ends, percent FROM season ORDER BY begins")
    fitting = rows("SELECT * FROM room WHERE beds >= ? AND house = ? ORDER BY cents", len(stay.guests), request.query.house)
    room = fitting[0]
    mean, total = price(room, stay, seasons)
    floor, _, door = room["label"].partition("/")
    first = stay.guests[0].split(" ")[-1]
    bonus = int(request.get_header("X-Points") or 0) // room["beds"]
    return {"room": door.lower(), "floor": int(floor), "for": first, "mean": mean, "total": total, "points": bonus, "view": room["view"] or "-"}


app.run(port=int(os.environ["PORT"]), quiet=True)
