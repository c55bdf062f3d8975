"""Values as text, without running any code of the program: no properties, no __repr__, no iteration but of the
built-in kind. Everything is asked of the type as C made it."""
import os
import types

from .redact import MARK, clean, is_secret_name

WIDTH = 10
DEPTH = 3
_plain_modules = {"datetime", "decimal", "uuid", "fractions", "pathlib", "ipaddress", "zoneinfo"}
_functions = (types.FunctionType, types.BuiltinFunctionType, types.MethodType, types.BuiltinMethodType)
_environ = getattr(os.environ, "_data", None)


def type_name(kind):
    module = type.__getattribute__(kind, "__module__")
    name = type.__getattribute__(kind, "__qualname__")
    return name if module == "builtins" or type(module) is not str else module + "." + name


def mro(kind):
    return type.__dict__["__mro__"].__get__(kind)


class Renderer:
    """Renders one variable: `cut` and `hidden` tell what happened to it."""

    __slots__ = ("string", "total", "cut", "hidden", "used")

    def __init__(self, string, total):
        self.string = string
        self.total = total
        self.cut = False
        self.hidden = False
        self.used = 0

    def named(self, name, value, depth=0):
        if value is not None and type(value) is not bool and type(name) is str and is_secret_name(name):
            kind = type(value)
            if not (kind is str and not value) and kind not in (types.ModuleType, types.FunctionType, type):
                self.hidden = True
                return MARK
        return self.render(value, depth)

    def render(self, value, depth=0):
        text = self._render(value, depth)
        self.used += len(text)
        return text

    def _render(self, value, depth):
        kind = type(value)
        if value is None or value is True or value is False or value is Ellipsis or value is NotImplemented:
            return repr(value)
        if kind is int:
            return self._integer(value)
        if kind is float or kind is complex:
            return repr(value)
        if kind is str:
            return self._string(value)
        if kind is bytes or kind is bytearray or kind is memoryview:
            return self._bytes(value, kind)
        if self.used > self.total:
            self.cut = True
            return "…"
        bases = mro(kind)
        if dict in bases:
            return self._dict(value, kind, depth)
        if list in bases or tuple in bases or set in bases or frozenset in bases or kind.__name__ == "deque":
            return self._sequence(value, kind, bases, depth)
        if str in bases:
            return "<%s %s>" % (type_name(kind), self._string(str.__str__(value)))
        if int in bases:
            name = _own_dict(value, kind).get("_name_")
            return "<%s%s: %s>" % (type_name(kind), "." + name if type(name) is str else "", int.__repr__(value))
        if type in bases:
            return type.__repr__(value)
        if kind is types.ModuleType:
            return "<module %s>" % _text(types.ModuleType.__dict__["__dict__"].__get__(value).get("__name__"))
        if kind in _functions:
            return "<%s %s>" % (kind.__name__, _text(getattr(value, "__qualname__", "")))
        if type.__getattribute__(kind, "__module__") in _plain_modules and _is_standard(kind):
            try:
                return clean(repr(value))
            except Exception:
                return "<%s>" % type_name(kind)
        if BaseException in bases:
            return self._exception(value, kind, depth)
        return self._object(value, kind, depth)

    def _integer(self, value):
        if value.bit_length() > 2000:
            self.cut = True
            return "<int of %d bits>" % value.bit_length()
        text = repr(value)
        if len(text) >= 13:
            shown = clean(text)
            self.hidden = self.hidden or shown != text
            return shown
        return text

    def _string(self, value):
        shown = value if len(value) <= self.string else str.__getitem__(value, slice(0, self.string * 4 + 64))
        cleaned = clean(shown) if len(shown) >= 8 else shown
        if cleaned != shown:
            self.hidden = True
        if len(cleaned) > self.string or len(value) > len(shown):
            self.cut = True
            return repr(cleaned[:self.string]) + "…(%d)" % len(value)
        return repr(cleaned)

    def _bytes(self, value, kind):
        if kind is memoryview:
            return "<memoryview>"
        shown = bytes(value[:self.string * 4 + 64])
        text = repr(shown)
        if kind is bytearray:
            text = "bytearray(" + text + ")"
        cleaned = clean(text)
        if cleaned != text:
            self.hidden = True
        if len(cleaned) > self.string + 3 or len(value) > len(shown):
            self.cut = True
            return cleaned[:self.string] + "'…(%d)" % len(value)
        return cleaned

    def _deeper(self, depth):
        if depth < DEPTH and self.used <= self.total:
            return True
        self.cut = True
        return False

    def _dict(self, value, kind, depth):
        length = dict.__len__(value)
        if value is _environ or (length > 5 and dict.__contains__(value, "PATH") and dict.__contains__(value, "HOME")):
            self.hidden = True
            return "<environment of %d variables>" % length
        if length and not self._deeper(depth):
            return "{…%d}" % length
        parts = []
        for key, item in dict.items(value):
            if len(parts) == WIDTH:
                self.cut = True
                parts.append("…%d more" % (length - WIDTH))
                break
            parts.append(self.render(key, depth + 1) + ": " + self.named(key, item, depth + 1))
        text = "{" + ", ".join(parts) + "}"
        return text if kind is dict else type_name(kind) + "(" + text + ")"

    def _sequence(self, value, kind, bases, depth):
        base = next((b for b in (list, tuple, set, frozenset) if b in bases), kind)
        length = base.__len__(value)
        left, right = {list: "[]", tuple: "()", set: "{}", frozenset: "{}"}.get(base, "[]")
        if length and not self._deeper(depth):
            return left + "…%d" % length + right
        parts = []
        for item in base.__iter__(value):
            if len(parts) == WIDTH:
                self.cut = True
                parts.append("…%d more" % (length - WIDTH))
                break
            parts.append(self.render(item, depth + 1))
        if base is tuple and len(parts) == 1:
            parts.append("")
        if base is set and not parts:
            return "set()"
        text = left + ", ".join(parts).rstrip() + right
        return text if kind in (list, tuple, set) else type_name(kind) + "(" + text + ")"

    def _exception(self, value, kind, depth):
        args = BaseException.__dict__["args"].__get__(value)
        return type_name(kind) + self.render(tuple(args), depth + 1) if self._deeper(depth) else type_name(kind)

    def _object(self, value, kind, depth):
        name = type_name(kind)
        if kind.__name__ == "_Environ":
            self.hidden = True
            return "<environment>"
        if not self._deeper(depth):
            return "<%s>" % name
        members = _own_dict(value, kind)
        parts = []
        for key, item in _fields(members):
            if type(key) is not str or not _is_simple(item) or key.startswith("__"):
                continue
            if len(parts) == WIDTH:
                self.cut = True
                parts.append("…")
                break
            parts.append(key + "=" + self.named(key, item, depth + 1))
        return "<%s%s>" % (name, "".join([" " + p for p in parts]))


def _fields(members):
    """An object's own members; those that a mapper keeps in a dictionary of its own, `__data__`, as if they were its own."""
    for key, item in dict.items(members):
        if type(item) is dict and type(key) is str and key.startswith("__") and key.endswith("__"):
            for pair in dict.items(item):
                yield pair
        else:
            yield key, item


_simple = (int, float, str, bytes, bool, type(None), complex)


def _is_simple(value):
    kind = type(value)
    return kind in _simple or kind in (list, tuple, dict, set) \
        or type.__getattribute__(kind, "__module__") in _plain_modules


def _is_standard(kind):
    import sys
    module = sys.modules.get(type.__getattribute__(kind, "__module__"))
    return module is not None and (getattr(module, "__file__", None) or "").startswith(os.path.dirname(os.__file__)) \
        or type.__getattribute__(kind, "__module__") == "datetime"


def _own_dict(value, kind):
    """The instance's own dictionary, and slots. A `__dict__` that the class computes (proxies do) is not asked."""
    for base in mro(kind):
        there = type.__dict__["__dict__"].__get__(base).get("__dict__")
        if there is not None:
            if type(there) is not types.GetSetDescriptorType:
                return {}
            found = there.__get__(value)
            return found if type(found) is dict else {}
    slots = {}
    for base in mro(kind):
        for key, member in list(type.__dict__["__dict__"].__get__(base).items()):
            if type(member) is types.MemberDescriptorType and base.__flags__ & (1 << 9):
                try:
                    slots[key] = member.__get__(value)
                except AttributeError:
                    pass
        if len(slots) > WIDTH:
            break
    return slots


def _text(value):
    return value if type(value) is str else ""
