"""Puts calls into a function's syntax tree that tell what is come through there, so that nothing has to be traced.

A part of the tree becomes the argument of a call, which gives it back; what may raise is tried, and raised again.
"""
import _ast

PASSED, RAISED, ENTERED = "__reenact_passed__", "__reenact_raised__", "__reenact_entered__"

# What decides whether a block is come to.
_ASKING = {"If": "test", "While": "test", "Match": "subject"}
_SIMPLE = ("Expr", "Assign", "AugAssign", "AnnAssign", "Assert", "Delete", "Import", "ImportFrom")
_LEAVING = ("Return", "Raise", "Break", "Continue", "Pass")
_SCOPES = (
    "FunctionDef", "AsyncFunctionDef", "ClassDef", "Lambda", "ListComp", "SetComp", "DictComp", "GeneratorExp")


def _kind(node):
    return type(node).__name__


def _fields(node):
    """(owner, field, place in the field's list or None, child)."""
    for field in node._fields:
        value = getattr(node, field, None)
        if isinstance(value, list):
            for number, each in enumerate(value):
                if hasattr(each, "_fields"):
                    yield node, field, number, each
        elif hasattr(value, "_fields"):
            yield node, field, None, value


def _set(owner, field, number, node):
    if number is None:
        setattr(owner, field, node)
    else:
        getattr(owner, field)[number] = node


def _own(node):
    """All that belongs to the function's own code, but the bodies of what is defined in it."""
    for owner, field, number, each in _fields(node):
        yield owner, field, number, each
        if _kind(each) not in _SCOPES:
            yield from _own(each)


def _is_statement(node):
    return isinstance(node, _ast.stmt)


def _at(node):
    return {name: getattr(node, name) for name in ("lineno", "end_lineno", "col_offset", "end_col_offset")}


def _call(name, *arguments, at):
    return _ast.Call(func=_ast.Name(id=name, ctx=_ast.Load(), **at), args=list(arguments), keywords=[], **at)


def _told(name, statement):
    at = _at(statement)
    return _ast.Expr(value=_call(name, at=at), **at)


def _text(node, source):
    """The node's part of the source, as frames tell it."""
    lines = source[node.lineno - 1:node.end_lineno]
    if len(lines) != node.end_lineno - node.lineno + 1:
        return ""
    lines[-1] = lines[-1][:node.end_col_offset]
    lines[0] = lines[0][node.col_offset:]
    return " ".join([one.strip().decode("utf-8", "replace") for one in lines])[:300]


def _with_pass(statement):
    """The statement, and that it was come through."""
    kind = _kind(statement)
    if kind == "Raise":
        return [statement]
    if kind == "Return" and statement.value is not None:
        statement.value = _call(PASSED, statement.value, at=_at(statement.value))
        return [statement]
    passed = _told(PASSED, statement)
    return [passed, statement] if kind in _LEAVING else [statement, passed]


def _tried(body, statement):
    at = _at(statement)
    handler = _ast.ExceptHandler(
        type=_ast.Name(id="BaseException", ctx=_ast.Load(), **at), name=None,
        body=[_told(RAISED, statement), _ast.Raise(exc=None, cause=None, **at)], **at)
    return _ast.Try(body=body, handlers=[handler], orelse=[], finalbody=[], **at)


def _can_be_argument(owner, node):
    is_value = isinstance(node, _ast.expr) and _kind(node) not in ("Starred", "Slice", "FormattedValue")
    is_read = _kind(getattr(node, "ctx", None)) in ("NoneType", "Load")
    return is_value and is_read and _kind(owner) not in ("JoinedStr", "MatchValue", "MatchClass", "MatchMapping")


def _put_expression(statements, place, source):
    line = min(place.lines)
    found = [each for each in statements if each[3] is place.path[-1]]
    if not found:
        return False
    statement = found[0][3]
    own = [statement] if _kind(statement) in _SCOPES else [statement] + [
        each for _, _, _, each in _own(statement) if hasattr(each, "lineno")]
    if not any(each.lineno == line and _text(each, source) == place.expression for each in own):
        return False
    nodes = [
        each for each in _own(statement)
        if _can_be_argument(each[0], each[3]) and each[3].lineno == line
        and _text(each[3], source) == place.expression]
    body = [statement]
    if nodes:
        for owner, field, number, node in nodes:
            _set(owner, field, number, _call(PASSED, node, at=_at(node)))
    elif _kind(statement) in _SIMPLE or _kind(statement) in ("Return", "Raise"):
        body = _with_pass(statement)
    else:
        return False
    owner, field, number, _ = found[0]
    getattr(owner, field)[number] = _tried(body, statement)
    return True


def _put_lines(statements, place):
    asked = [each for each in statements if each[3].lineno in place.lines]
    thrown = [each for each in statements if place.thrower and each[3].lineno == place.thrower]
    known = {each[3].lineno for each in asked}
    if known != set(place.lines) or bool(thrown) != bool(place.thrower):
        return False
    if not all(_kind(each[3]) in _ASKING or _kind(each[3]) in _SIMPLE + _LEAVING for each in asked):
        return False
    # From the last to the first: what stands later keeps its place.
    for owner, field, number, statement in reversed(statements):
        is_asked = any(each[3] is statement for each in asked)
        is_thrown = any(each[3] is statement for each in thrown)
        body = [statement]
        if is_asked:
            part = _ASKING.get(_kind(statement))
            if part is None:
                body = _with_pass(statement)
            else:
                setattr(statement, part, _call(PASSED, getattr(statement, part), at=_at(getattr(statement, part))))
        if is_thrown or is_asked and not place.asks:
            body = [_tried(body, statement)]
        if is_asked or is_thrown:
            getattr(owner, field)[number:number + 1] = body
    return True


def _is_text(statement):
    return _kind(statement) == "Expr" and isinstance(getattr(statement.value, "value", None), str)


def put(function, place, source):
    """True if the function tells by itself what is come through in it. The tree is changed only then."""
    statements = [
        each for each in _own(function)
        if _is_statement(each[3]) and not (each[3] is function.body[0] and _is_text(each[3]))]
    return _put_expression(statements, place, source) if place.expression else _put_lines(statements, place)


def put_entry(function):
    """Has the function tell that it is entered. The call stands on the line of the `def`: its own lines begin anew.

    False where it has no lines of its own.
    """
    first = function.body[0]
    if first.lineno == function.lineno:
        return False
    at = _at(function)
    at.update(end_lineno=function.lineno, end_col_offset=function.col_offset)
    function.body.insert(int(_is_text(first)), _ast.Expr(value=_call(ENTERED, at=at), **at))
    return True
