"""rates.py PORT DIRECTORY: what the rate service's edge did on the day of the report.

The application reaches it through a forward proxy (HTTPS_PROXY): CONNECT, then TLS with a certificate of our own
(DIRECTORY/ca.pem), then status 521 and a page of HTML, whatever the question.
"""

import pathlib
import socketserver
import ssl
import subprocess
import sys

NAME = "api.exchangerate.host"
PAGE = b"<!DOCTYPE html><html><head><title>Web server is down</title></head><body>Error 521</body></html>"
ANSWER = b"HTTP/1.1 521 \r\nContent-Type: text/html; charset=UTF-8\r\nConnection: close\r\nContent-Length: %d\r\n\r\n"


def certificate(directory: pathlib.Path) -> ssl.SSLContext:
    key, authority = directory / "key.pem", directory / "ca.pem"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30", "-subj", f"/CN={NAME}"]
    command += ["-addext", f"subjectAltName=DNS:{NAME}", "-keyout", str(key), "-out", str(authority)]
    subprocess.run(command, check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(authority, key)
    return context


def read_head(stream) -> str:
    first = stream.readline().decode("latin-1").strip()
    while stream.readline().strip():
        pass
    return first


class Edge(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        if not read_head(self.rfile).startswith("CONNECT "):
            return
        self.wfile.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        with self.server.context.wrap_socket(self.connection, server_side=True) as inner:
            print(read_head(inner.makefile("rb")), flush=True)
            inner.sendall(ANSWER % len(PAGE) + PAGE)


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True


context = certificate(pathlib.Path(sys.argv[2]))
with Server(("127.0.0.1", int(sys.argv[1])), Edge) as server:
    server.context = context
    server.serve_forever()
