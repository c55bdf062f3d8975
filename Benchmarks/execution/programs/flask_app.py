"""A Flask application with a thread for each connection: JSON, a lock, random numbers, a clock, SQLite."""

import logging
import random
import sqlite3
import sys
import threading
import time

from flask import Flask, jsonify, request

app = Flask(__name__)
logging.getLogger("werkzeug").setLevel(logging.ERROR)
database = sqlite3.connect(":memory:", check_same_thread=False)
database.execute("create table seen (id integer primary key, name text, at real)")
lock = threading.Lock()


@app.post("/seen/<name>")
def seen(name):
    with lock:
        key = database.execute("insert into seen (name, at) values (?, ?)", (name, time.time())).lastrowid
    return jsonify(id=key, name=name, drawn=random.random(), size=len(request.get_data()))


@app.get("/count")
def count():
    with lock:
        return jsonify(count=database.execute("select count(*) from seen").fetchone()[0])


app.run("127.0.0.1", int(sys.argv[1]), threaded=True)
