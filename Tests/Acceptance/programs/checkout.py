"""checkout.py HOST:PORT PRICES_URL: asks the price service for what a basket costs."""
import http.server
import json
import socketserver
import sys
import urllib.request


class Checkout(http.server.BaseHTTPRequestHandler):
    def log_message(self, *_):
        pass

    def do_GET(self):
        try:
            status, body = 200, {"total": self.total(self.path.rsplit("/", 1)[1])}
        except Exception:
            import traceback
            traceback.print_exc()
            status, body = 500, {"error": "checkout"}
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def total(self, name):
        ask = urllib.request.Request(
            f"{sys.argv[2]}/price/{name}", headers={"traceparent": self.headers.get("traceparent", "")})
        with urllib.request.urlopen(ask, timeout=10) as answer:
            price = json.load(answer)["price"]
        return round(price * 1.2, 2)


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True


host, port = sys.argv[1].split(":")
Server((host, int(port)), Checkout).serve_forever()
