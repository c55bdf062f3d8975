"""attribution-check.py CASE: counts outgoing calls by whether their edge leads to the request with the same number."""

import collections
import re
import sqlite3
import sys

case = sqlite3.connect(f"file:{sys.argv[1]}?mode=ro&immutable=1", uri=True)
events = dict(case.execute("SELECT id, summary FROM event"))
causes = collections.defaultdict(list)
for event, cause, source in case.execute("SELECT event, cause, source FROM edge"):
    causes[event].append((cause, source))
counts = collections.Counter()
examples = []
for event, summary in events.items():
    call = re.search(r"/call/(\d+)/", summary)
    if not call:
        continue
    counts["calls"] += 1
    found = causes.get(event, [])
    cause, source = found[0] if len(found) == 1 else (None, "none" if not found else "several")
    request = re.search(r"/(?:job|fail)/(\d+)", events.get(cause, "")) if cause else None
    if request is None:
        counts["ambiguous"] += 1
        examples.append(f"ambiguous ({source}): {summary}")
    elif request[1] == call[1]:
        counts["right"] += 1
    else:
        counts["wrong"] += 1
        examples.append(f"wrong ({source}): {summary} <- {events[cause]}")
    counts[f"by {source}"] += 1
for text in examples[:5]:
    print("#", text)
print(counts["calls"], counts["right"], counts["wrong"], ", ".join(f"{k} {v}" for k, v in sorted(counts.items())))
