"""A server that answers 500 without logging, also after other exceptions came and went."""
import http.server
import logging
import sys
import threading
import urllib.error
import urllib.request


def deep():
    raise LookupError("deep down")


def middle():
    return deep()


def trifle():
    raise ValueError("of no account")


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        try:
            middle()
        except LookupError:
            try:
                trifle()
            except ValueError:
                pass
            self.send_response(500)
            self.end_headers()
            if self.path == "/log":
                # As servers do: what comes out of the application is logged when the answer is on its way.
                try:
                    trifle()
                except ValueError:
                    logging.exception("told")

    def log_message(self, *arguments):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
threading.Thread(target=server.serve_forever, daemon=True).start()
try:
    urllib.request.build_opener(urllib.request.ProxyHandler({})).open(
        "http://127.0.0.1:%d/%s" % (server.server_port, "".join(sys.argv[1:])))
except urllib.error.HTTPError as error:
    print(error.code)
server.shutdown()
