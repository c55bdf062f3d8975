"""Exceptions as they leave functions: through the frame evaluator up to Python 3.11, sys.monitoring from 3.12 on."""
import sys

from . import channel, context

_busy = {}
_skip = (StopIteration, StopAsyncIteration, GeneratorExit, KeyboardInterrupt, SystemExit)


def _wanted(error):
    kind = type(error)
    return not (kind.__name__ == "CancelledError" and kind.__module__.startswith(("asyncio", "concurrent"))) \
        and kind.__name__ != "GreenletExit"


def _callback(error, trace, exits):
    """From the evaluator: the function that was left is the first of `trace`, whoever called it is running."""
    try:
        if _wanted(error):
            from . import record
            record.caught(error, trace, sys._getframe(1), exits)
    except BaseException:
        channel.swallow()


def install():
    if sys.version_info >= (3, 12):
        _monitor()
        return
    if sys.version_info < (3, 9):
        return
    from contextvars import copy_context
    here = copy_context()
    here.run(lambda: channel.native["install"](_callback, context.VALUE, here, *_skip))
    import atexit
    atexit.register(channel.native["install"])
    if sys.version_info >= (3, 11):
        _guard_depth()


def _guard_depth():
    """3.11 calls Python from Python without using C's stack; a program that counts on it gets that back."""
    original = sys.setrecursionlimit

    def setrecursionlimit(limit):
        if type(limit) is int and limit > 6000:
            channel.native["install"]()
        return original(limit)

    setrecursionlimit.__doc__ = original.__doc__
    sys.setrecursionlimit = setrecursionlimit


def _monitor():
    monitoring = sys.monitoring
    tool = next((i for i in (4, 3) if monitoring.get_tool(i) is None), None)
    if tool is None:
        return
    monitoring.use_tool_id(tool, "reenact")
    monitoring.register_callback(tool, monitoring.events.PY_UNWIND, _unwind)
    monitoring.set_events(tool, monitoring.events.PY_UNWIND)


def _first(trace):
    frame = trace.tb_frame
    trace = trace.tb_next
    while trace is not None:
        if trace.tb_frame is not frame:
            return False
        trace = trace.tb_next
    return True


_last = {}


def _unwind(code, offset, error):
    # Compared by identity where the exception has left functions before.
    if type(error) in _skip:
        return
    import _thread
    me = _thread.get_ident()
    if me in _busy:
        return
    _busy[me] = True
    try:
        trace = error.__traceback__
        if trace is None or not _wanted(error):
            return
        last = _last.get(me)
        if _first(trace):
            if len(_last) > 500:
                _last.clear()
            frame = sys._getframe(1)
            if isinstance(error, RecursionError):
                # There is no room here; 150 functions further out there is.
                _last[me] = [id(error), 1, 150]
                return
            from . import record
            if frame is trace.tb_frame:
                frame = frame.f_back
            record.caught(error, trace, frame, last[1] if last else 0)
            _last[me] = [id(error), 1, 0]
        elif last is not None and last[0] == id(error):
            last[1] += 1
            if last[2] and last[1] >= last[2]:
                last[2] = 0
                from . import record
                frame = sys._getframe(1)
                record.caught(error, trace, frame.f_back if frame is trace.tb_frame else frame, 0)
    except RecursionError:
        pass
    except BaseException:
        channel.swallow()
    finally:
        del _busy[me]
