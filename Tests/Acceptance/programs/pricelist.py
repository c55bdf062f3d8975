"""pricelist.py HOST:PORT DATABASE: prices out of a table."""
import http.server
import json
import sqlite3
import socketserver
import sys


class Prices(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_GET(self):
        with sqlite3.connect(sys.argv[2]) as shop:
            row = shop.execute("SELECT cents FROM prices WHERE name = ?", (self.path.rsplit("/", 1)[1],)).fetchone()
        price = row[0] / 100 if row[0] is not None else None
        data = json.dumps({"price": price}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True


host, port = sys.argv[1].split(":")
Server((host, int(port)), Prices).serve_forever()
