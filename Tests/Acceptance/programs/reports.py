"""A worker that reports two failures and goes on, and a third one when it is told to end."""
import logging
import signal
import sys
import time


def first():
    return {}["first"]


def second():
    return [][2]


def report(work):
    try:
        work()
    except Exception:
        logging.exception("a job failed")


def end(*_):
    report(lambda: 1 / 0)
    sys.exit(0)


signal.signal(signal.SIGTERM, end)
report(first)
time.sleep(0.6)
report(second)
print("ready", flush=True)
time.sleep(20)
