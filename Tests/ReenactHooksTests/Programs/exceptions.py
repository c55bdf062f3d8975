import asyncio
import concurrent.futures
import logging
import multiprocessing
import sys
import threading
import traceback


class Failure(Exception):
    pass


class User:
    def __init__(self):
        self.name = "bob"
        self.password = "hunter2"

    @property
    def lazy(self):
        print("SIDE EFFECT", file=sys.stderr)

    def __repr__(self):
        print("SIDE EFFECT", file=sys.stderr)
        return "User"


def inner(x):
    data = {"missing": None, "there": [1, 2, 3]}
    return x + data["missing"]


def outer():
    return inner(1)


def secrets():
    user = User()
    password = "hunter2"
    url = "postgres://app:s3cretpw@db/main"
    headers = {"Authorization": "Bearer abcdef123456", "X-Token": "tok-9", "Accept": "*/*"}
    card = "4111111111111111"
    raise Failure("with " + url)


def logged():
    try:
        try:
            outer()
        except TypeError as error:
            raise ValueError("mid failed") from error
    except ValueError:
        logging.getLogger("app").exception("it failed")


def remarked():
    logging.basicConfig()
    try:
        outer()
    except TypeError:
        logging.getLogger("app").warning("without it, then", exc_info=True)


def deeper(n):
    return deeper(n + 1)


def recursion():
    try:
        deeper(0)
    except RecursionError:
        print("survived")


def raising(i):
    raise KeyError(i)


def many():
    count = 0
    for i in range(100000):
        try:
            raising(i)
        except KeyError:
            count += 1
    print(count)


def fail(text):
    raise Failure(text)


async def task():
    fail("task")


async def tasks():
    made = asyncio.create_task(task())
    await asyncio.sleep(0.01)
    del made
    import gc
    gc.collect()


def ends():
    thread = threading.Thread(target=fail, args=("thread",))
    thread.start()
    thread.join()
    try:
        concurrent.futures.ThreadPoolExecutor(1).submit(fail, "pool").result()
    except Failure:
        traceback.print_exc()
    asyncio.run(tasks())
    process = multiprocessing.get_context("fork").Process(target=fail, args=("process",))
    process.start()
    process.join()


async def alone(data):
    return data["missing"]


async def grouped():
    async with asyncio.TaskGroup() as group:
        group.create_task(alone({"present": 1}))
        group.create_task(asyncio.sleep(0.01))


def group():
    asyncio.run(grouped())


if sys.argv[1] == "unhandled":
    outer()
else:
    globals()[sys.argv[1]]()
