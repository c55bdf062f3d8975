"""server.py PORT: an HTTP/1.1 server that does everything that the protocol allows. Answers depend on the request only."""

import hashlib
import http.server
import sys
import time


def pattern(length: int) -> bytes:
    return (b"0123456789abcdefghijklmnopqrstuvwxyz\n" * (length // 37 + 1))[:length]


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = 65536

    def log_message(self, *_):
        pass

    def answer(self, body: bytes, status: int = 200, headers: dict | None = None):
        self.send_response(status)
        self.send_header("Content-Type", "application/octet-stream")
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def chunks(self, parts):
        self.send_response(200)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for part in parts:
            self.wfile.write(b"%x\r\n%s\r\n" % (len(part), part))
            self.wfile.flush()
        self.wfile.write(b"0\r\n\r\n")

    def body(self):
        if self.headers.get("Transfer-Encoding", "").lower() == "chunked":
            while length := int(self.rfile.readline().split(b";")[0], 16):
                yield self.rfile.read(length)
                self.rfile.readline()
            self.rfile.readline()
            return
        left = int(self.headers.get("Content-Length", 0))
        while left:
            part = self.rfile.read1(min(left, 65536))
            if not part:
                return
            left -= len(part)
            yield part

    def do_GET(self):
        kind, _, rest = self.path[1:].partition("/")
        number = int(rest or 0)
        if kind == "item":
            self.answer(b'{"item": %d, "filler": "%s"}\n' % (number, b"x" * (number * 37 % 3000)))
        elif kind == "chunked":
            self.chunks(pattern(1 + i * 101) for i in range(number))
        elif kind == "big":
            self.send_response(200)
            self.send_header("Content-Length", str(number))
            self.end_headers()
            block = pattern(37 * 4096)
            while number > 0:
                self.wfile.write(block[:number])
                number -= len(block)
        elif kind == "none":
            self.send_response(204)
            self.end_headers()
        elif kind == "status":
            self.answer(b"status %d\n" % number, number)
        elif kind == "close":
            self.close_connection = True
            self.answer(b"closing\n", headers={"Connection": "close"})
        elif kind == "unframed":
            self.close_connection = True
            self.send_response(200)
            self.send_header("Connection", "close")
            self.end_headers()
            self.wfile.write(pattern(number))
        elif kind == "trickle":
            self.send_response(200)
            self.send_header("Content-Length", str(number))
            self.end_headers()
            for byte in pattern(number):
                self.wfile.write(bytes([byte]))
                self.wfile.flush()
                time.sleep(0.005)
        elif kind == "upgrade":
            self.upgrade()
        else:
            self.answer(b"no such thing\n", 404)
        self.wfile.flush()

    do_HEAD = do_GET

    def upgrade(self):
        self.close_connection = True
        self.wfile.write(b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n")
        self.wfile.flush()
        while part := self.rfile.read1(65536):
            self.wfile.write(part)
            self.wfile.flush()
        self.wfile.write(b"bye")

    def handle_expect_100(self):
        go_on = super().handle_expect_100()
        self.wfile.flush()
        return go_on

    def do_POST(self):
        if self.path == "/count":
            count, digest = 0, hashlib.sha256()
            for part in self.body():
                count += len(part)
                digest.update(part)
            self.answer(b"%d %s\n" % (count, digest.hexdigest().encode()))
        elif self.path == "/echo":
            self.answer(b"".join(self.body()))
        else:
            for _ in self.body():
                pass
            self.answer(b"no such thing\n", 404)
        self.wfile.flush()

    do_PUT = do_POST


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256

    def handle_error(self, request, client_address):
        pass  # a client that has gone


if __name__ == "__main__":
    Server(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
