"""What the Python applications of the attribution test have in common: outgoing calls through a keep-alive pool."""

import http.client
import http.server
import queue
import random
import time

CALLS = 3


class Pool:
    """Connections that any thread may take, whoever made them."""

    def __init__(self, port: int):
        self.port = port
        self.free: queue.LifoQueue = queue.LifoQueue()

    def call(self, path: str) -> bytes:
        time.sleep(random.random() * 0.005)
        try:
            connection = self.free.get_nowait()
        except queue.Empty:
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        connection.request("GET", path)
        body = connection.getresponse().read()
        self.free.put(connection)
        return body


class Handler(http.server.BaseHTTPRequestHandler):
    """GET /job/ID makes the calls and answers 200; GET /fail/ID then fails."""

    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_GET(self):
        _, kind, number = self.path.split("/")
        body = b" ".join(self.server.calls([f"/call/{number}/{k}" for k in range(CALLS)]))
        self.send_response(500 if kind == "fail" else 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128
