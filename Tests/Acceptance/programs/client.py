"""client.py PORT OUT [MEGABYTES]: a mixed run of more than 1,000 requests; OUT gets a line for each, in a fixed order.

Two runs against the same application must give the same file. Everything is bounded in count and time.
"""

import concurrent.futures
import hashlib
import http.client
import json
import random
import socket
import struct
import sys
import time

PORT = int(sys.argv[1])
BIG = int(sys.argv[3] if len(sys.argv) > 3 else 100) * 1_000_000
VARYING = {"date", "server", "connection", "keep-alive"}


def connect() -> http.client.HTTPConnection:
    return http.client.HTTPConnection("127.0.0.1", PORT, timeout=120)


def dial() -> socket.socket:
    return socket.create_connection(("127.0.0.1", PORT), timeout=120)


def line(name: str, status: int, body: bytes, headers=()) -> str:
    kept = sorted((k.lower(), v) for k, v in headers if k.lower() not in VARYING)
    return json.dumps([name, status, len(body), hashlib.sha256(body).hexdigest()[:16], kept])


def ask(connection, name: str, method: str, path: str, body=None, headers=None, chunked: bool = False) -> str:
    connection.request(method, path, body=body, headers=headers or {}, encode_chunked=chunked)
    response = connection.getresponse()
    digest, length = hashlib.sha256(), 0
    while part := response.read(1 << 16):
        length += len(part)
        digest.update(part)
    kept = sorted((k.lower(), v) for k, v in response.getheaders() if k.lower() not in VARYING)
    return json.dumps([name, response.status, length, digest.hexdigest()[:16], kept])


def worker(number: int) -> list[str]:
    """One of 64 connections at once, each with its own reproducible mixture on keep-alive."""
    choice, connection, lines = random.Random(number), connect(), []
    for i in range(16):
        name = f"{number}/{i}"
        kind = choice.randrange(9)
        n = choice.randrange(1, 400)
        if kind <= 2:
            lines.append(ask(connection, name, "GET", f"/item/{n}"))
        elif kind == 3:
            lines.append(ask(connection, name, "GET", f"/chunked/{n % 20}"))
        elif kind == 4:
            lines.append(ask(connection, name, "POST", "/echo", body=b"y" * n * 11))
        elif kind == 5:
            parts = [bytes([65 + k % 26]) * (k * 17 + 1) for k in range(n % 12 + 1)]
            lines.append(ask(connection, name, "POST", "/echo", iter(parts), {"Transfer-Encoding": "chunked"}, True))
        elif kind == 6:
            lines.append(ask(connection, name, "HEAD", f"/item/{n}"))
        elif kind == 7:
            lines.append(ask(connection, name, "GET", "/none"))
        else:
            lines.append(ask(connection, name, "GET", f"/status/{choice.choice([200, 201, 301, 400, 404, 409, 429])}"))
    connection.close()
    return lines


def read_all(sock: socket.socket) -> bytes:
    data = b""
    while part := sock.recv(65536):
        data += part
    return data


def parts_of(data: bytes, sizes) -> list[bytes]:
    result, at = [], 0
    for size in sizes:
        result.append(data[at : at + size])
        at += size
    return [*result, data[at:]]


def answers(data: bytes) -> list[tuple[int, bytes]]:
    """Status and body of each answer with a length."""
    found = []
    while data:
        head, _, data = data.partition(b"\r\n\r\n")
        fields = dict(h.lower().split(b": ", 1) for h in head.split(b"\r\n")[1:])
        length = int(fields.get(b"content-length", b"0"))
        found.append((int(head.split()[1]), data[:length]))
        data = data[length:]
    return found


def pipelined() -> list[str]:
    with dial() as sock:
        text = b"".join(b"GET /item/%d HTTP/1.1\r\nHost: x\r\n\r\n" % i for i in range(30))
        text += b"GET /close HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
        for part in parts_of(text, [3, 40, 1, 200, 7]):
            sock.sendall(part)
            time.sleep(0.01)
        got = answers(read_all(sock))
    return [line(f"pipelined/{i}", status, body) for i, (status, body) in enumerate(got)]


def trickled_up() -> str:
    with dial() as sock:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        text = b"POST /echo HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 60\r\n\r\n" + b"s" * 60
        for byte in text:
            sock.sendall(bytes([byte]))
            time.sleep(0.002)
        status, body = answers(read_all(sock))[0]
    return line("trickled up", status, body)


def upgraded(size: int) -> str:
    with dial() as sock:
        sock.sendall(b"GET /upgrade HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n")
        data = b""
        while b"\r\n\r\n" not in data:
            data += sock.recv(65536)
        head, _, body = data.partition(b"\r\n\r\n")
        for i in range(size):
            sent = b"%08d" % i
            sock.sendall(sent)
            while len(body) < 8 * (i + 1):
                body += sock.recv(65536)
        sock.shutdown(socket.SHUT_WR)
        body += read_all(sock)
    return line(f"upgraded/{size}", int(head.split()[1]), body)


def half_closed() -> str:
    # As much as a socket takes at once: Node drops what it has not written when it learns that its client has ended,
    # so that of more the end is lost or not by how busy the machine is, recorded or plain.
    with dial() as sock:
        sock.sendall(b"GET /big/600000 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        sock.shutdown(socket.SHUT_WR)
        data = read_all(sock)
    head, _, body = data.partition(b"\r\n\r\n")
    return line("half closed", int(head.split()[1]), body)


def unframed() -> str:
    with dial() as sock:
        sock.sendall(b"GET /unframed/70000 HTTP/1.0\r\nHost: x\r\n\r\n")
        data = read_all(sock)
    head, _, body = data.partition(b"\r\n\r\n")
    return line("ended by closing", int(head.split()[1]), body)


def reset(after: int) -> str:
    sock = dial()
    sock.sendall(b"GET /big/20000000 HTTP/1.1\r\nHost: x\r\n\r\n")
    got = 0
    while got < after:
        got += len(sock.recv(65536))
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    sock.close()
    return line(f"reset after {after}", 0, b"")


def abandoned() -> str:
    """A client that goes away in the middle of its own request."""
    with dial() as sock:
        sock.sendall(b"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 5000\r\n\r\nonly this")
    return line("abandoned", 0, b"")


def expecting() -> str:
    with dial() as sock:
        sock.sendall(b"POST /echo HTTP/1.1\r\nHost: x\r\nConnection: close\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n")
        data = b""
        while b"\r\n\r\n" not in data:
            data += sock.recv(65536)
        sock.sendall(b"body")
        data += read_all(sock)
    got = answers(data)
    return line("expect", got[0][0] * 1000 + got[-1][0], got[-1][1])


def blocks(total: int):
    block = b"the quick brown fox jumps over the lazy dog.\n" * 1456
    while total > 0:
        yield block[:total]
        total -= len(block)


def one_by_one() -> list[str]:
    connection, lines = connect(), []
    lines += [ask(connection, f"sequence/{i}", "GET", f"/item/{i}") for i in range(120)]
    lines.append(ask(connection, "trickled down", "GET", "/trickle/80"))
    lines.append(ask(connection, "put", "PUT", "/echo", body=b"z" * 100_000))
    lines.append(ask(connection, "big down", "GET", f"/big/{BIG}"))
    lines.append(ask(connection, "big up", "POST", "/count", blocks(BIG), {"Content-Length": str(BIG)}))
    lines.append(ask(connection, "big up, chunked", "POST", "/count", blocks(BIG // 4), {"Transfer-Encoding": "chunked"}, True))
    lines.append(ask(connection, "after it", "GET", "/item/7"))
    connection.close()
    return lines


def main():
    lines = one_by_one()
    with concurrent.futures.ThreadPoolExecutor(64) as pool:
        for part in pool.map(worker, range(64)):
            lines += part
    lines += pipelined()
    lines += [trickled_up(), upgraded(1), upgraded(200), half_closed(), unframed(), expecting()]
    lines += [reset(n) for n in (1, 100_000, 5_000_000)] + [abandoned() for _ in range(3)]
    closing = [ask(connect(), f"closing/{i}", "GET", "/close") for i in range(20)]
    lines += closing + [ask(connect(), "at last", "GET", "/item/1")]
    with open(sys.argv[2], "w") as out:
        out.write("\n".join(lines) + "\n")
    print(len(lines), "requests")


main()
