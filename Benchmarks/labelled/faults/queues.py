"""Workers on Redis: rq, huey."""

import threading
import time

from trial import fault

JOBS = '''
import json
def total(key):
    import redis, os
    return json.loads(redis.Redis(port=int(os.environ["SHOP_REDIS"])).get(key))["total"]
'''


def enqueue(t, port, function="jobs.total", *arguments):
    """With the library, not recorded: what another program of the shop has done."""
    import redis, rq

    queue = rq.Queue(connection=redis.Redis(port=port))
    return queue.enqueue(function, *arguments)


def worker(t, port, *more, environment=None):
    t.write("jobs.py", JOBS)
    t.command(
        [t.bin("rq"), "worker", "--burst", "--path", str(t.place), "-w", "rq.worker.SimpleWorker", "--url",
         f"redis://127.0.0.1:{port}", *more], {"SHOP_REDIS": str(port), **(environment or {})})


@fault("rq", "refused", "connection-refused", cause=("fault", "refused"))
def _(t):
    worker(t, t.closed_port())


@fault("rq", "no-password", "credentials-rejected", cause=("answer fault", "NOAUTH"))
def _(t):
    worker(t, t.redis("--requirepass", "secret"))


@fault("rq", "wrong-type", "redis-wrong-type", cause=("answer", "WRONGTYPE"))
def _(t):
    port = t.redis()
    t.redis_cli(port, "SET", "rq:queue:default", "not a list")
    worker(t, port)


@fault("rq", "read-only", "database-read-only", cause=("answer", "READONLY"))
def _(t):
    port = t.redis("--replicaof", "127.0.0.1", str(t.closed_port()), "--replica-serve-stale-data", "yes")
    worker(t, port)


@fault("rq", "out-of-memory", "out-of-memory", cause=("answer", "OOM"))
def _(t):
    port = t.redis()
    t.redis_cli(port, "CONFIG", "SET", "maxmemory", "1")
    worker(t, port)


@fault("rq", "job-key-missing", "missing-row", cause=("answer", "order:4711"))
def _(t):
    port = t.redis()
    enqueue(t, port, "jobs.total", "order:4711")
    worker(t, port)


@fault("rq", "job-cache-poisoned", "cache-poisoned", cause=("answer", "order:4711"))
def _(t):
    port = t.redis()
    t.redis_cli(port, "SET", "order:4711", "<!DOCTYPE html><html><title>502</title></html>")
    enqueue(t, port, "jobs.total", "order:4711")
    worker(t, port)


@fault("rq", "job-field-missing", "dependency-missing-field", cause=("field", "total"))
def _(t):
    port = t.redis()
    t.redis_cli(port, "SET", "order:4711", '{"sum": 3, "id": 4711}')
    enqueue(t, port, "jobs.total", "order:4711")
    worker(t, port)


def huey(t, source, port, task):
    t.write("shop.py", f"from huey import RedisHuey, SqliteHuey\nhuey = RedisHuey('shop', port={port})\n{source}")
    t.command(
        [t.bin("python"), "-c", f"import sys; sys.path.insert(0, {str(t.place)!r}); import shop; shop.{task}"])


@fault("huey", "refused", "connection-refused", cause=("fault", "refused"))
def _(t):
    huey(t, "@huey.task()\ndef mail(to): pass\n", t.closed_port(), "mail('ada')")


@fault("huey", "wrong-type", "redis-wrong-type", cause=("answer", "LPUSH"))
def _(t):
    port = t.redis()
    t.redis_cli(port, "SET", "huey.redis.shop", "not a list")
    huey(t, "@huey.task()\ndef mail(to): pass\n", port, "mail('ada')")


@fault("huey", "no-script", "credentials-rejected", cause=("answer", "LPUSH"))
def _(t):
    port = t.redis()
    t.redis_cli(port, "ACL", "SETUSER", "default", "-lpush")
    huey(t, "@huey.task()\ndef mail(to): pass\n", port, "mail('ada')")


@fault("huey", "command-switched-off", "version-mismatch", cause=("answer", "LPUSH"))
def _(t):
    huey(t, "@huey.task()\ndef mail(to): pass\n", t.redis("--rename-command", "LPUSH", ""), "mail('ada')")
