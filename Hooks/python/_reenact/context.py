"""The inbound request that code works for.

The variable holds None or (connection, offset, inherited). Offset 0 was set when the connection was accepted: what has
been received by the time it is asked for tells the request. `inherited` says that a thread got it from its starter.
"""
import sys
from contextvars import ContextVar

from .channel import native, swallow

VALUE = ContextVar("reenact", default=None)
enabled = True


class Connection:
    __slots__ = ("ino", "received")

    def __init__(self, ino):
        self.ino = ino
        self.received = 0


def tell(value):
    """Tells the library what this thread now works for."""
    if value is None:
        native["context"](0, 0)
    else:
        native["context"](value[0].ino, value[1] or value[0].received)


def put(value):
    VALUE.set(value)
    tell(value)


def message():
    value = VALUE.get()
    if value is None or not enabled:
        return None
    return {"ino": value[0].ino, "off": value[1] or value[0].received}


def disable():
    """For runtimes whose switches between requests are not seen: no context at all rather than a wrong one."""
    global enabled
    enabled = False
    put(None)
    native["mute"](1)


def drop_inherited():
    """A thread that waits for work handed to it no longer works for the request that happened to start it."""
    value = VALUE.get()
    if value is not None and value[2]:
        put(None)


def _patch_threading(module):
    thread = module.Thread
    start, bootstrap = thread.start, thread._bootstrap_inner

    def patched_start(self, *args, **kwargs):
        value = VALUE.get() if enabled else None
        if value is not None:
            self.__dict__["_reenact"] = (value[0], value[1], True)
        return start(self, *args, **kwargs)

    def patched_bootstrap(self):
        value = self.__dict__.pop("_reenact", None)
        if value is not None and enabled:
            put(value)
        return bootstrap(self)

    wait = module.Condition.wait

    def patched_wait(self, timeout=None):
        drop_inherited()
        return wait(self, timeout)

    thread.start = _like(patched_start, start)
    thread._bootstrap_inner = _like(patched_bootstrap, bootstrap)
    module.Condition.wait = _like(patched_wait, wait)


def _patch_queue(module):
    get = module.Queue.get

    def patched_get(self, block=True, timeout=None):
        # Who looks into a pool does not block; who waits for work does.
        if block:
            drop_inherited()
        return get(self, block, timeout)

    module.Queue.get = _like(patched_get, get)


def _patch_executor(module):
    submit = module.ThreadPoolExecutor.submit

    class Work:
        """The work, done for whom it was handed over by; also where that is nobody."""

        __slots__ = ("function", "value")

        def __init__(self, function, value):
            self.function = function
            self.value = value

        def __call__(self, *args, **kwargs):
            put(self.value)
            try:
                return self.function(*args, **kwargs)
            finally:
                put(None)

    def patched_submit(self, fn, *args, **kwargs):
        return submit(self, Work(fn, VALUE.get() if enabled else None), *args, **kwargs)

    module.ThreadPoolExecutor.submit = _like(patched_submit, submit)


def _patch_events(module):
    run = module.Handle._run

    def patched_run(self):
        tell(self._context.get(VALUE))
        try:
            return run(self)
        finally:
            tell(VALUE.get())

    module.Handle._run = _like(patched_run, run)


def _like(function, original):
    for name in ("__name__", "__qualname__", "__module__", "__doc__"):
        try:
            setattr(function, name, getattr(original, name))
        except (AttributeError, TypeError):
            # Methods written in C have no module.
            pass
    function.__wrapped__ = original
    return function


like = _like


def patch(imports):
    imports.after("threading", _patch_threading)
    imports.after("queue", _patch_queue)
    imports.after("concurrent.futures.thread", _patch_executor)
    imports.after("asyncio.events", _patch_events)
    from . import loops
    loops.patch(imports)
