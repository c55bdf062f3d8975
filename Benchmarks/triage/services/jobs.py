"""Jobs without a web framework: errors are caught by the loop and reported."""
import importlib, json, os, resource, subprocess, threading
import requests

FEED = os.environ.get("FEED_URL", "http://127.0.0.1:1")


class Closed(Exception):
    pass


def load(number):
    return requests.get(f"{FEED}/feed/{number}", timeout=0.4)


def feed(number):
    items = load(number).json()
    return [item["title"].lower() for item in items["entries"]]


def page(number):
    answer = load(number)
    if not answer.ok:
        raise Closed(f"feed {number} is closed")
    return answer.text


def deep(number):
    return deep(number + 1)


def even(number):
    return odd(number + 1)


def odd(number):
    return even(number + 1)


def handles(number):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (64, hard))
    opened = []
    try:
        while True:
            opened.append(open("/dev/null"))
    finally:
        for one in opened:
            one.close()
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def plugin(number):
    return importlib.import_module("plugin_that_is_missing")


def version(number):
    return json.loadz("{}")


def keyword(number):
    return json.dumps({}, colour=True)


def arguments(number):
    return load()


def tool(number):
    return subprocess.run(["/nonexistent/convert", str(number)], check=True)


def failing_tool(number):
    return subprocess.run(["sh", "-c", f"exit {number % 5 + 2}"], check=True)


def slow_tool(number):
    return subprocess.run(["sleep", "3"], timeout=0.1)


def chain(number):
    try:
        return {"a": 1}[f"k{number}"]
    except KeyError as problem:
        raise Closed(f"job {number} has no plan") from problem


def chain_by_type(number):
    try:
        return int(f"n{number}")
    except ValueError as problem:
        raise Closed(f"job {number} has no plan") from problem


def checked(number):
    assert number < 0, f"number {number} must be negative"


def unbound(number):
    if number < 0:
        result = 1
    return result


def twice(number):
    lock = threading.Lock()
    lock.release()


def changed(number):
    names = {"a": 1, "b": 2}
    for name in names:
        names[name + "x"] = number


def concatenated(number):
    return "job " + number


def called(number):
    handler = {"job": None}["job"]
    return handler(number)


def memory(number):
    return bytearray(1 << 62)
