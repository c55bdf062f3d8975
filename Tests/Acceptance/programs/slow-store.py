"""Speaks Redis: GET gives 10, anything else OK. Who asks for Anna's balance is answered when somebody has asked for
Bert's, so that both are in flight whatever else the machine does. Arguments: port, a file that is made when Anna's has
been asked for."""
import socketserver
import sys
import threading
import time

bert = threading.Event()


class Handler(socketserver.BaseRequestHandler):
    def handle(self):
        while True:
            asked = self.request.recv(4096)
            if not asked:
                return
            if b"balance:bert" in asked:
                bert.set()
            if b"balance:anna" in asked:
                open(sys.argv[2], "w").close()
                bert.wait(20)
            else:
                time.sleep(0.1)
            self.request.sendall(b"$2\r\n10\r\n" if b"GET" in asked else b"+OK\r\n")


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True


Server(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
