"""Puts a text between the markers of a section of docs/benchmarks.md."""

import pathlib
import re


def replace(document: pathlib.Path, name: str, text: str) -> None:
    start, end = f"<!-- {name}: begin -->", f"<!-- {name}: end -->"
    old = document.read_text() if document.exists() else "# Benchmarks\n"
    section = f"{start}\n{text.strip()}\n{end}"
    if start in old:
        new = re.sub(re.escape(start) + ".*?" + re.escape(end), lambda _: section, old, flags=re.S)
    else:
        new = f"{old.rstrip()}\n\n{section}\n"
    document.write_text(new)


if __name__ == "__main__":
    import sys

    written = sys.stdin.read()
    if not written.lstrip().startswith("#"):
        sys.exit(f"{sys.argv[2]}: what the benchmark wrote has no heading: {sys.argv[1]} stays as it was")
    replace(pathlib.Path(sys.argv[1]), sys.argv[2], written)
