"""What the shop depends on: well on some paths, and not on others. Argument: port."""
import http.server
import json
import sys
import threading
import time

DOCUMENTS = {
    "/rates/eur": {"rate": 1.1, "name": "euro"},
    "/rates/usd": {"rate": 1.0, "name": "dollar"},
    "/rates/null": {"rate": None, "name": "nothing", "note": None},
    "/rates/none": {"name": "missing"},
    "/rates/text": {"rate": "n/a", "name": "text"},
    "/flags/a": {"discount": None, "kind": "a"},
    "/flags/b": {"strict": None, "kind": "b"},
    "/stock/a": {"stock": 0, "kind": "a"},
    "/stock/b": {"stock": 0, "kind": "b"},
    "/order/first": {"name": "first"},
    "/order/second": {"name": "second"},
    "/slow": {"rate": 2},
    "/limit": {},
    "/remaining": {},
    "/items": {"items": [{"sku": n, "price": {"amount": n, "currency": "EUR"}} for n in range(4)]},
    "/profile": {"active": True, "name": "Eve", "lenient": None},
}
FEED = "<feed><entry id='1' href='/one'/><entry id='2'/><entry id='3' href='/three'/></feed>"
del DOCUMENTS["/items"]["items"][2]["price"]

order = {"asked": threading.Event(), "read": threading.Event()}


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        path = self.path.split("?")[0]
        if path == "/silence":
            time.sleep(3)
            return
        if path == "/slow":
            time.sleep(0.8)
        # Both are asked before one is answered, and the first is answered when the answer to the second has been read.
        if path == "/order/first":
            order["asked"].set()
            order["read"].wait(5)
            time.sleep(0.3)
        if path == "/order/second":
            order["asked"].wait(5)
        status = 503 if "plan=gone" in self.path else 200
        if path == "/feed":
            text = FEED.encode()
        else:
            text = json.dumps({"error": "down"} if status == 503 else DOCUMENTS[path]).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/xml" if path == "/feed" else "application/json")
        if path == "/remaining":
            self.send_header("X-Remaining", "99")
            self.send_header("X-Remaining", "98")
        if path == "/limit":
            self.send_header("X-Limit", "none")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)
        if path == "/order/second":
            self.wfile.flush()
            # Its reader closes the connection behind it.
            self.connection.settimeout(5)
            try:
                self.connection.recv(1)
            except OSError:
                pass
            order["read"].set()

    def log_message(self, *arguments):
        pass


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True


Server(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
