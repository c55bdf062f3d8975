"""The real servers and the proxies before them, on ports of loopback that were free; all ended at the end."""

import contextlib
import glob
import os
import pathlib
import socket
import subprocess
import time

NGINX = """
daemon off; worker_processes 1; pid {d}/nginx{port}.pid; error_log {d}/nginx.log;
events {{ worker_connections 512; }}
http {{
    access_log off; keepalive_requests 100000000;
    client_body_temp_path {d}/b; proxy_temp_path {d}/p; fastcgi_temp_path {d}/f; uwsgi_temp_path {d}/u; scgi_temp_path {d}/s;
    server {{ listen 127.0.0.1:{port} backlog=256; location / {{ default_type application/json; return 200 '{body}'; }} }}
}}
"""

HAPROXY = """
global
    nbthread 1
    maxconn 512
defaults
    timeout connect 5s
    timeout client 60s
    timeout server 60s
listen tcp
    mode tcp
    bind 127.0.0.1:{tcp}
    server s 127.0.0.1:{upstream}
listen http
    mode {mode}
    bind 127.0.0.1:{http}
    server s 127.0.0.1:{upstream}
"""

PGBOUNCER = """
[databases]
bench = host=127.0.0.1 port={upstream} user={user}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
auth_type = any
pool_mode = session
max_client_conn = 100
default_pool_size = 20
unix_socket_dir =
logfile = {d}/pgbouncer.log
pidfile = {d}/pgbouncer.pid
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(port: int) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.05)
    raise SystemExit(f"nothing listens on port {port}")


class Servers:
    """Starts processes, and ends the ones that it started."""

    def __init__(self, directory: pathlib.Path):
        self.directory = directory
        self.started: list[subprocess.Popen] = []
        # PostgreSQL and PgBouncer do not run as root.
        self.user = {"user": "postgres", "group": "postgres", "extra_groups": []} if os.geteuid() == 0 else {}

    def start(self, port: int, *command: str, **options) -> None:
        log = open(self.directory / f"{pathlib.Path(command[0]).name}-{port}.log", "wb")
        self.started.append(subprocess.Popen(command, stdout=log, stderr=log, stdin=subprocess.DEVNULL, **options))
        wait_for(port)

    def end(self) -> None:
        for process in reversed(self.started):
            process.terminate()
        for process in reversed(self.started):
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def write(self, name: str, text: str) -> str:
        path = self.directory / name
        path.write_text(text)
        return str(path)

    def nginx(self, *prefix: str) -> int:
        """One worker, 970 bytes of JSON; behind `prefix`, which may be `reenact record … --`."""
        port = free_port()
        body = '{"items": "%s"}' % ("x" * (970 - 13))
        path = self.write(f"nginx{port}.conf", NGINX.format(d=self.directory, port=port, body=body))
        self.start(port, *prefix, "/usr/sbin/nginx", "-p", str(self.directory), "-c", path)
        return port

    def haproxy(self, upstream: int, mode: str = "http") -> tuple[int, int]:
        tcp, http = free_port(), free_port()
        path = self.write(f"haproxy{tcp}.cfg", HAPROXY.format(tcp=tcp, http=http, upstream=upstream, mode=mode))
        self.start(tcp, "/usr/sbin/haproxy", "-db", "-f", path)
        return tcp, http

    def postgres(self) -> int:
        port, programs = free_port(), sorted(glob.glob("/usr/lib/postgresql/*/bin"))[-1]
        data = self.directory / "data"
        data.mkdir()
        if self.user:
            os.chmod(self.directory, 0o755)
            subprocess.run(["chown", "postgres:", str(data)], check=True)
        setup = dict(check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/", **self.user)
        subprocess.run([f"{programs}/initdb", "-D", data, "-U", "postgres", "-A", "trust"], **setup)
        options = ["-h", "127.0.0.1", "-k", "", "-c", "fsync=off", "-c", "shared_buffers=64MB"]
        self.start(port, f"{programs}/postgres", "-D", str(data), "-p", str(port), *options, cwd="/", **self.user)
        where = ["-h", "127.0.0.1", "-p", str(port), "-U", "postgres"]
        for _ in range(100):
            if subprocess.run([f"{programs}/psql", *where, "-qc", "select 1"], capture_output=True).returncode == 0:
                break
            time.sleep(0.1)
        subprocess.run([f"{programs}/createdb", *where, "bench"], check=True)
        subprocess.run([f"{programs}/pgbench", *where, "-iq", "-s", "1", "bench"], check=True, capture_output=True)
        return port

    def pgbouncer(self, upstream: int) -> int:
        port = free_port()
        text = PGBOUNCER.format(upstream=upstream, port=port, d=self.directory / "data", user="postgres")
        path = self.write("pgbouncer.ini", text)
        self.start(port, "/usr/sbin/pgbouncer", path, cwd="/", **self.user)
        return port
