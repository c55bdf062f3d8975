import ReenactSamples
import ReenactTimeline

extension Scenario {
    /// Zones, locales, and words that a program writes into its messages itself.
    static let region: [Scenario] = [
        .init("a locale without data", "wrong-configuration", says: ["LC_ALL", "en_US.UTF-8@euro"]) {
            $0.value.trigger = Trigger(kind: .command, summary: "report", time: 0)
            $0.value.environment.variables = ["LC_ALL": "en_US.UTF-8@euro", "PATH": "/usr/bin"]
            $0.fail(
                "FileNotFoundError", "[Errno 2] No such file or directory: '/opt/locale-data/en_US@euro.dat'",
                frames: [frame("load", "/srv/app/a.py", 4, "open(name, 'rb')")])
        },
        .init("a file that is not there, and a locale of which nobody speaks", "missing-file", says: ["rates.dat"]) {
            $0.value.trigger = Trigger(kind: .command, summary: "report", time: 0)
            $0.value.environment.variables = ["LC_ALL": "de_DE.UTF-8", "TZ": "Europe/Berlin"]
            $0.fail(
                "FileNotFoundError", "[Errno 2] No such file or directory: '/opt/data/rates.dat'",
                frames: [frame("load", "/srv/app/a.py", 4, "open(name, 'rb')")])
        },
        .init("a zone that the library does not know", "wrong-configuration", says: ["TZ", "CET-1CEST"]) {
            $0.value.trigger = Trigger(kind: .command, summary: "plan", time: 0)
            $0.value.environment.variables = ["TZ": "CET-1CEST"]
            $0.fail(
                "ZoneInfoNotFoundError", "'tzlocal() does not support non-zoneinfo timezones like %s'",
                frames: [frame("zone", "/srv/app/a.py", 4, "raise e", locals: [("tzenv", "'CET-1CEST'")])])
        },
        .init("a zone that is held, and the failure is about something else", "unclear") {
            $0.value.trigger = Trigger(kind: .command, summary: "plan", time: 0)
            $0.value.environment.variables = ["TZ": "Europe/Berlin"]
            $0.fail(
                "ValueError", "no plan for today",
                frames: [frame("zone", "/srv/app/a.py", 4, "raise e", locals: [("tz", "'Europe/Berlin'")])])
        },
        .init("a word that the throwing line writes itself is no value that could not be read", "unclear") {
            $0.http(host: "rates.example", "/CHF", body: #"{"currency": "CHF", "rate": 0.93}"#)
            $0.http(host: "rates.example", "/USD", body: #"{"currency": "USD", "rate": 1.08}"#)
            $0.fail(
                "ValueError", "CHF 1.08 above USD 0.93: the table is mixed up",
                frames: [
                    frame(
                        "table", "/srv/app/a.py", 4,
                        "raise ValueError(f\"CHF {chf} above USD {usd}: the table is mixed up\")")
                ])
        },
        .init(
            "white space behind a value is told", "malformed-answer", says: ["\"Europe/Kyiv\" with white space behind"]
        ) {
            $0.sql(
                "SELECT name, zone FROM job", columns: ["name", "zone"],
                rows: [["dump", "Europe/Berlin"], ["mail", "Europe/Kyiv "], ["trim", "America/Lima"]])
            $0.fail(
                "ZoneInfoNotFoundError", "'No time zone found with key Europe/Kyiv '",
                frames: [frame("zone", "/srv/app/a.py", 4, "ZoneInfo(zone)", locals: [("zone", "'Europe/Kyiv '")])])
        },
        .init("a variable that is zero where a number is divided by", "wrong-configuration", says: ["EXPORT_BATCH"]) {
            $0.value.trigger = Trigger(kind: .command, summary: "export", time: 0)
            $0.value.environment.variables = ["EXPORT_BATCH": "0", "EXPORT_SKIP": "0"]
            $0.fail(
                "ValueError", "range() arg 3 must not be zero",
                frames: [
                    frame(
                        "<module>", "/srv/app/a.py", 4, "for start in range(0, len(rows), batch):",
                        locals: [("batch", "0"), ("start", "7")])
                ])
        },
        .init("a zero of the program's own beside a variable that is zero", "unclear") {
            $0.value.trigger = Trigger(kind: .command, summary: "export", time: 0)
            $0.value.environment.variables = ["EXPORT_SKIP": "0"]
            $0.fail(
                "ValueError", "range() arg 3 must not be zero",
                frames: [
                    frame(
                        "<module>", "/srv/app/a.py", 4, "for start in range(0, len(rows), batch):",
                        locals: [("batch", "0"), ("start", "7")])
                ])
        },
        .init("the host of an address in a header", "unknown-value", says: [".example.com", "location"]) {
            $0.http(
                host: "pages.example", "/moved", status: 301, body: "",
                headers: [("Location", "http://.example.com/new")])
            $0.fail(
                "LocationParseError", "Failed to parse: '.example.com', label empty or too long",
                frames: [frame("preview", "/srv/app/a.py", 4, "page = requests.get(address, timeout=5)")])
        },
        .init("an entry of a stream whose fields are gone", "unexpected-null", says: ["[0][1][1][1]", "17-1"]) {
            $0.value.trigger = Trigger(kind: .command, summary: "worker", time: 0)
            $0.redis(
                "XREADGROUP", ["GROUP", "packers", "w1", "STREAMS", "orders", "0"],
                reply: [["orders", [["17-0", ["sku", "11"]], ["17-1", .null]]]])
            $0.fail(
                "TypeError", "'NoneType' object is not iterable",
                frames: [
                    frame("work", "/srv/app/a.py", 4, "for stream, entries in r.xreadgroup('packers', 'w1', {}):"),
                    frame("pairs", "/srv/app/b.py", 9, "it = iter(response)", locals: [("response", "None")]),
                ])
        },
        .init("a locale of a row that is the machine's as well", "unknown-value", says: ["de_XX"]) {
            $0.value.environment.variables = ["LANG": "de_XX.UTF-8"]
            $0.sql("SELECT locale FROM users WHERE id = 4", columns: ["locale"], rows: [["de_XX"]])
            $0.fail(
                "UnknownLocaleError", "unknown locale 'de_XX'",
                frames: [frame("greet", "/srv/app/a.py", 4, "Locale.parse(user.locale)")])
        },
    ]
}
