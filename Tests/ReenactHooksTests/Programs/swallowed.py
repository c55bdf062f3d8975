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


class Odd(Exception):
    def __str__(self):
        return "its own words"


def page():
    raise KeyError("500.html")


def again():
    """Goes on after something else was raised and dealt with on its way."""
    try:
        deep()
    except LookupError:
        try:
            trifle()
        except ValueError:
            pass
        raise


def onward():
    return again()


def odd():
    raise Odd()


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        if self.path == "/again":
            # As frameworks do that have a page for errors, and look for a better one first.
            try:
                onward()
            except LookupError:
                try:
                    page()
                except KeyError:
                    self.send_response(500)
                    self.end_headers()
            return
        if self.path == "/odd":
            try:
                odd()
            except Odd:
                self.send_response(500)
                self.end_headers()
                logging.exception("told")
            return
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
