"""Speaks Redis and takes its time: GET gives 10, anything else OK. Argument: port."""
import socketserver
import sys
import time


class Handler(socketserver.BaseRequestHandler):
    def handle(self):
        while True:
            asked = self.request.recv(4096)
            if not asked:
                return
            time.sleep(0.2)
            self.request.sendall(b"$2\r\n10\r\n" if b"GET" in asked else b"+OK\r\n")


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True


Server(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
