"""Where programs and frameworks report exceptions, and where exceptions end things."""
import sys
from _thread import get_ident

from . import channel, context

# Threads that write a remark to a log, with a stack.
_remarks = set()


def _record():
    from . import record
    return record


def reported(error, trace=None):
    try:
        if isinstance(error, BaseException) and type(error) not in (KeyboardInterrupt, SystemExit, GeneratorExit):
            record = _record()
            record.stronger(error, trace, record.REPORTED)
    except BaseException:
        channel.swallow()


def unhandled(error, trace=None):
    try:
        if isinstance(error, BaseException) and type(error) not in (KeyboardInterrupt, SystemExit, GeneratorExit):
            record = _record()
            record.stronger(error, trace, record.UNHANDLED)
    except BaseException:
        channel.swallow()


def answered(connection):
    if "_reenact.record" in sys.modules:
        _record().answered(connection)


def settle(connection):
    if "_reenact.record" in sys.modules:
        _record().settle(connection)


def _patch_logging(module):
    handle = module.Logger.handle

    def patched(self, record):
        info = record.exc_info
        if not info or type(info) is not tuple or info[1] is None:
            return handle(self, record)
        if record.levelno >= 40:
            reported(info[1], info[2])
            return handle(self, record)
        # The program goes on with less than an error: that its log shows the stack does not make it a failure.
        me = get_ident()
        if me in _remarks:
            return handle(self, record)
        _remarks.add(me)
        try:
            return handle(self, record)
        finally:
            _remarks.discard(me)

    module.Logger.handle = context.like(patched, handle)


def _patch_traceback(module):
    cls = module.TracebackException
    init = cls.__init__

    def patched(self, exc_type, exc_value, exc_traceback, *args, **kwargs):
        # A chain is formatted as a whole; its inner ones are not reported by themselves.
        if exc_value is not None and kwargs.get("_seen") is None and get_ident() not in _remarks:
            caller, ending = sys._getframe(1), False
            for _ in range(5):
                if caller is None:
                    break
                code = caller.f_code
                if code.co_name == "_bootstrap" and code.co_filename.endswith("multiprocessing/process.py"):
                    ending = True
                caller = caller.f_back
            (unhandled if ending else reported)(exc_value, exc_traceback)
        return init(self, exc_type, exc_value, exc_traceback, *args, **kwargs)

    cls.__init__ = context.like(patched, init)


def _patch_threading(module):
    make = getattr(module, "_make_invoke_excepthook", None)
    if make is None:
        return

    def patched_make():
        invoke = make()

        def patched_invoke(thread):
            unhandled(sys.exc_info()[1])
            return invoke(thread)

        return patched_invoke

    module._make_invoke_excepthook = patched_make


def _patch_loop(module):
    cls = module.BaseEventLoop
    call = cls.call_exception_handler

    def patched(self, context):
        error = context.get("exception") if type(context) is dict else None
        if error is not None:
            unhandled(error)
        return call(self, context)

    cls.call_exception_handler = context.like(patched, call)


def patch(imports):
    imports.after("logging", _patch_logging)
    imports.after("traceback", _patch_traceback)
    imports.after("threading", _patch_threading)
    imports.after("asyncio.base_events", _patch_loop)
    if not hasattr(sys, "addaudithook"):
        original = sys.excepthook

        def excepthook(kind, error, trace):
            unhandled(error, trace)
            return original(kind, error, trace)

        sys.excepthook = excepthook
