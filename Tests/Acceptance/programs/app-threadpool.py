"""app-threadpool.py PORT UPSTREAM: the calls are made by a pool of threads, for whoever asks."""

import concurrent.futures
import sys

from calls import Handler, Pool, Server

pool = Pool(int(sys.argv[2]))
workers = concurrent.futures.ThreadPoolExecutor(12)
server = Server(("127.0.0.1", int(sys.argv[1])), Handler)
server.calls = lambda paths: [future.result() for future in [workers.submit(pool.call, path) for path in paths]]
server.serve_forever()
