"""Where the place of a recorded failure is, in the source: an instruction of the program's own code, or, where that raises
the failure itself, the question before it: the `if` around a `raise`, the `try` before its handler.
"""
import os
import sys

_ONLY_AST = 0x400
_COMPREHENSIONS = ("<listcomp>", "<setcomp>", "<dictcomp>", "<genexpr>")
_trees = {}


class Place:
    """Lines and instructions to come through, in one function."""

    def __init__(self, frame, path, lines, expression="", thrower=0, asks=False):
        self.file, self.name, self.lines, self.expression = frame.file, frame.name, lines, expression
        self.thrower, self.asks = thrower, asks
        self.path = path


class _Frame:
    def __init__(self, row):
        self.file, self.function, line, own, self.expression = row
        self.line, self.own = int(line), own == "1"
        self.name = self.function.rsplit(".", 1)[-1]


def frames(text):
    rows = [row.split("\t") for row in text.split("\n")]
    return [_Frame(row) for row in rows if len(row) == 5]


def parsed(file):
    """The syntax tree of a file, and its lines."""
    if file not in _trees:
        fd = os.open(file, os.O_RDONLY | os.O_CLOEXEC)
        try:
            source = os.read(fd, 2_000_000)
        finally:
            os.close(fd)
        _trees[file] = compile(source, file, "exec", _ONLY_AST, True), source.split(b"\n")
    return _trees[file]


def _kind(node):
    return type(node).__name__


def _children(node):
    for field in node._fields:
        value = getattr(node, field, None)
        for each in value if isinstance(value, list) else [value]:
            if hasattr(each, "_fields"):
                yield each


def _path(tree, line):
    """From the module to the innermost statement on the line."""
    path = [tree]
    while True:
        inner = None
        for each in _children(path[-1]):
            body = _kind(each) in ("ExceptHandler", "match_case")
            if (body or hasattr(each, "lineno")) and _spans(each, line) and _is_statement(each):
                inner = each
        if inner is None:
            return path
        path.append(inner)


def _is_statement(node):
    return any(base.__name__ in ("stmt", "excepthandler", "match_case") for base in type(node).__mro__)


def _spans(node, line):
    if _kind(node) == "match_case":
        return node.body[0].lineno <= line <= node.body[-1].end_lineno
    return node.lineno <= line <= node.end_lineno


def _is_function(node):
    return _kind(node) in ("FunctionDef", "AsyncFunctionDef")


def _question(path):
    """The lines that decide whether a statement is come to, and whether they only ask; None where nothing does."""
    asked, ends = None, set()
    for at in range(len(path) - 1, 0, -1):
        node, above = path[at], path[at - 1]
        kind = _kind(above)
        if _is_function(above) or kind in ("Module", "ClassDef"):
            break
        if kind == "ExceptHandler" and at >= 2:
            # Where nothing goes wrong, no question in the handler is come to, nor what the handler tries.
            ends |= _ends(path[at - 2].body[-1])
        if ends or asked is not None:
            continue
        if kind == "If":
            # `elif` is an `if` of its own in the other's `else`.
            up = at - 1
            while _kind(path[up - 1]) == "If" and path[up] in path[up - 1].orelse:
                up -= 1
            asked = {path[up].lineno}
        if kind in ("Match", "While"):
            asked = {above.lineno}
    if asked is None:
        return (ends, False) if ends else None
    return asked | ends, True


def _ends(node):
    """Lines of which one is the last to be come through."""
    kind = _kind(node)
    if kind == "If":
        return _ends(node.body[-1]) | (_ends(node.orelse[-1]) if node.orelse else {node.lineno})
    if kind in ("With", "AsyncWith"):
        return _ends(node.body[-1])
    if kind == "Try":
        return _ends((node.orelse or node.body)[-1])
    return {node.lineno}


def function_of(path):
    return next((node for node in reversed(path) if _is_function(node)), None)


def _returns(function):
    """It can end otherwise than by raising."""
    said = getattr(function, "returns", None)
    if said is not None and (getattr(said, "id", "") or getattr(said, "attr", "")) in ("NoReturn", "Never"):
        return False
    rest = list(function.body)
    while rest:
        node = rest.pop()
        if _kind(node) in ("Return", "Yield", "YieldFrom"):
            return True
        if not _is_function(node) and _kind(node) not in ("Lambda", "ClassDef"):
            rest.extend(_children(node))
    return False


def _path_of(frame):
    try:
        return _path(parsed(frame.file)[0], frame.line)
    except (OSError, SyntaxError, ValueError):
        return []


def _launches(path):
    """`sys.exit(main())` at the end of a script: it is come through by no end of the program, good or bad."""
    if not path or _kind(path[-1]) != "Expr" or any(_is_function(node) for node in path):
        return False
    call = path[-1].value
    name = getattr(call, "func", None)
    return (
        _kind(call) == "Call" and (getattr(name, "id", "") or getattr(name, "attr", "")) in ("exit", "_exit")
        and len(call.args) == 1 and _kind(call.args[0]) == "Call")


def find(frames):
    """The place of a failure with these frames, the innermost first; None where there is none."""
    if frames and frames[-1].own and _launches(_path_of(frames[-1])):
        frames[-1].own = False
    any_own = any(frame.own for frame in frames)
    raises, is_first = False, True
    for frame in frames:
        if any_own and not frame.own and not raises and not is_first:
            continue
        path = _path_of(frame)
        if is_first:
            raises = bool(path) and _kind(path[-1]) == "Raise"
            is_first = False
        function = function_of(path)
        if any_own and not frame.own:
            # A library's function that only raises stands for the `raise` of its caller.
            raises = raises and function is not None and (
                not _returns(function) and (_question(path) is None or _never_returns(function)))
            continue
        if not raises or not path:
            if frame.name in _COMPREHENSIONS and sys.version_info < (3, 11):
                # Their only line begins before there is an element.
                return None
            return Place(frame, path, {frame.line}, frame.expression)
        question = _question(path)
        if question is not None and not (function is not None and _never_returns(function)):
            return Place(frame, path, question[0], "", frame.line, question[1])
        # The whole function raises, or it does so at its end: then its caller's line is to be come through.
        raises = function is None or not _returns(function)
    return None


def _never_returns(function):
    said = getattr(function, "returns", None)
    return said is not None and (getattr(said, "id", "") or getattr(said, "attr", "")) in ("NoReturn", "Never")


def forget():
    """Trees take much memory."""
    _trees.clear()
