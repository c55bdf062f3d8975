"""Exceptions as they leave functions: through the frame evaluator up to Python 3.11, sys.monitoring from 3.12 on."""
import os
import sys

from . import audit, channel, context

record = None
_skip = (StopIteration, StopAsyncIteration, GeneratorExit, KeyboardInterrupt, SystemExit, BlockingIOError)


def _wanted(error):
    kind = type(error)
    return not (kind.__name__ == "CancelledError" and kind.__module__.startswith(("asyncio", "concurrent"))) \
        and kind.__name__ != "GreenletExit"


def _is_noise(trace, callers):
    """Modules try their imports, and tracebacks their lines; that is nobody's failure. Nor is what happens in here."""
    if trace.tb_frame.f_code.co_filename.startswith(_finders):
        return True
    serving = context.VALUE.get() is not None
    while callers is not None:
        code = callers.f_code
        file = code.co_filename
        if file == _traceback or not serving and file.startswith("<frozen importlib"):
            return True
        if file.startswith(channel.HERE) and not code.co_name.startswith(("patched", "__call__")):
            return True
        callers = callers.f_back
    return False


_finders = ("<frozen importlib", "<frozen zipimport", os.path.join(os.path.dirname(os.__file__), "zipimport"))
_traceback = os.path.join(os.path.dirname(os.__file__), "traceback.py")


def _callback(error, trace, exits):
    """From the library: an exception has left its first function, the first of `trace`. The answer is how many more
    it shall leave before this is called again, with -1 for `exits`."""
    global record
    waited, audit.waits = audit.waits, True
    try:
        callers = sys._getframe(1)
        if callers is trace.tb_frame:
            callers = callers.f_back
        if exits >= 0:
            inside = _inside_library(trace.tb_frame, callers)
            if inside:
                return inside
        if record is None:
            if not _wanted(error) or _is_noise(trace, callers):
                return 0
            from . import record
        if record.may_catch(error, trace, exits) and _wanted(error) and not _is_noise(trace, callers):
            record.caught(error, trace, callers)
    except BaseException:
        channel.swallow()
    finally:
        audit.waits = waited
    return 0


def _inside_library(frame, callers):
    """What the standard library raises and catches by itself is its own affair: how far it is to the way out."""
    count = 0
    file = frame.f_code.co_filename
    while file.startswith(_library) and "-packages/" not in file and count < 40:
        if callers is None:
            break
        file = callers.f_code.co_filename
        callers = callers.f_back
        if file.startswith(channel.HERE):
            # One of our own functions in between counts as left, but is not the program's.
            file = _library[0]
        count += 1
    return count - 1 if count > 1 else 0


_library = (os.path.dirname(os.__file__) + "/", "<frozen ")


def install():
    if sys.version_info < (3, 9):
        return
    from contextvars import copy_context
    install = channel.native["install"]
    if sys.version_info >= (3, 12):
        # Free-threaded builds lay their objects out differently.
        if not getattr(sys, "_is_gil_enabled", lambda: True)() or "t" in getattr(sys, "abiflags", ""):
            return
        monitoring = sys.monitoring
        tool = next((i for i in (4, 3) if monitoring.get_tool(i) is None), None)
        if tool is None:
            return
        install(_callback, context.VALUE, None, *_skip)
        monitoring.use_tool_id(tool, "reenact")
        monitoring.register_callback(tool, monitoring.events.PY_UNWIND, channel.native["unwind"])
        monitoring.set_events(tool, monitoring.events.PY_UNWIND)
    else:
        here = copy_context()
        here.run(lambda: install(_callback, context.VALUE, here, *_skip))
        if sys.version_info >= (3, 11):
            _guard_depth()
    import atexit
    atexit.register(install)


def _guard_depth():
    """3.11 calls Python from Python without using C's stack; a program that counts on it gets that back."""
    original = sys.setrecursionlimit

    def setrecursionlimit(limit):
        if type(limit) is int and limit > 6000:
            channel.native["install"]()
        return original(limit)

    setrecursionlimit.__doc__ = original.__doc__
    sys.setrecursionlimit = setrecursionlimit
