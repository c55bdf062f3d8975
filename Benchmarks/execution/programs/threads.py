"""Threads that share a queue, threads that compute, a child process."""

import json
import queue
import subprocess
import threading

work, results = queue.Queue(), []


def serve():
    while (item := work.get()) is not None:
        results.append(len(json.dumps(list(range(item % 97)))))


def compute():
    total = 0
    for i in range(200000):
        total += i * i % 7
    results.append(total)


threads = [threading.Thread(target=serve) for _ in range(4)]
for thread in threads:
    thread.start()
for i in range(4000):
    work.put(i)
for thread in threads:
    work.put(None)
for thread in threads:
    thread.join()
print(sum(results), id(results) % 4096, subprocess.check_output(["sh", "-c", "echo hi | tr a-z A-Z"]))
threads = [threading.Thread(target=compute) for _ in range(4)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(sum(results))
