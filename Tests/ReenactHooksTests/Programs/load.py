"""The other side of an attribution test, run without hooks: `backend` answers slowly, `drive PORT N C` asks N times
over C connections, keeping them alive."""
import random
import socket
import sys
import threading
import time


def head(connection, rest):
    while b"\r\n\r\n" not in rest:
        data = connection.recv(65536)
        if not data:
            return None, b""
        rest += data
    first, rest = rest.split(b"\r\n\r\n", 1)
    return first, rest


def answer(connection):
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    rest = b""
    while True:
        first, rest = head(connection, rest)
        if first is None:
            return connection.close()
        time.sleep(random.uniform(0.001, 0.005))
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")


def backend():
    listener = socket.create_server(("127.0.0.1", 0), backlog=200)
    print(listener.getsockname()[1], flush=True)
    threading.Thread(target=lambda: (sys.stdin.read(), __import__("os")._exit(0)), daemon=True).start()
    while True:
        connection, _ = listener.accept()
        threading.Thread(target=answer, args=(connection,), daemon=True).start()


def drive(port, count, connections):
    numbers = iter(range(count))
    guard = threading.Lock()

    def run():
        connection = socket.create_connection(("127.0.0.1", port))
        rest = b""
        while True:
            with guard:
                number = next(numbers, None)
            if number is None:
                return connection.close()
            connection.sendall(b"GET /r/%d HTTP/1.1\r\nHost: x\r\n\r\n" % number)
            first, rest = head(connection, rest)
            if first is None:
                connection = socket.create_connection(("127.0.0.1", port))
                continue
            for line in first.split(b"\r\n"):
                if line.lower().startswith(b"content-length:"):
                    want = int(line.split(b":")[1])
                    while len(rest) < want:
                        rest += connection.recv(65536)
                    rest = rest[want:]

    threads = [threading.Thread(target=run) for _ in range(connections)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


if sys.argv[1] == "backend":
    backend()
else:
    drive(int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]))
