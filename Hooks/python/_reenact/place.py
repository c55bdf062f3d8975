"""Whether the program comes through the place where the recorded failure came. For experiments: `REENACT_PLACE` names
the frames of the failure, the innermost first, a line each: file, function, line, 1 if in-app, expression.

The place is an instruction of the program's own code, or, where that raises the failure itself, the question before it:
the `if` around a `raise`, the `try` before its handler. A failure is gone where the place was come through, not where it
was never come to.
"""
import _thread
import builtins
import os
import sys

from . import channel, context, finding, marking, probes

_SUSPENDS = 0x20 | 0x80 | 0x200  # generators, coroutines, asynchronous generators
_MESSAGES = 300

_place = None
_states = {}
_offsets = {}
_last = (None, None)
_tool = None
_sent = 0
_is_watching = False
_is_unmarked = False
# How many frames of the place are under way in this thread.
_entered = _thread._local()
_times = 0
# What was told to be raised last, and where: several statements may hold it.
_error = None
_TIMES = 20
# What the rest of the program is traced with meanwhile: something in C that takes what it is told, and gives nothing.
_ignore = memoryview(b"").__exit__


def _mark():
    """Has the program tell by itself what it comes through, or at least that it enters the place's function."""
    function = finding.function_of(_place.path)
    if function is not None and function.name == _place.name:
        is_put = probes.put(function, _place, finding.parsed(_place.file)[1])
        if is_put or function.lineno not in _place.lines and probes.put_entry(function):
            builtins.__reenact_passed__, builtins.__reenact_raised__ = _passed, _raised
            builtins.__reenact_entered__ = _enter_marked
            marking.mark(_place.path[0], _place.file)
    _place.path = ()


def _instructions(code):
    """Offsets of the instructions that stand for the expression; none where that is not known."""
    found = _offsets.get(code)
    if found is None:
        found = frozenset()
        positions = getattr(code, "co_positions", None)
        if _place.expression and positions is not None:
            from . import capture
            line = min(_place.lines)
            found = frozenset(
                2 * number for number, place in enumerate(positions())
                if place[0] == line and capture._expression(code, 2 * number) == _place.expression)
        _offsets[code] = found
    return found


class _State:
    __slots__ = ("there", "offsets")

    def __init__(self, offsets):
        self.there, self.offsets = False, offsets


def _tell(state):
    """Each time, until there are many of one request: then where it changes."""
    global _last, _sent
    if not _is_watching:
        return
    here = context.message()
    told, where = _last
    if where != here:
        _sent = 0
    elif _sent > _MESSAGES and (told == state or _sent > 2 * _MESSAGES):
        return
    _last = (state, here)
    _sent += 1
    members = {"state": state}
    if here is not None:
        members["in"] = here
    channel.send("place", **members)


def _local(frame, event, arg):
    try:
        state = _states.get(frame)
        if state is None:
            return None
        if event == "exception":
            there, state.there = state.there, False
            # What goes wrong while the question is asked is another failure.
            if there and not _place.asks or frame.f_lineno == _place.thrower:
                _tell("raised")
        elif event == "return":
            if frame.f_code.co_flags & _SUSPENDS and _is_suspended(frame):
                return _local
            if state.there:
                _tell("asked" if _place.asks else "passed")
            _states.pop(frame, None)
            _leave()
        elif event == "opcode":
            _step(state, frame.f_lasti)
        elif event == "line" and not state.offsets:
            if state.there:
                state.there = False
                _tell("asked" if _place.asks else "passed")
            state.there = frame.f_lineno in _place.lines
    except BaseException:
        channel.swallow()
    return _local


def _step(state, offset):
    if offset in state.offsets:
        state.there = True
    elif state.there:
        state.there = False
        _tell("asked" if _place.asks else "passed")


def _instruction(code, offset):
    """From 3.12 on instructions are told here; what a tracing function is told of them begins too late."""
    try:
        state = _states.get(sys._getframe(1))
        if state is not None:
            _step(state, offset)
    except BaseException:
        channel.swallow()


def _is_suspended(frame):
    from opcode import opmap
    code, at = frame.f_code.co_code, frame.f_lasti
    return 0 <= at < len(code) and code[at] in (opmap.get("YIELD_VALUE"), opmap.get("YIELD_FROM"))


def _enter(frame, event, arg):
    code = frame.f_code
    if code.co_name != _place.name:
        return None
    try:
        file = code.co_filename
        if file != _place.file and os.path.abspath(file) != _place.file:
            return None
        return _local if _follow(frame) else None
    except BaseException:
        channel.swallow()
    return None


def _follow(frame):
    """False where the frame does not come by the place."""
    code = frame.f_code
    if frame not in _states:
        if not any(line in _place.lines for _, _, line in code.co_lines()):
            return False
        if len(_states) > 1000:
            _states.clear()
        _states[frame] = _State(_instructions(code))
    if _states[frame].offsets:
        if _tool is None:
            frame.f_trace_opcodes = True
        else:
            sys.monitoring.set_local_events(_tool, code, sys.monitoring.events.INSTRUCTION)
    return True


def _passed(value=None):
    """Called by the program: what it gave was come to."""
    try:
        _tell("asked" if _place.asks else "passed")
    except BaseException:
        channel.swallow()
    return value


def _raised():
    """Called by the program: something was raised in a statement of the place, or in one that it holds."""
    global _error
    try:
        _, error, trace = sys.exc_info()
        if trace.tb_frame is not sys._getframe(1) or _error == (id(error), trace.tb_lasti):
            return
        offsets = _instructions(trace.tb_frame.f_code)
        here = trace.tb_lasti in offsets if offsets else trace.tb_lineno in _place.lines and not _place.asks
        if here or trace.tb_lineno == _place.thrower:
            _error = id(error), trace.tb_lasti
            _tell("raised")
    except BaseException:
        channel.swallow()


def _enter_marked():
    """The function that was marked is entered: tracing begins, and ends when the last such frame of the thread is left."""
    global _times
    try:
        frame = sys._getframe(1)
        tracer = sys.gettrace()
        if not _is_watching or tracer not in (None, _ignore) or not _follow(frame):
            return
        if tracer is None:
            # From 3.12 on to begin and to end it costs much.
            _times += 1
            sys.settrace(_ignore)
        _entered.count = getattr(_entered, "count", 0) + 1
        frame.f_trace = _local
    except BaseException:
        channel.swallow()


def _leave():
    count = getattr(_entered, "count", 0)
    if count == 1 and (sys.version_info < (3, 12) or _times < _TIMES) and sys.gettrace() is _ignore:
        sys.settrace(None)
    if count > 0:
        _entered.count = count - 1


def _is_there(file):
    return isinstance(file, str) and file.endswith(os.path.basename(_place.file)) and (
        file == _place.file or os.path.abspath(file) == _place.file)


def _when_loaded(start):
    """Calls it once code of the place's file begins to run: before, there is nothing to watch, and to watch costs a call for
    each call that the program makes. It imports a great deal until then.
    """
    if any(_is_there(getattr(module, "__file__", None)) for module in list(sys.modules.values())):
        start()
        return
    waits = True

    def heard(event, args):
        nonlocal waits
        if waits and event == "exec" and _is_there(getattr(args[0], "co_filename", None)):
            waits = False
            if not marking.is_marked(args[0]):
                start()

    sys.addaudithook(heard)


def _watch_unmarked(imports):
    """The place's file runs as it is: every call has to be looked at."""
    global _is_unmarked
    _is_unmarked = True
    if _is_watching:
        sys.settrace(_enter)
    imports.after("threading", lambda module: module.settrace(_enter))


def install(imports):
    """Commands are watched from their start, servers from when a request comes."""
    global _place, _tool, _is_watching
    text = os.environ.get("REENACT_PLACE", "")
    if not text or sys.version_info < (3, 10):
        return
    _place = finding.find(finding.frames(text[1:]))
    if _place is None:
        return
    _mark()
    finding.forget()
    if sys.version_info >= (3, 12):
        monitoring = sys.monitoring
        _tool = next((i for i in (3, 4) if monitoring.get_tool(i) is None), None)
        if _tool is None:
            return
        monitoring.use_tool_id(_tool, "reenact-place")
        monitoring.register_callback(_tool, monitoring.events.INSTRUCTION, _instruction)
    _is_watching = text[0] != "r"
    _when_loaded(lambda: _watch_unmarked(imports))
    if _is_watching:
        return
    put = context.put

    def watched_put(value):
        global _is_watching
        if value is not None:
            _is_watching = True
            if _is_unmarked and sys.gettrace() is None:
                sys.settrace(_enter)
        return put(value)

    context.put = watched_put
