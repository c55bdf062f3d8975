"""What a fault needs: a place of its own, services that misbehave, and a program under `reenact record`."""

import contextlib
import datetime
import http.client
import importlib.util
import os
import pathlib
import shutil
import signal
import socket
import ssl
import struct
import subprocess
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

FAULTS = []


def fault(app, name, expect, responsibility=None, cause=None):
    """Enters a function as a fault of an application; `expect` is the cause class that is right, or several.

    `cause` is the recorded condition that `reenact why` has to find: its kinds, and a text that stands in how it tells
    of the condition; or a list of those of which any is right. None: what was changed (a full disk, a lock, a limit) is
    no condition of the recording, and "not determined" is right.
    """

    def enter(function):
        classes = {expect} if isinstance(expect, str) else set(expect)
        causes = cause if isinstance(cause, list) else [cause] if cause else []
        FAULTS.append({
            "app": app, "name": name, "expect": classes, "responsibility": responsibility, "does": function,
            "causes": [(kinds.split(), text) for kinds, text in causes]})
        return function

    return enter


def load_faults():
    """Enters those of faults/*.py."""
    for path in sorted((pathlib.Path(__file__).parent / "faults").glob("*.py")):
        spec = importlib.util.spec_from_file_location(path.stem, path)
        spec.loader.exec_module(importlib.util.module_from_spec(spec))
    return FAULTS


class Dependency:
    """A server over HTTP that answers as it is told: (status, type, body), a list of such in turn, or a word.

    `silent` never answers, `closed` ends the connection, `reset` breaks it off.
    """

    def __init__(self, behaviour, headers=(), tls=None):
        outer = self
        self.behaviour, self.headers, self.requests = behaviour, list(headers), []

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def answer(self):
                length = int(self.headers.get("Content-Length") or 0)
                outer.requests.append((self.command, self.path, self.rfile.read(length)))
                does = outer.behaviour
                if callable(does):
                    does = does(self.command, self.path)
                if isinstance(does, list):
                    does = does[min(len(outer.requests) - 1, len(does) - 1)]
                if does == "silent":
                    time.sleep(20)
                    return
                if does == "closed":
                    self.close_connection = True
                    self.connection.shutdown(socket.SHUT_RDWR)
                    return
                if does == "reset":
                    self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                    os.close(self.connection.detach())
                    self.close_connection = True
                    return
                status, kind, body = does
                body = body if isinstance(body, bytes) else body.encode()
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                for name, value in outer.headers:
                    self.send_header(name, value)
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(body)

            do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = do_PATCH = answer

            def handle(self):
                with contextlib.suppress(OSError, ValueError):
                    super().handle()

            def finish(self):
                with contextlib.suppress(OSError, ValueError):
                    super().finish()

            def log_message(self, *_):
                pass

        class Quiet(ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, *_):
                pass

        self.server = Quiet(("127.0.0.1", 0), Handler)
        if tls:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*tls)
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True, do_handshake_on_connect=False)
        self.port = self.server.server_port
        self.url = f"http{'s' if tls else ''}://127.0.0.1:{self.port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def stop(self):
        self.server.shutdown()
        self.server.server_close()


class Trial:
    """One fault, once: everything it starts ends with it."""

    def __init__(self, place, reenact, tools, cases):
        self.place = pathlib.Path(place)
        shutil.rmtree(self.place, ignore_errors=True)
        self.place.mkdir(parents=True)
        self.reenact, self.tools, self.cases = reenact, tools, pathlib.Path(cases)
        self.ends = contextlib.ExitStack()
        self.environment = {
            name: os.environ[name] for name in ("PATH", "LANG", "REENACT_KEY_FILE", "REENACT_HOOKS_DIRECTORY") if name in os.environ}
        self.environment |= {"HOME": str(self.place), "PYTHONDONTWRITEBYTECODE": "1", "NO_COLOR": "1"}
        self.log = ""

    # What faults use.

    def bin(self, name):
        return str(pathlib.Path(self.tools) / "bin" / name)

    def write(self, name, content):
        path = self.place / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return str(path)

    def closed_port(self):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            return free.getsockname()[1]

    free_port = closed_port

    def dependency(self, behaviour, **options):
        server = Dependency(behaviour, **options)
        self.ends.callback(server.stop)
        return server

    def certificate(self, *, name="127.0.0.1", days=30, start=0):
        """A certificate signed by nobody: `start` days from now, valid for so many days."""
        from cryptography import x509
        from cryptography.hazmat.primitives import hashes, serialization
        from cryptography.hazmat.primitives.asymmetric import ec
        from cryptography.x509.oid import NameOID
        import ipaddress

        begin = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=start)
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        other = x509.IPAddress(ipaddress.ip_address(name)) if name[0].isdigit() else x509.DNSName(name)
        made = (
            x509.CertificateBuilder().subject_name(subject).issuer_name(subject).public_key(key.public_key())
            .serial_number(x509.random_serial_number()).not_valid_before(begin)
            .not_valid_after(begin + datetime.timedelta(days=days))
            .add_extension(x509.SubjectAlternativeName([other]), critical=False)
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .sign(key, hashes.SHA256()))
        return (
            self.write("tls.pem", made.public_bytes(serialization.Encoding.PEM)),
            self.write("tls.key", key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())))

    def redis(self, *options):
        port = self.free_port()
        self.service(
            ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(self.place), *options], port)
        return port

    def redis_cli(self, port, *command):
        return subprocess.run(
            ["redis-cli", "-p", str(port), *command], check=True, capture_output=True, text=True).stdout.strip()

    def postgres(self):
        """A cluster of its own; returns its port. The user is `shop`, with password `shop`, as is the database."""
        data, port = self.place / "pg", self.free_port()
        owner = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"] if os.getuid() == 0 else []
        model = self.place.parents[1] / "pg-model"
        if not (model / "PG_VERSION").exists():
            # Made once: it takes longer than everything else together.
            shutil.rmtree(model, ignore_errors=True)
            model.mkdir(mode=0o700)
            password = self.place / "password"
            password.write_text("shop")
            if owner:
                for path in (model, password, self.place):
                    os.chown(path, 65534, 65534)
            subprocess.run(
                [*owner, "initdb", "-D", str(model), "-U", "shop", "--auth=scram-sha-256", f"--pwfile={password}", "-N",
                 "--locale=C", "-E", "UTF8"],
                check=True, capture_output=True, env={**os.environ, "HOME": str(self.place)})
        subprocess.run(["cp", "-a", str(model), str(data)], check=True)
        self.service(
            [*owner, "postgres", "-D", str(data), "-p", str(port), "-k", "", "-h", "127.0.0.1", "-c", "fsync=off",
             "-c", "shared_buffers=16MB"], port)
        import psycopg2

        for _ in range(100):
            try:
                with contextlib.closing(psycopg2.connect(f"postgresql://shop:shop@127.0.0.1:{port}/postgres")) as db:
                    db.autocommit = True
                    db.cursor().execute("CREATE DATABASE shop")
                break
            except psycopg2.OperationalError:
                time.sleep(0.1)
        return port

    def sql(self, port, text, database="shop"):
        import psycopg2

        with contextlib.closing(psycopg2.connect(f"postgresql://shop:shop@127.0.0.1:{port}/{database}")) as db:
            db.autocommit = True
            db.cursor().execute(text)

    def service(self, command, port, environment=None, seconds=20):
        """A program that is not recorded, until its port is open."""
        process = subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL,
            env={**os.environ, **(environment or {})}, start_new_session=True)
        self.ends.callback(self.end, process)
        self.wait_for(port, seconds)
        return process

    def command(self, command, environment=None, stdin=None, seconds=60, record=(), cwd=None):
        """Runs a program to its end, recorded."""
        with open(self.place / "log", "ab") as log:
            process = subprocess.Popen(
                [self.reenact, "record", "--cases", str(self.cases), *record, "--", *command],
                stdout=log, stderr=log, stdin=subprocess.PIPE if stdin else subprocess.DEVNULL,
                env={**self.environment, **(environment or {})}, cwd=cwd or self.place, start_new_session=True)
            try:
                process.communicate(stdin, timeout=seconds)
            except subprocess.TimeoutExpired:
                self.end(process)
        return process.returncode

    @contextlib.contextmanager
    def server(self, command, port, environment=None, record=(), cwd=None, seconds=30):
        """A program that serves, recorded; at the end it is asked to stop, and its case waited for."""
        with open(self.place / "log", "ab") as log:
            process = subprocess.Popen(
                [self.reenact, "record", "--cases", str(self.cases), *record, "--", *command],
                stdout=log, stderr=log, stdin=subprocess.DEVNULL, env={**self.environment, **(environment or {})},
                cwd=cwd or self.place, start_new_session=True)
            try:
                self.wait_for(port, seconds)
                yield process
                time.sleep(1)
            finally:
                self.end(process)

    def request(self, port, method, path, body=None, headers=None, seconds=30):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=seconds)
        with contextlib.closing(connection), contextlib.suppress(OSError, http.client.HTTPException):
            connection.request(method, path, body, headers or {})
            answer = connection.getresponse()
            return answer.status, answer.read()
        return 0, b""

    def wait_for(self, port, seconds=30):
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                return
            time.sleep(0.05)
        raise RuntimeError(f"nothing listens on port {port}")

    @staticmethod
    def end(process):
        if process.poll() is not None:
            return
        process.terminate()
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait(5)

    def close(self):
        self.ends.close()
