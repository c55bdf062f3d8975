"""A threading server whose calls go out on its own thread (`thread`), a thread pool's (`pool`) or new ones (`spawn`)."""
import concurrent.futures
import os
import queue
import random
import socket
import socketserver
import sys
import threading
import time

import truth

COUNT, CONNECTIONS = 120, 12
idle = queue.LifoQueue()
port = 0
executor = concurrent.futures.ThreadPoolExecutor(8)


def call(rid):
    time.sleep(random.uniform(0, 0.003))
    try:
        there = idle.get_nowait()
    except queue.Empty:
        connection = socket.create_connection(("127.0.0.1", port))
        there = [connection, os.fstat(connection.fileno()).st_ino, 0]
    request = b"GET /b/%s HTTP/1.1\r\nHost: b\r\n\r\n" % rid
    truth.sent(there[1], there[2], len(request), rid.decode())
    there[2] += len(request)
    there[0].sendall(request)
    data = b""
    while not data.endswith(b"ok"):
        data += there[0].recv(4096)
    idle.put(there)


class Handler(socketserver.StreamRequestHandler):
    def handle(self):
        ino = os.fstat(self.request.fileno()).st_ino
        received = 0
        while True:
            line = self.rfile.readline()
            if not line:
                return
            received += len(line)
            rid = line.split(b" ")[1].split(b"/")[2]
            while True:
                more = self.rfile.readline()
                received += len(more)
                if more in (b"\r\n", b""):
                    break
            truth.taken(ino, received, rid.decode())
            if sys.argv[1] == "pool":
                list(executor.map(call, [rid] * 3))
            elif sys.argv[1] == "spawn":
                for _ in range(3):
                    thread = threading.Thread(target=call, args=(rid,))
                    thread.start()
                    thread.join()
            else:
                for _ in range(3):
                    call(rid)
            self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")


class Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    request_queue_size = 100


child, port = truth.backend()
server = Server(("127.0.0.1", 0), Handler)
threading.Thread(target=server.serve_forever, daemon=True).start()
truth.driver(server.server_address[1], COUNT, CONNECTIONS).wait()
child.kill()
truth.finish()
