"""The programs of `matrix`: how each is prepared, what it runs, and what its clients do meanwhile."""

import concurrent.futures
import http.client
import os
import pathlib
import random
import shutil
import signal
import socket
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent / "programs"
PG = sorted(pathlib.Path("/usr/lib/postgresql").glob("*/bin"))[-1:]


def need(*programs):
    for program in programs:
        if not shutil.which(program):
            raise RuntimeError(f"{program} is not installed")


def run(*command, **more):
    return subprocess.run(command, check=True, capture_output=True, timeout=900, **more)


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def until(question, seconds=60):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            if question():
                return
        except (OSError, http.client.HTTPException):
            pass
        time.sleep(0.05)
    raise RuntimeError("the recorded server does not answer")


class Program:
    """Something that ends by itself."""

    name = ""
    what = ""
    clock = 120

    def __init__(self, place):
        self.place = place

    def prepare(self):
        """Builds what is recorded."""

    def command(self):
        """Called once a recording."""
        raise NotImplementedError

    def drive(self, recorder):
        """Clients from outside; ends the program. `recorder` is the recording process."""


class Plain(Program):
    def __init__(self, place, name, what, words, build=()):
        super().__init__(place)
        self.name, self.what, self.words, self.build = name, what, words, build

    def prepare(self):
        for words in self.build:
            need(words[0])
            run(*words)
        need(self.words[0])

    def command(self):
        return self.words


class Server(Program):
    port = 0
    runs = 0

    def folder(self):
        self.runs += 1
        path = self.place / f"{self.name}-{self.runs}"
        shutil.rmtree(path, ignore_errors=True)
        path.mkdir()
        return path

    def asked(self, method, target, body=None, connection=None):
        connection = connection or http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        connection.request(method, target, body)
        answer = connection.getresponse()
        data = answer.read()
        if answer.status != 200:
            raise RuntimeError(f"{method} {target}: {answer.status}")
        return data

    def ready(self):
        until(lambda: self.asked("GET", "/count"))

    @staticmethod
    def end(recorder, number=signal.SIGTERM):
        """The recorded program is the recorder's only child."""
        children = pathlib.Path(f"/proc/{recorder.pid}/task/{recorder.pid}/children").read_text().split()
        found = children or [
            child for task in os.listdir(f"/proc/{recorder.pid}/task")
            for child in pathlib.Path(f"/proc/{recorder.pid}/task/{task}/children").read_text().split()
        ]
        os.kill(int(found[0]), number)


class Flask(Server):
    name, what = "flask", "CPython: a Flask application, 1,000 requests by 4 clients"

    def prepare(self):
        run(sys.executable, "-c", "import flask")

    def command(self):
        self.port = free_port()
        return [sys.executable, str(HERE / "flask_app.py"), str(self.port)]

    def drive(self, recorder):
        self.ready()

        def client(number):
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
            for i in range(250):
                self.asked("POST", f"/seen/{number}-{i}", b"x" * random.randrange(3000), connection)

        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            list(pool.map(client, range(4)))
        assert b"1000" in self.asked("GET", "/count")
        self.end(recorder)


class Redis(Server):
    name, what = "redis", "redis-server under redis-benchmark: 10 connections, 20,000 requests of five kinds"

    def prepare(self):
        need("redis-server", "redis-benchmark")

    def command(self):
        self.port = free_port()
        return ["redis-server", "--port", str(self.port), "--dir", str(self.folder()), "--appendonly", "yes"]

    def drive(self, recorder):
        client = ["redis-cli", "-p", str(self.port)]
        until(lambda: b"PONG" in subprocess.run(client + ["ping"], capture_output=True).stdout)
        run("redis-benchmark", "-p", str(self.port), "-n", "4000", "-c", "10", "-q", "-t", "set,get,incr,lpush,hset")
        subprocess.run(client + ["shutdown", "save"], capture_output=True, timeout=60)


class NIO(Server):
    name, what = "nio", "a Swift NIO server: HTTP on 2 event loops, 6 connections, bodies up to 70 KB"

    def prepare(self):
        need("swift")
        folder = self.place / "nio"
        if not folder.exists():
            shutil.copytree(HERE / "nio", folder)
        run("swift", "build", "-c", "release", "--package-path", str(folder))
        self.program = str(folder / ".build/release/nio")

    def command(self):
        self.port = free_port()
        return [self.program, str(self.port)]

    def drive(self, recorder):
        self.ready()

        def client(number):
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
            for _ in range(40):
                body = random.randbytes(random.choice([1, 100, 5000, 70000]))
                assert self.asked("POST", f"/{number}", body, connection) == body[::-1]

        with concurrent.futures.ThreadPoolExecutor(6) as pool:
            list(pool.map(client, range(6)))
        self.asked("GET", "/quit")


class Nginx(Server):
    name, what = "nginx", "nginx, 2 workers: 540 requests, files by sendfile and packed"

    def prepare(self):
        need("nginx")

    def command(self):
        self.port, self.root = free_port(), self.folder()
        for count in (10, 2000, 200000):
            (self.root / f"{count}.txt").write_text("Reenact\n" * (count // 8))
        (self.root / "conf").write_text(
            f"user root; worker_processes 2; daemon off; pid {self.root}/pid; error_log {self.root}/errors;\n"
            f"events {{}}\nhttp {{ access_log {self.root}/access; sendfile on; gzip on; gzip_types text/plain;\n"
            f"default_type text/plain; client_body_temp_path {self.root}/b; proxy_temp_path {self.root}/p;\n"
            f"fastcgi_temp_path {self.root}/f; uwsgi_temp_path {self.root}/u; scgi_temp_path {self.root}/s;\n"
            f"server {{ listen 127.0.0.1:{self.port}; root {self.root}; }} }}\n"
        )
        return ["nginx", "-c", str(self.root / "conf"), "-e", str(self.root / "errors")]

    def drive(self, recorder):
        until(lambda: self.asked("GET", "/10.txt"))

        def client(number):
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
            for i in range(90):
                packed = {"Accept-Encoding": "gzip"} if i % 2 else {}
                connection.request("GET", f"/{(10, 2000, 200000)[i % 3]}.txt", headers=packed)
                assert connection.getresponse().read()

        with concurrent.futures.ThreadPoolExecutor(6) as pool:
            list(pool.map(client, range(6)))
        self.end(recorder, signal.SIGQUIT)


class Postgres(Server):
    name, what = "postgres", "PostgreSQL with pgbench: 4 clients, 200 transactions"
    clock = 240

    def prepare(self):
        need("pgbench", "setpriv")
        if not PG:
            raise RuntimeError("PostgreSQL is not installed")
        # The server refuses to run as root.
        self.own = ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"] if os.getuid() == 0 else []
        self.model = self.place / "postgres-model"
        if self.model.exists():
            return
        self.model.mkdir()
        if self.own:
            shutil.chown(self.model, "nobody", "nogroup")
        run(*self.own, str(PG[0] / "initdb"), "-U", "bench", "-A", "trust", "-D", str(self.model))
        port = str(free_port())
        server = subprocess.Popen(
            [*self.own, str(PG[0] / "postgres"), "-D", str(self.model), "-p", port, "-k", "", "-h", "127.0.0.1"],
            stderr=subprocess.DEVNULL,
        )
        try:
            until(lambda: not subprocess.run(["pg_isready", "-h", "127.0.0.1", "-p", port], capture_output=True).returncode)
            run("pgbench", "-h", "127.0.0.1", "-p", port, "-U", "bench", "-i", "-q", "postgres")
        finally:
            server.terminate()
            server.wait()

    def command(self):
        self.port, self.root = free_port(), self.folder()
        run("cp", "-a", f"{self.model}/.", str(self.root))
        return [
            *self.own, str(PG[0] / "postgres"), "-D", str(self.root), "-p", str(self.port), "-k", "", "-h", "127.0.0.1",
        ]

    def drive(self, recorder):
        where = ["-h", "127.0.0.1", "-p", str(self.port)]
        until(lambda: not subprocess.run(["pg_isready", *where], capture_output=True).returncode)
        run("pgbench", *where, "-U", "bench", "-c", "4", "-j", "2", "-t", "50", "-n", "postgres")
        self.end(recorder)


ROWS = (
    "create table t(a, b); with recursive c(n) as (select 1 union all select n + 1 from c where n < 20000) "
    "insert into t select n, hex(randomblob(8)) from c; create index i on t(b); select count(*), max(b) from t;"
)
PIPES = (
    "for i in 1 2 3 4 5; do echo $i $RANDOM | sed s/1/x/ | tr a-z A-Z; done; seq 1 2000 | sort -rn | head -3; "
    "(sleep 0.02; echo late) & wait; date +%N"
)
FORKS = (
    'for (1..5) { if (!fork) { my %h; $h{$_ % 97} .= $_ for 1..20000; exit(scalar keys %h) } } '
    'my $s = 0; while (wait() > 0) { $s += $? >> 8 } print "$s ", rand(), "\\n"'
)


def programs(place):
    """All of them, in the order of the table."""
    def at(name):
        return str(place / name)

    return [
        Plain(
            place, "race", "a data race in C++: 5 threads, a lock, a map", [at("race")],
            [["g++", "-O2", "-w", "-pthread", "-o", at("race"), str(HERE / "race.cc")]],
        ),
        Plain(place, "shell", "bash: pipes, background jobs, a clock", ["bash", "-c", PIPES]),
        Plain(place, "sqlite3", "sqlite3: 20,000 rows, an index", ["sqlite3", at("rows.db"), "drop table if exists t;" + ROWS]),
        Plain(
            place, "git", "git: a log with statistics, a commit", ["sh", "-c",
             f"cd {at('repository')} && date +%N >file && git commit -qam change && git log --stat -3 && git gc -q"],
            [["sh", "-c", f"rm -rf {at('repository')}; git init -q {at('repository')} && cd {at('repository')} && "
              "git config user.name a && git config user.email a@b && seq 1 5000 >file && git add file && git commit -qm first"]],
        ),
        Plain(place, "perl", "perl: 5 children, hashes", ["perl", "-e", FORKS]),
        Plain(
            place, "python", "CPython: 4 threads with a queue and JSON, 4 that compute, a child",
            [sys.executable, str(HERE / "threads.py")],
        ),
        Plain(place, "node", "Node: 3 workers, a timer, a file", ["node", str(HERE / "workers.js")]),
        Flask(place),
        Redis(place),
        NIO(place),
        Postgres(place),
        Nginx(place),
        Plain(
            place, "go", "a Go program (static): HTTP server and clients, a race", [at("go-program")],
            [["env", "CGO_ENABLED=0", f"GOCACHE={at('go-cache')}", "GO111MODULE=off", "go", "build", "-o", at("go-program"),
              str(HERE / "go/main.go")]],
        ),
        Plain(
            place, "java", "OpenJDK: 8 jobs on 4 threads, a race", ["java", "-cp", str(place), "Jobs"],
            [["javac", "-d", str(place), str(HERE / "Jobs.java")]],
        ),
    ]
