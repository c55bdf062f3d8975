"""What a program of the benchmark meets: a stub server, databases, Redis; and the program itself, recorded or not."""

import contextlib
import http.client
import json
import os
import pathlib
import shutil
import signal
import socket
import sqlite3
import subprocess
import threading
import time
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from xml.sax.saxutils import escape, quoteattr


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def xml(name, value):
    """A tree as XML: members are elements, lists are repeated, `@x` is an attribute."""
    if isinstance(value, list):
        return "".join(xml(name, element) for element in value)
    if isinstance(value, dict):
        attributes = "".join(f" {k[1:]}={quoteattr(v)}" for k, v in value.items() if k[0] == "@")
        return f"<{name}{attributes}>" + "".join(xml(k, v) for k, v in value.items() if k[0] != "@") + f"</{name}>"
    return f"<{name}>{escape(value)}</{name}>"


class Stage:
    """`data` is what the stub answers from; it is set anew for each run."""

    def __init__(self, work, reenact, tools):
        self.work, self.reenact, self.tools, self.data = work, reenact, tools, {}
        self.redis_port, self.redis = free_port(), None
        self.postgres_port, self.postgres = free_port(), None
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                self.rfile.read(int(self.headers.get("Content-Length") or 0))
                status, kind, body = outer.answer(self.path)
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            do_POST = do_PUT = do_GET

            def log_message(self, *_):
                pass

        class Quiet(ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, *_):
                pass

        self.server = Quiet(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def answer(self, path):
        data = self.data
        if path in data.get("raw", {}):
            raw = data["raw"][path]
            return raw["status"], raw["type"], raw["body"].encode()
        if path in data.get("answers", {}):
            return 200, "application/json", json.dumps(data["answers"][path]).encode()
        if path in data.get("feeds", {}):
            (root, tree), = data["feeds"][path].items()
            return 200, "application/xml", ('<?xml version="1.0" encoding="utf-8"?>' + xml(root, tree)).encode()
        return 404, "application/json", b'{"error": "no such thing"}'

    def prepare(self, place):
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir(parents=True)
        if "tables" in self.data:
            with contextlib.closing(sqlite3.connect(place / "data.db")) as db, db:
                for table, content in self.data["tables"].items():
                    db.execute(f"CREATE TABLE {table} ({content['columns']})")
                    for row in content["rows"]:
                        names, marks = ", ".join(row), ", ".join("?" * len(row))
                        db.execute(f"INSERT INTO {table} ({names}) VALUES ({marks})", list(row.values()))
        if "redis" in self.data:
            self.fill_redis()
        if "postgres" in self.data:
            self.fill_postgres()

    def fill_redis(self):
        if not self.redis:
            self.redis = subprocess.Popen(
                ["redis-server", "--port", str(self.redis_port), "--bind", "127.0.0.1", "--save", ""],
                stdout=subprocess.DEVNULL, cwd=self.work)
            wait_for(self.redis_port)
        commands = [["FLUSHALL"]]
        for key, holder in self.data["redis"].items():
            (form, value), = holder.items()
            if form == "hash":
                commands += [["HSET", key, *sum(([k, v] for k, v in value.items()), [])]] if value else []
            elif form == "list":
                commands += [["RPUSH", key, *value]] if value else []
            else:
                commands.append(["SET", key, json.dumps(value) if form == "json" else value])
        with socket.create_connection(("127.0.0.1", self.redis_port)) as s:
            for command in commands:
                words = [word.encode() for word in command]
                s.sendall(b"*%d\r\n" % len(words) + b"".join(b"$%d\r\n%s\r\n" % (len(w), w) for w in words))
                s.recv(4096)

    def fill_postgres(self):
        if not self.postgres:
            data = self.work / "postgres"
            shutil.rmtree(data, ignore_errors=True)
            data.mkdir(mode=0o700)
            # The server refuses to be root.
            owner = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"] if os.getuid() == 0 else []
            if owner:
                os.chown(data, 65534, 65534)
            make = [*owner, "initdb", "-D", str(data), "-U", "shop", "--auth=trust", "-N", "--locale=C", "-E", "UTF8"]
            subprocess.run(make, check=True, capture_output=True, cwd="/", env={**os.environ, "HOME": str(data)})
            self.postgres = subprocess.Popen(
                [*owner, "postgres", "-D", str(data), "-p", str(self.postgres_port), "-k", "", "-h", "127.0.0.1", "-c", "fsync=off"],
                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/")
            for _ in range(100):
                if subprocess.run(["psql", "-c", "SELECT 1", self.postgres_url()], capture_output=True).returncode == 0:
                    break
                time.sleep(0.1)
        sql = "SET client_min_messages = error; DROP SCHEMA public CASCADE; CREATE SCHEMA public;"
        for table, content in self.data["postgres"].items():
            rows = json.dumps(content["rows"], ensure_ascii=False).replace("'", "''")
            sql += f"CREATE TABLE {table} ({content['columns']}); INSERT INTO {table} SELECT * FROM json_populate_recordset(null::{table}, '{rows}');"
        made = subprocess.run(["psql", "-v", "ON_ERROR_STOP=1", "-q", self.postgres_url()], input=sql.encode(), capture_output=True)
        if made.returncode:
            raise ValueError(made.stderr.decode())

    def postgres_url(self):
        return f"postgresql://shop@127.0.0.1:{self.postgres_port}/postgres"

    def fails(self, program, data, cases=None):
        """Runs the program on the data, recorded where `cases` is given: whether it failed, and what it said."""
        self.data = data
        place = self.work / "place"
        try:
            self.prepare(place)
        except ValueError as problem:
            # A column with a type does not take every value.
            return None, str(problem)
        port = free_port()
        kind = program.suffix
        words = {".py": [str(self.tools / "bin/python")], ".js": ["node"], ".php": ["php"]}[kind] + [str(program)]
        if kind == ".php" and "request" in data:
            words = ["php", "-S", f"127.0.0.1:{port}", str(program)]
        words += data.get("arguments", [])
        if cases:
            words = [self.reenact, "record", "--cases", str(cases), "-q", "--", *words]
        environment = {name: os.environ[name] for name in ("PATH", "REENACT_KEY_FILE", "REENACT_HOOKS_DIRECTORY") if name in os.environ}
        environment |= {
            "HOME": str(place), "LANG": "C.UTF-8", "API": f"http://127.0.0.1:{self.server.server_port}", "PORT": str(port),
            "DB": str(place / "data.db"), "REDIS": f"redis://127.0.0.1:{self.redis_port}/0",
            "POSTGRES": self.postgres_url()}
        with open(self.work / "log", "wb") as log:
            process = subprocess.Popen(
                words, cwd=place, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)
            try:
                if "request" in data:
                    failed = self.request(process, port, data["request"]) >= 500
                    until = time.monotonic() + 10
                    while failed and cases and not list(cases.glob("*.reenact")) and time.monotonic() < until:
                        time.sleep(0.05)
                else:
                    failed = process.wait(40) != 0
            except (subprocess.TimeoutExpired, OSError, http.client.HTTPException):
                failed = None
            finally:
                end(process)
        return failed, (self.work / "log").read_text(errors="replace")

    def request(self, process, port, request):
        wait_for(port, process)
        path = request["path"] + ("?" + urllib.parse.urlencode(request["query"]) if request.get("query") else "")
        headers, body = dict(request.get("headers", {})), None
        if "json" in request:
            body, headers["Content-Type"] = json.dumps(request["json"]).encode(), "application/json"
        elif "form" in request:
            body, headers["Content-Type"] = urllib.parse.urlencode(request["form"]).encode(), "application/x-www-form-urlencoded"
        with contextlib.closing(http.client.HTTPConnection("127.0.0.1", port, timeout=30)) as connection:
            connection.request(request["method"], path, body, headers)
            answer = connection.getresponse()
            answer.read()
            return answer.status

    def close(self):
        self.server.shutdown()
        for server in filter(None, (self.redis, self.postgres)):
            end(server)


def wait_for(port, process=None, seconds=30):
    until = time.monotonic() + seconds
    while time.monotonic() < until and (process is None or process.poll() is None):
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.05)
    raise OSError(f"nothing listens on port {port}")


def end(process):
    if process.poll() is not None:
        return
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(5)
