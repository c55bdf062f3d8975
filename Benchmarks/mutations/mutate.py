"""What can be changed of a program's data: one thing at a time, each a `Mutation` with its label.

A program's data is one JSON document: `answers` (path: JSON), `feeds` (path: XML as a tree), `tables` (SQLite), `postgres`, `redis`, `request`
and `arguments`. A mutation is a path into that and what takes its place.
"""

import copy
import json
import math
import random
import re

REMOVED = "\0removed"
ODD = ["N/A", "1.234,5", "0000-00-00", "Žluťoučký ☃", "a\0b"]
# Of each group the same number is tried; else whole answers and texts, of which there are many kinds, took all places.
GROUPS = {
    "null": "null", "removed": "removed", "type": "type", "empty": "empty", "odd text": "odd", "zero": "number",
    "negative": "number", "huge": "far", "NaN": "far", "empty body": "whole", "page": "whole", "null body": "whole",
    "other form": "whole", "cut": "whole", "404": "whole", "500": "whole"}
MOST_WHOLE = 3


class Mutation:
    def __init__(self, kind, path, old, new, whole=False):
        self.kind, self.path, self.old, self.new, self.whole = kind, path, old, new, whole

    def applied(self, data):
        """The data with this one change; a whole answer becomes {"status", "type", "body"} under `raw`."""
        data = copy.deepcopy(data)
        if self.whole:
            data.setdefault("raw", {})[self.path[1]] = self.new
            return data
        *way, last = self.path
        place = data
        for step in way:
            place = place[step]
        if self.new == REMOVED:
            del place[last]
        else:
            place[last] = self.new
        return data

    def label(self):
        source, inner = self.path[0], self.path[2:]
        names = [step for step in inner if isinstance(step, str)]
        where = {"event": {"answers": "http", "feeds": "http", "tables": "sqlite", "postgres": "postgres", "redis": "redis", "request": "request"}.get(source, "command")}
        if len(self.path) > 1:
            where["path"] = self.path[1]
        if source in ("tables", "postgres"):
            where |= {"row": inner[1] if len(inner) > 1 else None, "name": inner[2] if len(inner) > 2 else None, "at": None}
        elif source == "redis":
            inner, names = inner[1:], [step for step in inner[1:] if isinstance(step, str)]
            where |= {"name": names[-1] if names else self.path[1], "at": spelled(inner)}
        else:
            where |= {"name": names[-1] if names else None, "at": spelled(inner)}
        return {"kind": self.kind, "whole": self.whole, "where": where, "old": told(self.old), "new": told(self.new)}


def spelled(path):
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path).lstrip(".")


def told(value):
    if value == REMOVED:
        return None
    text = json.dumps(value, ensure_ascii=False)
    return value if len(text) < 400 and not (isinstance(value, float) and math.isnan(value)) else text[:400]


def leaves(value, path):
    """Every element below, and the value itself."""
    yield path, value
    if isinstance(value, dict):
        for name in value:
            yield from leaves(value[name], path + [name])
    elif isinstance(value, list):
        for place in range(len(value)):
            yield from leaves(value[place], path + [place])


def changes(value):
    """(kind, new value) of a JSON value."""
    if value is not None:
        yield "null", None
    yield "removed", REMOVED
    if isinstance(value, bool):
        yield "type", "yes" if value else "no"
    elif isinstance(value, (int, float)):
        yield "type", str(value)
        yield "odd text", "N/A"
        yield "odd text", "1.234,5"
        yield "empty", ""
        if value != 0:
            yield "zero", 0
        if value > 0:
            yield "negative", -value
        yield "huge", 10**30 if isinstance(value, int) else 1e308
        yield "NaN", math.nan
    elif isinstance(value, str):
        yield "type", 20261
        yield "type", {"value": value}
        yield "empty", ""
        for text in ODD:
            yield "odd text", text
    elif isinstance(value, list):
        yield "type", {"items": value}
        yield "type", "none"
        if value:
            yield "empty", []
    elif isinstance(value, dict):
        yield "type", [value]
        yield "type", "none"
        if value:
            yield "empty", {}


def texts(value, odd=ODD[:4]):
    """(kind, new value) of what can only be text: a query, a form, an argument, an element of XML."""
    yield "removed", REMOVED
    if value:
        yield "empty", ""
    for text in odd:
        yield "odd text", text
    if re.fullmatch(r"-?\d+(\.\d+)?", value):
        yield "zero", "0"
        yield "negative", "-" + value.lstrip("-")
        yield "huge", "9" * 30


def cells(value):
    """(kind, new value) of a column of SQLite, which holds anything in any column."""
    if value is not None:
        yield "null", None
    if isinstance(value, (int, float)):
        yield "type", "unknown"
        yield "odd text", "N/A"
        yield "odd text", "1.234,5"
        yield "empty", ""
        if value != 0:
            yield "zero", 0
        if value > 0:
            yield "negative", -value
        yield "huge", 9 * 10**18 if isinstance(value, int) else 1e308
    elif isinstance(value, str):
        yield "type", 20261
        yield "empty", ""
        for text in ODD:
            yield "odd text", text


def wholes(body):
    text = json.dumps(body)
    isJSON = "application/json"
    yield "empty body", {"status": 200, "type": isJSON, "body": ""}
    yield "page", {"status": 200, "type": "text/html", "body": "<html><head><title>Welcome</title></head><body><h1>Sign in</h1></body></html>"}
    yield "null body", {"status": 200, "type": isJSON, "body": "null"}
    yield "other form", {"status": 200, "type": isJSON, "body": json.dumps({"data": body} if isinstance(body, list) else [body])}
    yield "cut", {"status": 200, "type": isJSON, "body": text[: len(text) * 2 // 3]}
    yield "404", {"status": 404, "type": isJSON, "body": '{"error": "not found"}'}
    yield "500", {"status": 500, "type": isJSON, "body": '{"error": "internal error", "id": "f3a9"}'}


def everything(data):
    for path, body in data.get("answers", {}).items():
        for kind, new in wholes(body):
            yield Mutation(kind, ["answers", path], body, new, whole=True)
        for place, value in leaves(body, ["answers", path]):
            if len(place) > 2:
                for kind, new in changes(value):
                    yield Mutation(kind, place, value, new)
    for path, tree in data.get("feeds", {}).items():
        for kind, new in wholes({}):
            if kind in ("empty body", "page", "404", "500"):
                yield Mutation(kind, ["feeds", path], None, new, whole=True)
        for place, value in leaves(tree, ["feeds", path]):
            if len(place) > 3:
                for kind, new in texts(value) if isinstance(value, str) else [("removed", REMOVED)]:
                    yield Mutation(kind, place, value, new)
    for source, table, content in ((s, t, c) for s in ("tables", "postgres") for t, c in data.get(s, {}).items()):
        rows = content["rows"]
        yield Mutation("empty", [source, table, "rows"], rows, [])
        for number, row in enumerate(rows):
            yield Mutation("removed", [source, table, "rows", number], row, REMOVED)
            for name, value in row.items():
                if name not in content.get("keys", ["id"]):
                    for kind, new in cells(value):
                        yield Mutation(kind, [source, table, "rows", number, name], value, new)
    for key, holder in data.get("redis", {}).items():
        yield Mutation("removed", ["redis", key], holder, REMOVED)
        for form, value in holder.items():
            for place, inner in leaves(value, ["redis", key, form]):
                if form == "json" and len(place) > 3:
                    for kind, new in changes(inner):
                        yield Mutation(kind, place, inner, new)
                elif form != "json" and isinstance(inner, str):
                    for kind, new in texts(inner):
                        if new != REMOVED or len(place) > 3:
                            yield Mutation(kind, place, inner, new)
    request = data.get("request", {})
    for place, value in leaves(request.get("json", {}), ["request", "json"]):
        if len(place) > 2:
            for kind, new in changes(value):
                yield Mutation(kind, place, value, new)
    for part in ("query", "form", "headers"):
        for name, value in request.get(part, {}).items():
            for kind, new in texts(value, ODD[:3] if part == "headers" else ODD[:4]):
                yield Mutation(kind, ["request", part, name], value, new)
    for place, value in enumerate(data.get("arguments", [])):
        for kind, new in texts(value):
            yield Mutation(kind, ["arguments", place], value, new)


def ordered(data, seed):
    """All mutations, mixed by the seed: kinds take turns, and of a kind the names do."""
    chance = random.Random(seed)
    groups = {}
    for mutation in everything(data):
        groups.setdefault(GROUPS[mutation.kind], []).append(mutation)
    lines = []
    for name in sorted(groups):
        line = groups[name]
        chance.shuffle(line)
        seen, keyed = {}, []
        for mutation in line:
            where = mutation.kind if mutation.whole else str(mutation.label()["where"].get("name") or mutation.path)
            seen[where] = seen.get(where, 0) + 1
            keyed.append((seen[where], len(keyed), mutation))
        line = [mutation for _, _, mutation in sorted(keyed, key=lambda k: k[:2])]
        lines.append(line[:MOST_WHOLE] if name == "whole" else line)
    chance.shuffle(lines)
    result = []
    while any(lines):
        for line in lines:
            if line:
                result.append(line.pop(0))
    return result
