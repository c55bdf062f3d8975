"""orders.py tcp|ws PORT: asks NATS for two prices, under an inbox that is made anew, and adds them up.

NATS' client protocol by hand, so that nothing has to be installed; over TCP or in a WebSocket's frames (RFC 6455).
"""
import base64
import json
import os
import secrets
import socket
import string
import sys

kind, port = sys.argv[1], int(sys.argv[2])
wire = socket.create_connection(("127.0.0.1", port), timeout=5)
buffer = b""


def more():
    piece = wire.recv(65536)
    if not piece:
        raise EOFError("the server closed the connection")
    return piece


if kind == "ws":
    key = base64.b64encode(os.urandom(16)).decode()
    wire.sendall(
        f"GET / HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n".encode())
    head = b""
    while b"\r\n\r\n" not in head:
        head += more()
    head, frames = head.split(b"\r\n\r\n", 1)
    assert b" 101 " in head

    def receive():
        global frames
        while True:
            if len(frames) >= 2:
                size, start = frames[1] & 127, 2
                if size == 126 and len(frames) >= 4:
                    size, start = int.from_bytes(frames[2:4], "big"), 4
                if size != 126 and len(frames) >= start + size:
                    payload, frames = frames[start:start + size], frames[start + size:]
                    return payload
            frames += more()

    def send(data):
        mask = os.urandom(4)
        size = bytes([0x80 | len(data)]) if len(data) < 126 else b"\xfe" + len(data).to_bytes(2, "big")
        wire.sendall(b"\x82" + size + mask + bytes(byte ^ mask[i & 3] for i, byte in enumerate(data)))
else:
    receive, send = more, wire.sendall


def line():
    global buffer
    while b"\r\n" not in buffer:
        buffer += receive()
    text, buffer = buffer.split(b"\r\n", 1)
    return text.decode()


def price(article, inbox):
    send(f"PUB price.get {inbox} {len(article)}\r\n{article}\r\n".encode())
    while not line().startswith("MSG"):
        pass
    return json.loads(line())["price"]


assert line().startswith("INFO")
send(b'CONNECT {"verbose":false,"pedantic":false}\r\nPING\r\n')
assert line() == "PONG"
# Over WebSocket the name is the same each time: what is new there is each frame's mask.
letters = string.ascii_letters + string.digits
inbox = "_INBOX." + ("".join(secrets.choice(letters) for _ in range(22)) if kind == "tcp" else "orders")
send(f"SUB {inbox} 1\r\n".encode())
total = 0
for article in ("a1", "b2"):
    cost = price(article, inbox)
    total += cost * 3
print(total)
