"""A desk with one chair: who is served sits in a slot that all requests share, and is gone from it when somebody else
comes before the store has answered. Arguments: port, port of the store."""
import http.server
import socket
import sys
import traceback

PORT, REDIS = map(int, sys.argv[1:3])


def redis(*words):
    with socket.create_connection(("127.0.0.1", REDIS), timeout=5) as link:
        command = b"*%d\r\n" % len(words)
        for word in words:
            command += b"$%d\r\n%s\r\n" % (len(word), word.encode())
        link.sendall(command)
        answer = link.recv(65536)
    return answer.split(b"\r\n")[1].decode() if answer[:1] == b"$" else answer[1:].split(b"\r\n")[0].decode()


seated = {}


def serve(who):
    seated["who"] = who
    redis("GET", "balance:" + who)
    if seated["who"] != who:
        raise RuntimeError("somebody else took the chair")
    redis("SET", "served", who)
    return b"done"


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        try:
            status, text = 200, serve(self.path[1:])
        except Exception:
            traceback.print_exc()
            status, text = 500, b"sorry"
        self.send_response(status)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *arguments):
        pass


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True


Server(("127.0.0.1", PORT), Handler).serve_forever()
