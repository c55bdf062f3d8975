"""attribution-client.py PORT REQUESTS: 16 in flight all the time; the last request but 15 asks for a failure."""

import concurrent.futures
import http.client
import itertools
import sys
import threading

PORT, REQUESTS, FLIGHT = int(sys.argv[1]), int(sys.argv[2]), 16
numbers = itertools.count(1)
local = threading.local()
wrong = []


def one(number: int):
    if not hasattr(local, "connection"):
        local.connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=60)
    kind = "fail" if number == REQUESTS - FLIGHT + 1 else "job"
    local.connection.request("GET", f"/{kind}/{number}")
    response = local.connection.getresponse()
    body = response.read().decode()
    wanted = " ".join(f"/call/{number}/{k}" for k in range(3))
    if (response.status, body) != (500 if kind == "fail" else 200, wanted):
        wrong.append((number, response.status, body))


with concurrent.futures.ThreadPoolExecutor(FLIGHT) as pool:
    list(pool.map(one, range(1, REQUESTS + 1)))
for entry in wrong[:5]:
    print("wrong answer:", entry)
sys.exit(1 if wrong else 0)
