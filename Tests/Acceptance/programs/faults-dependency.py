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
}


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        path = self.path.split("?")[0]
        if path == "/silence":
            time.sleep(3)
            return
        if path == "/slow":
            time.sleep(0.8)
        if path == "/order/first":
            time.sleep(0.3)
        status = 503 if "plan=gone" in self.path else 200
        text = json.dumps({"error": "down"} if status == 503 else DOCUMENTS[path]).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *arguments):
        pass


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True


Server(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
