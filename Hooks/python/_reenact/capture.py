"""Exceptions as messages: every frame, the throw site in most detail, never more than the limits."""
import itertools
import os
import sys

from .channel import HERE, dumps
from .redact import clean, is_secret_name
from .values import Renderer, mro, type_name

MESSAGE = 100_000
FRAMES = 120
_standard = os.path.dirname(os.__file__) + "/"
_scripts = os.path.join(sys.prefix, "bin") + "/"
_sources = {}


def in_app(file):
    if file.startswith("<frozen") or "/site-packages/" in file or "/dist-packages/" in file:
        return False
    return not file.startswith((_standard, _scripts, HERE))


def _lines(file, first, last):
    """Our own reader, for linecache would keep what it read for the program to see."""
    if file[:1] == "<" or first < 1:
        return []
    try:
        fd = os.open(file, os.O_RDONLY | os.O_CLOEXEC)
        try:
            return os.read(fd, 2_000_000).split(b"\n", last)[first - 1:last]
        finally:
            os.close(fd)
    except OSError:
        return []


def _kept(key, make):
    text = _sources.get(key)
    if text is None:
        text = clean(make())
        if len(_sources) >= 5000:
            _sources.clear()
        _sources[key] = text
    return text


def source(file, number):
    def make():
        found = _lines(file, number, number)
        return found[0].strip().decode("utf-8", "replace")[:300] if found else ""

    return _kept((file, number), make)


def _expression(code, last):
    """The part of the source that the instruction stands for (PEP 657, since 3.11)."""
    positions = getattr(code, "co_positions", None)
    if positions is None or last < 0:
        return ""
    line, end_line, column, end_column = next(itertools.islice(positions(), last // 2, None), (None,) * 4)
    if line is None or end_line is None or column is None or end_column is None or end_line - line > 20:
        return ""

    def make():
        found = _lines(code.co_filename, line, end_line)
        if len(found) != end_line - line + 1:
            return ""
        found[-1] = found[-1][:end_column]
        found[0] = found[0][column:]
        return " ".join([one.strip().decode("utf-8", "replace") for one in found])[:300]

    return _kept((code.co_filename, line, column, end_line, end_column), make)


def stack(trace, callers):
    """(frame, line, instruction) from the outermost caller to the throw site."""
    inner = []
    while trace is not None:
        inner.append((trace.tb_frame, trace.tb_lineno, trace.tb_lasti))
        trace = trace.tb_next
    outer = []
    if callers is None and inner:
        callers = inner[0][0].f_back
    while callers:
        outer.append((callers, callers.f_lineno, callers.f_lasti))
        callers = callers.f_back
    outer.reverse()
    return [f for f in outer + inner if not f[0].f_code.co_filename.startswith(HERE)]


def _locals(frame, throw_site):
    result = []
    limit = 40 if throw_site else 20
    values = frame.f_locals
    if values is frame.f_globals and frame.f_code.co_name != "<module>":
        # A frame that compiled code (Cython) made up: it has no locals, and answers with its module's names.
        return result
    if type(values) is not dict:
        values = dict(values)
    names = [n for n in values if type(n) is str]
    module_level = frame.f_code.co_name == "<module>"
    for name in names:
        if name.startswith("__") or (module_level and type(values[name]).__name__ in ("module", "function", "type")):
            continue
        if len(result) == limit:
            result.append({"name": "…", "value": "%d more" % (len(names) - limit), "type": "", "truncated": True,
                           "redacted": False})
            break
        value = values[name]
        renderer = Renderer(1000 if throw_site else 100, 4000 if throw_site else 600)
        try:
            text = renderer.named(name, value)
        except Exception:
            text, renderer.cut = "?", True
        try:
            kind = type_name(type(value))
        except Exception:
            kind = ""
        result.append({"name": name, "value": text, "type": kind, "truncated": renderer.cut,
                       "redacted": renderer.hidden})
    return result


def _frame(frame, line, last, throw_site, with_locals):
    code = frame.f_code
    file = code.co_filename
    if file[:1] not in "</":
        file = os.path.abspath(file)
    module = frame.f_globals.get("__name__")
    inside = in_app(file)
    result = {
        "function": getattr(code, "co_qualname", None) or code.co_name, "file": file, "line": line or 0,
        "source": source(file, line or 0), "module": module if type(module) is str else "", "inApp": inside,
        "locals": _locals(frame, throw_site) if with_locals else [],
    }
    expression = _expression(code, last)
    if expression:
        result["expression"] = expression
    return result


def frames(pairs, budget):
    """The throw site first while there is room; then locals are left out, then whole frames, and it is said so."""
    result = []
    app = 0
    for i, (frame, line, last) in enumerate(reversed(pairs)):
        if i >= FRAMES // 2 and len(pairs) - i > FRAMES // 2:
            if i == FRAMES // 2:
                result.append(_gap(len(pairs) - FRAMES))
            continue
        inside = in_app(frame.f_code.co_filename)
        app += inside
        wanted = budget > 0 and (i < 8 or (inside and app <= 25))
        one = _frame(frame, line, last, i == 0, wanted)
        size = _size(one)
        if size > budget and one["locals"]:
            one["locals"] = [{"name": "…", "value": "left out: too large", "type": "", "truncated": True,
                              "redacted": False}] if i else _fit(one["locals"], budget)
            size = _size(one)
        budget -= size
        if budget < -15_000:
            result.append(_gap(len(pairs) - i))
            break
        result.append(one)
    result.reverse()
    return result


def _size(frame):
    return 200 + len(frame["file"]) + len(frame["source"]) + sum(
        [90 + len(v["name"]) + len(v["value"]) + len(v["type"]) for v in frame["locals"]])


def _fit(variables, budget):
    for variable in variables:
        if len(variable["value"]) > 500:
            variable["value"] = variable["value"][:500] + "…"
            variable["truncated"] = True
    return variables


def _gap(count):
    return {"function": "… %d frames left out …" % count, "file": "", "line": 0, "source": "", "module": "",
            "inApp": False, "locals": []}


def text_of(error, ask):
    """The message. A class's own __str__ is asked only where the program printed the exception anyway."""
    kind = type(error)
    for base in mro(kind):
        if "__str__" in type.__dict__["__dict__"].__get__(base):
            builtin = not base.__flags__ & (1 << 9)
            break
    else:
        builtin = True
    try:
        text = str(error) if ask or builtin else BaseException.__str__(error)
    except Exception:
        text = ""
    text = clean(text if type(text) is str else "")
    return text if len(text) <= 4000 else text[:4000] + "…"


def sole(error):
    """What a group was made around, where that is one exception: task groups wrap whatever ends them."""
    for _ in range(10):
        inner = _members(error)
        if len(inner) != 1 or not isinstance(inner[0], BaseException):
            break
        error = inner[0]
    return error


def _members(error):
    """The exceptions of a group (PEP 654), also of the package that older versions use."""
    if type(error).__name__ not in _groups and not any(c.__name__ in _groups for c in mro(type(error))):
        return ()
    members = getattr(error, "exceptions", ())
    return members if type(members) in (tuple, list) else ()


_groups = ("ExceptionGroup", "BaseExceptionGroup", "NonBaseMultiError", "MultiError")


def _is_around(group, error):
    return error in _members(group) or any(_is_around(m, error) for m in _members(group)[:20] if _members(m))


def describe(error, trace, callers, ask, budget=70_000):
    """type, message, frames, and what it was raised from."""
    result = {
        "type": type_name(type(error)), "message": text_of(error, ask), "language": "python",
        "frames": frames(stack(trace, callers), budget), "causes": [],
    }
    seen = {id(error)}
    budget = 20_000
    while len(result["causes"]) < 5:
        cause = error.__cause__
        if cause is None and not error.__suppress_context__:
            cause = error.__context__
        while cause is not None and _is_around(cause, error):
            cause = cause.__context__
        if cause is None:
            # Of several that failed side by side, the first.
            cause = sole(next(iter(_members(error)), None))
        if cause is None or id(cause) in seen:
            break
        seen.add(id(cause))
        error = cause
        pairs = stack(error.__traceback__, False) if error.__traceback__ is not None else []
        one = {
            "type": type_name(type(error)), "message": text_of(error, ask), "language": "python",
            "frames": frames(pairs, budget // 2), "causes": [],
        }
        budget -= len(dumps(one))
        result["causes"].append(one)
        if budget < 1000:
            break
    return result


def fit(message):
    """The message as bytes under the limit; locals of outer frames go first."""
    data = dumps(message).encode("utf-8", "replace")
    places = [f for c in message["causes"] for f in c["frames"]] + message["frames"]
    for frame in places:
        if len(data) <= MESSAGE:
            break
        if frame["locals"]:
            frame["locals"] = [{"name": "…", "value": "left out: too large", "type": "", "truncated": True,
                                "redacted": False}]
            data = dumps(message).encode("utf-8", "replace")
    return data
