"""Places that are come through, failed at, gone around, or never come to. Arguments: what is done, and with what."""
import sys
from typing import NoReturn


def total(items):
    result = 0
    for item in items:
        result += int(item)
    return result


def listed(items):
    return [int(item) for item in items]


def checked(items):
    for item in items:
        if item == "bad":
            raise ValueError("bad")
    return len(items)


def complain(text) -> NoReturn:
    raise RuntimeError(text)


def told(items):
    if "bad" in items:
        complain("bad")
    return 1


def parsed(items):
    try:
        result = int(items[0])
    except ValueError as error:
        raise RuntimeError("no number") from error
    return result


def handled(items):
    try:
        if len(items) > 1:
            result = int(items[1])
        else:
            result = int(items[0])
    except ValueError as error:
        if "bad" in items:
            raise RuntimeError("no number") from error
        return 0
    return result


def nested(items):
    try:
        return int(items[0])
    except ValueError:
        try:
            return float(items[0])
        except ValueError:
            raise RuntimeError("not even that")


def survived(items):
    try:
        return total(items)
    except ValueError:
        return 0


def main():
    what, items = sys.argv[1], sys.argv[2].split(",") if sys.argv[2] else []
    try:
        print(globals()[what](items))
    except Exception:
        print("failed")


sys.exit(main())
