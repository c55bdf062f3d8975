"""A shop with a fault behind each path: what `reenact why` is to find out. Arguments: port, port of the dependency,
port of Redis, a port where nobody listens, the database file."""
import concurrent.futures
import datetime
import http.server
import json
import os
import random
import socket
import sqlite3
import sys
import time
import traceback
import urllib.error
import urllib.parse
import urllib.request
import xml.etree.ElementTree

PORT, DEPENDENCY, REDIS, NOBODY = map(int, sys.argv[1:5])
DATABASE = sys.argv[5]


def ask(path, port=DEPENDENCY, timeout=5.0):
    try:
        with urllib.request.urlopen("http://127.0.0.1:%d%s" % (port, path), timeout=timeout) as answer:
            return json.loads(answer.read())
    except urllib.error.HTTPError as error:
        return json.loads(error.read())


def rows(sql, *values):
    connection = sqlite3.connect(DATABASE)
    try:
        connection.row_factory = sqlite3.Row
        return connection.execute(sql, values).fetchall()
    finally:
        connection.close()


def redis(*words):
    with socket.create_connection(("127.0.0.1", REDIS), timeout=5) as link:
        command = b"*%d\r\n" % len(words)
        for word in words:
            command += b"$%d\r\n%s\r\n" % (len(word), word.encode())
        link.sendall(command)
        answer = link.recv(65536)
    return None if answer.startswith(b"$-1") else answer.split(b"\r\n")[1].decode()


def document(text, kind):
    if kind == "application/x-www-form-urlencoded":
        return urllib.parse.parse_qs(text.decode())
    if kind == "application/xml":
        return xml.etree.ElementTree.fromstring(text)
    return json.loads(text)


def fault_status(query, body):
    return ask("/rates/eur?plan=gone")["rate"] * 2


def fault_null_field(query, body):
    answer = ask("/rates/null")
    ask("/rates/usd")
    return answer["rate"] * 2


def fault_missing_field(query, body):
    return ask("/rates/none")["rate"] * 2


def fault_wrong_text(query, body):
    return float(ask("/rates/text")["rate"]) * 2


def fault_both(query, body):
    first, second = ask("/flags/a"), ask("/flags/b")
    if first["discount"] is None and second["strict"] is None:
        raise RuntimeError("no discount, and none may be left out")
    return 1


def fault_either(query, body):
    first, second = ask("/stock/a"), ask("/stock/b")
    if first["stock"] == 0 or second["stock"] == 0:
        raise RuntimeError("out of stock")
    return 1


def fault_row_null(query, body):
    row = rows("SELECT id, name, email, city FROM users WHERE id = ?", 7)[0]
    return row["email"].lower()


def fault_row_missing(query, body):
    found = rows("SELECT id, name FROM users WHERE id = ?", 999)
    return found[0]["name"]


def fault_row_zero(query, body):
    row = rows("SELECT o.id, o.total, o.quantity, u.name FROM orders o JOIN users u ON u.id = o.user_id WHERE o.id = ?", 3)[0]
    return row["total"] / row["quantity"]


def fault_row_twice(query, body):
    found = rows("SELECT id, name FROM users WHERE name = ? ORDER BY id", "Ada")
    if len(found) > 1:
        raise LookupError("more than one user is called Ada")
    return found[0]["id"]


def fault_variable(query, body):
    return os.environ["SHOP_REGION"].upper()


def fault_variable_wrong(query, body):
    return int(os.environ["PAGE_SIZE"])


def fault_input(query, body):
    return int(query["count"])


def fault_body(query, body):
    return body["items"][0]["quantity"] * 2


def fault_feed(query, body):
    with urllib.request.urlopen("http://127.0.0.1:%d/feed" % DEPENDENCY) as answer:
        feed = xml.etree.ElementTree.fromstring(answer.read())
    return [entry.attrib["href"].lstrip("/") for entry in feed]


def fault_remaining(query, body):
    with urllib.request.urlopen("http://127.0.0.1:%d/remaining" % DEPENDENCY) as answer:
        return int(", ".join(answer.headers.get_all("X-Remaining")))


def fault_form(query, body):
    return 10 // int(body["count"][0])


def fault_markup(query, body):
    return sum(int(line.find("count").text) for line in body.findall("line"))


def fault_refused(query, body):
    return ask("/rates/eur", port=NOBODY)["rate"]


def fault_silent(query, body):
    return ask("/silence", timeout=0.4)["rate"]


def fault_expired(query, body):
    if datetime.datetime.now(datetime.timezone.utc) > datetime.datetime(2026, 3, 1, tzinfo=datetime.timezone.utc):
        raise PermissionError("the licence has expired")
    return 1


def fault_redis(query, body):
    ask("/rates/usd")
    return redis("GET", "session:17").split(":")


def fault_slow(query, body):
    began = time.monotonic()
    answer = ask("/slow")
    if time.monotonic() - began > 0.5:
        raise TimeoutError("the budget of 500 ms is used up")
    return answer["rate"]


def fault_order(query, body):
    latest = {}

    def one(name):
        answer = ask("/order/" + name)
        latest["name"] = answer["name"]

    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        list(pool.map(one, ["first", "second"]))
    if latest["name"] == "first":
        raise RuntimeError("the older answer came last")
    return 1


def fault_random(query, body):
    ask("/rates/usd")
    if random.SystemRandom().random() < 0.6:
        raise RuntimeError("by chance")
    return 1


def fault_header(query, body):
    with urllib.request.urlopen("http://127.0.0.1:%d/limit" % DEPENDENCY, timeout=5) as answer:
        return int(answer.headers["X-Limit"])


def fault_likes(query, body):
    return sum(item["price"]["amount"] for item in ask("/items")["items"])


def fault_extra(query, body):
    total = 0
    for row in rows("SELECT id, amount, void_reason FROM invoices ORDER BY id"):
        if row["void_reason"] is not None:
            raise ValueError("invoice %d cannot be summed" % row["id"])
        total += row["amount"]
    return total


def fault_transaction(query, body):
    with socket.create_connection(("127.0.0.1", REDIS), timeout=5) as link:
        for words in ["MULTI", "HGETALL cart:5", "GET cart:5:total", "EXEC"]:
            parts = words.encode().split()
            link.sendall(b"*%d\r\n" % len(parts) + b"".join(b"$%d\r\n%s\r\n" % (len(p), p) for p in parts))
        text = b""
        while not text.endswith((b"$-1\r\n", b"$2\r\n17\r\n", b"$1\r\n1\r\n")):
            text += link.recv(65536)
    last = text.split(b"\r\n")[-2]
    return int(None if last == b"$-1" else last)


def fault_guarded(query, body):
    profile = ask("/profile")
    active = profile["active"]
    if not active:
        return None
    return [1, 2][2]


def fault_survived(query, body):
    lenient = ask("/profile")["lenient"]
    try:
        return [1, 2][2]
    except IndexError:
        if lenient is None:
            raise
    return 0


def fault_skipped(query, body):
    numbers = []
    for row in rows("SELECT id, kind, sold_on FROM sales ORDER BY id"):
        if row["kind"] == "draft":
            continue
        numbers.append(row["sold_on"].split("-"))
    return numbers


def fault_defect(query, body):
    ask("/rates/usd")
    rows("SELECT id, name FROM users WHERE id = ?", 1)
    return [1, 2][2]


class Handler(http.server.BaseHTTPRequestHandler):
    def answer(self):
        parts = urllib.parse.urlsplit(self.path)
        query = dict(urllib.parse.parse_qsl(parts.query, keep_blank_values=True))
        length = int(self.headers.get("Content-Length") or 0)
        body = document(self.rfile.read(length), self.headers.get_content_type()) if length else None
        try:
            if parts.path == "/good":
                text = json.dumps(ask("/rates/eur")).encode()
            else:
                text = json.dumps(globals()["fault_" + parts.path[1:]](query, body)).encode()
            self.send_response(200)
        except Exception:
            traceback.print_exc()
            text = b"sorry"
            self.send_response(500)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    do_GET = do_POST = answer

    def log_message(self, *arguments):
        pass


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True


Server(("127.0.0.1", PORT), Handler).serve_forever()
