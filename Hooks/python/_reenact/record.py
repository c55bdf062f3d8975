"""Which exceptions were told, as what, and on whose behalf."""
import os
import time
from _thread import get_ident as _ident
from collections import deque

from . import capture, channel, context

CAUGHT, REPORTED, UNHANDLED = 1, 2, 3
_handling = {CAUGHT: "caught", REPORTED: "reported", UNHANDLED: "unhandled"}


class Entry:
    """One exception object. It is not kept itself: that would keep its frames alive."""

    __slots__ = ("number", "kind", "code", "line", "strength", "exits", "connection", "message")

    def __init__(self, number, error, code, line):
        self.number = number
        self.kind = type(error)
        self.code = code
        self.line = line
        self.strength = 0
        self.exits = 1
        self.connection = None
        self.message = None


_known = {}
_recent = deque(maxlen=64)
# What was taken for the reason of the last 5xx answer of a connection, for want of a report.
_guesses = deque(maxlen=64)
_last_by_thread = {}
_number = 0
_window = 0
_in_window = 0
_spent = 0.0
_counts = {}
_suppressed = {}
_reports = 0
# When exceptions were raised that were not told then: they may be reported later.
_raised = {}


def _throw_site(trace):
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return (trace.tb_frame.f_code, trace.tb_lineno) if trace is not None else (None, 0)


def entry_of(error, trace, fresh=False):
    """The same object has the same entry; an object that only has the address of one that is gone has another."""
    global _number
    code, line = _throw_site(trace)
    entry = _known.get(id(error))
    if not fresh and entry is not None and entry.kind is type(error) and entry.code is code and entry.line == line:
        return entry
    _number += 1
    entry = Entry(os.getpid() * 0x40000000 + _number, error, code, line)
    if len(_known) > 1000:
        _known.clear()
    _known[id(error)] = entry
    return entry


def _turn_window():
    global _window, _in_window, _spent, _reports
    now = time.monotonic()
    if now - _window > 1:
        _in_window = 0
        # A fifth of the time at most goes into exceptions that the program may be handling as a matter of course;
        # what was not used is there for later.
        _spent = max(_spent - (now - _window) * 0.2, -0.4) if _window else -0.4
        _window = now
        _reports = 0
        _counts.clear()
    return now


def may_catch(error, trace, exits_of_previous):
    """Quick, for programs that raise a lot as a matter of course."""
    global _in_window
    thread = _ident()
    previous = _last_by_thread.pop(thread, None)
    if previous is not None and exits_of_previous > previous.exits:
        previous.exits = exits_of_previous
    # Whatever had this address before is gone.
    _known.pop(id(error), None)
    code, line = _throw_site(trace)
    key = (type(error), code, line)
    count = _counts.get(key, 0) + 1
    _counts[key] = count
    if count > 3 or _in_window >= 100 or _spent > 0.2:
        if time.monotonic() - _window <= 1:
            if count > 3 or len(_suppressed) < 1000:
                _suppressed[key] = _suppressed.get(key, 0) + 1
            if len(_raised) >= 200:
                _raised.clear()
            _raised[id(error)] = (key, time.monotonic())
            return False
        _turn_window()
        _counts[key] = 1
    return True


def _send(entry, error, trace, callers, strength):
    global _spent
    # A busy machine makes everything slow: the clock would charge for what others did.
    start, worked = time.monotonic(), time.thread_time()
    raised = _raised.pop(id(error), None)
    at = raised[1] if raised is not None and raised[0] == (entry.kind, entry.code, entry.line) else start
    message = {"t": "exception", "pid": os.getpid(), "tid": channel.tid(), "time": int(at * 1e9), "id": entry.number,
               "handling": _handling[strength]}
    message.update(capture.describe(error, trace, callers, strength > CAUGHT))
    suppressed = _suppressed.pop((entry.kind, entry.code, entry.line), 0)
    if suppressed:
        message["suppressed"] = suppressed
    there = context.message()
    if there is not None:
        message["in"] = there
        entry.connection = context.VALUE.get()[0]
    entry.strength = strength
    channel.raw(capture.fit(message))
    if strength == CAUGHT and entry.connection is not None:
        entry.message = message
    if entry.connection is not None:
        _recent.append(entry)
    _spent += time.thread_time() - worked


def caught(error, trace, callers):
    global _in_window
    _turn_window()
    _in_window += 1
    inner = capture.sole(error)
    if inner is not error:
        entry = _known.get(id(inner))
        if entry is not None and entry.kind is type(inner):
            # Told already; the group goes on in its place.
            _last_by_thread[_ident()] = entry
            return
        error, trace, callers = inner, inner.__traceback__, None
    _count_exits_of_handled(error)
    entry = entry_of(error, trace, fresh=True)
    if len(_last_by_thread) > 500:
        _last_by_thread.clear()
    _last_by_thread[_ident()] = entry
    _send(entry, error, trace, callers, CAUGHT)


def _count_exits_of_handled(error):
    """What is handled when another is raised has left as many functions as its traceback has by then: one that went on
    after yet another was raised and caught on its way is not counted otherwise."""
    for _ in range(5):
        error = error.__context__
        if error is None:
            return
        entry = _known.get(id(error))
        if entry is None or entry.kind is not type(error):
            continue
        count, trace = 0, error.__traceback__
        while trace is not None and count < 1000:
            count += 1
            trace = trace.tb_next
        entry.exits = max(entry.exits, count)


def stronger(error, trace, strength):
    """The exception was reported, or ended something."""
    global _reports
    inner = capture.sole(error)
    if inner is not error:
        error, trace = inner, None
    if trace is None:
        trace = error.__traceback__
    entry = entry_of(error, trace)
    guessed = entry in _guesses
    if entry.strength >= strength and not guessed:
        return
    if guessed:
        # It was the right one; now that the program prints it, its own words may be asked for.
        _guesses.remove(entry)
        entry.message = entry.connection = None
    _turn_window()
    _reports += 1
    if _reports > 50:
        entry.strength = strength
        return
    _send(entry, error, trace, None, strength)
    # In this order: whoever reads along finds a reason at any time.
    _withdraw_guess(entry)


def _withdraw_guess(told):
    """Servers log why they answered 500 after the answer: that is known then, and the guess was one."""
    there = context.VALUE.get()
    if not _guesses or there is None:
        return
    for entry in [e for e in _guesses if e.connection is there[0] and e is not told]:
        _guesses.remove(entry)
        entry.message["handling"] = _handling[CAUGHT]
        entry.strength = CAUGHT
        channel.raw(capture.fit(entry.message))
        entry.message = entry.connection = None


def settle(connection):
    """A request was answered: what was caught for it is no longer a candidate."""
    if not _recent:
        return []
    mine = [e for e in _recent if e.connection is connection]
    for entry in mine:
        entry.connection = None
        try:
            _recent.remove(entry)
        except ValueError:
            pass
    return mine


def answered(connection):
    """A request was answered with 5xx. Of what was caught for it, that which got furthest is why."""
    for entry in [e for e in _guesses if e.connection is connection]:
        _guesses.remove(entry)
        entry.message = entry.connection = None
    mine = settle(connection)
    if not mine or any(e.strength > CAUGHT for e in mine):
        return
    last = max(range(len(mine)), key=lambda i: (mine[i].exits, i))
    entry = mine[last]
    if entry.message is None:
        return
    entry.message["handling"] = _handling[REPORTED]
    entry.strength = REPORTED
    channel.raw(capture.fit(entry.message))
    entry.connection = connection
    _guesses.append(entry)
