"""The causes: (name, service, what sets it off, what the dependency does). `{n}` is another number each time."""

HTML = ("text/html", "<html>busy</html>")


def js(text):
    return ("application/json", text)


# Dependency behaviour: (status, content type, body), or a word for what is no answer.
CAUSES = [
    # One line in tax(), told apart by what the dependency did.
    *[(f"tax-{name}", "shop", ("GET", "/tax/{n}"), does) for name, does in [
        ("503", (503, *js('{"error": "down"}'))), ("429", (429, *js('{"error": "slow down"}'))),
        ("401", (401, *js('{"error": "token"}'))), ("404", (404, *js('{"error": "none"}'))),
        ("renamed", (200, *js('{"tax_rate": 2}'))), ("null", (200, *js('{"rate": null}'))),
        ("list", (200, *js('[1]'))), ("html", (200, *HTML)), ("html-502", (502, *HTML)),
        ("refused", "refused"), ("silent", "silent"), ("closed", "closed")]],
    *[(f"strict-{code}", "shop", ("GET", "/strict/{n}"), (code, *js("{}"))) for code in (400, 403, 409, 500)],
    ("duty-503", "shop", ("GET", "/ship/{n}"), (503, *js("{}"))),
    ("stock-503", "shop", ("GET", "/ship/{n}?stock=1"), (503, *js("{}"))),
    ("customer-missing", "shop", ("GET", "/customer/9{n}"), None),
    ("customer-null", "shop", ("GET", "/customer/2"), None),
    ("plan-missing", "shop", ("GET", "/plan/9{n}"), None),
    ("plan-unknown", "shop", ("GET", "/plan/3"), None),
    ("order-not-json", "shop", ("POST", "/order", b"quantity=3&id={n}"), None),
    ("order-no-quantity", "shop", ("POST", "/order", b'{"id": {n}}'), None),
    ("order-no-customer", "shop", ("POST", "/order", b'{"id": {n}, "quantity": 1}'), None),
    ("order-quantity", "shop", ("POST", "/order", b'{"id": 1, "quantity": "many{n}"}'), None),
    ("order-day", "shop", ("POST", "/order", b'{"id": 1, "quantity": 1, "day": "x{n}"}'), None),
    ("order-price", "shop", ("POST", "/order", b'{"id": 1, "quantity": 1, "price": "x{n}"}'), None),
    ("order-duplicate", "shop", ("POST", "/order", b'{"id": 1, "quantity": {n}, "customer": 1}'), None),
    ("order-orphan", "shop", ("POST", "/order", b'{"id": 9{n}, "quantity": 1, "customer": 9{n}}'), None),
    ("order-null", "shop", ("POST", "/order", b'{"id": 9{n}, "quantity": 1, "customer": null}'), None),
    *[(f"report-{kind}", "shop", ("GET", f"/report/{kind}"), None) for kind in ("table", "column", "syntax")],
    ("locked", "shop", ("GET", "/lock"), None),
    ("average", "shop", ("GET", "/average/{n}"), None),
    ("first", "shop", ("GET", "/first/{n}"), None),
    ("key", "billing", ("GET", "/key"), None),
    ("region", "billing", ("GET", "/region"), None),
    ("template", "billing", ("GET", "/template/{n}"), None),
    ("logo", "billing", ("GET", "/logo"), None),
    ("state", "billing", ("GET", "/state/void{n}"), None),
    ("text", "billing", ("POST", "/text", b"abc\xff{n}"), None),
    ("ascii", "billing", ("POST", "/ascii", "\u20ac{n}".encode()), None),
    ("number", "billing", ("GET", "/number/one{n}"), None),
    ("unique", "billing", ("GET", "/unique/u{n}"), None),
    ("full", "billing", ("GET", "/full"), None),
    ("resolve", "billing", ("GET", "/resolve/{n}"), None),
    ("dial", "billing", ("GET", "/dial"), None),
    *[(f"balance-{name}", "billing", ("GET", "/balance/{n}"), does) for name, does in [
        ("500", (500, *js('{"message": "oops"}'))), ("empty", (200, *js('{"accounts": []}'))),
        ("no-owner", (200, *js('{"accounts": [{"cents": 1}]}'))),
        ("null-owner", (200, *js('{"accounts": [{"owner": null, "cents": 1}]}'))),
        ("text-cents", (200, *js('{"accounts": [{"owner": "a", "cents": "1"}]}')))]],
    *[(f"transfer-{code}", "billing", ("POST", "/transfer/{n}", b""), (code, *js("{}"))) for code in (402, 429, 503)],
    ("unpack", "billing", ("POST", "/unpack", b"abc"), None),
    ("total", "billing", ("GET", "/total/{n}"), None),
    ("label", "billing", ("GET", "/label/{n}"), None),
    *[(f"feed-{name}", "jobs", "feed", does) for name, does in [
        ("502", (502, *HTML)), ("html", (200, *HTML)), ("renamed", (200, *js('{"items": []}'))),
        ("null", (200, *js('{"entries": null}')))]],
    *[(f"page-{code}", "jobs", "page", (code, "text/plain", "no")) for code in (403, 410, 500)],
    *[(name, "jobs", name, None) for name in [
        "deep", "even", "handles", "plugin", "version", "keyword", "arguments", "tool", "failing_tool", "slow_tool",
        "chain", "chain_by_type", "checked", "unbound", "twice", "changed", "concatenated", "called", "memory"]],
]
