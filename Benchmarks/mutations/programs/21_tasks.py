"""A board's tasks over HTTP: Flask with SQLAlchemy, a query and a form."""

import os
from datetime import date

from flask import Flask, request
from sqlalchemy import create_engine, text

app = Flask(__name__)
engine = create_engine("sqlite:///" + os.environ["DB"])


class Board:
    def __init__(self, row):
        self.title, self.colours, self.limit = row.title, row.colours.split("/"), row.task_limit

    def colour(self, priority):
        return self.colours[priority]


def select(sql, **values):
    with engine.connect() as connection:
        return connection.execute(text(sql), values).all()


def left(task, today):
    return (date.fromisoformat(task.due) - today).days if task.due else None


def spent(task):
    return sum(int(h) * 60 + int(m) for h, m in (part.split(":") for part in task.spent.split() if part))


@app.post("/boards/<int:board_id>/report")
def report(board_id):
    board = Board(select("SELECT title, colours, task_limit FROM board WHERE id = :id", id=board_id)[0])
    tasks = select("SELECT id, title, due, priority, spent, weight FROM task WHERE board_id = :id ORDER BY id", id=board_id)
    today = date.fromisoformat(request.args["today"])
    per_page = int(request.form["per_page"])
    user = request.headers["X-User"].split(":")[1]
    lines = []
    for task in tasks[:per_page]:
        days = left(task, today)
        when = f"{days:+d}" if days is not None else "-"
        lines.append(f"{task.title.strip():20} {board.colour(task.priority)} {when} {spent(task) / 60:.1f} h {task.weight * 2:.1f}")
    pages = -(-len(tasks) // per_page)
    return {"for": user, "lines": lines, "pages": pages, "full": len(tasks) / board.limit, "note": request.form.get("note")}


app.run(port=int(os.environ["PORT"]))
