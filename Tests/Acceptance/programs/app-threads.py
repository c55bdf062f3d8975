"""app-threads.py PORT UPSTREAM: a thread for each connection; it makes its calls itself."""

import sys

from calls import Handler, Pool, Server

pool = Pool(int(sys.argv[2]))
server = Server(("127.0.0.1", int(sys.argv[1])), Handler)
server.calls = lambda paths: [pool.call(path) for path in paths]
server.serve_forever()
