import ReenactSamples
import ReenactTimeline
import ReenactTriage
import Testing

struct FingerprintTests {
    private func fingerprint(_ value: Case) -> Fingerprint {
        Fingerprint(of: value, verdict: Triage.verdict(for: value))
    }

    @Test func `lines, ids and times do not matter`() {
        var other = Samples.ihatemoney()
        other.id = "other"
        other.failureTime += 1_000_000
        for place in other.exceptions[0].frames.indices { other.exceptions[0].frames[place].line += 7 }
        #expect(fingerprint(other) == fingerprint(Samples.ihatemoney()))
        #expect(fingerprint(other).issue.hasPrefix("4:"))
    }

    @Test func `another function is another issue`() {
        var other = Samples.ihatemoney()
        other.exceptions[0].frames[3].function = "edit_bill"
        #expect(fingerprint(other).issue != fingerprint(Samples.ihatemoney()).issue)
    }

    @Test func `another answer is the same issue with another cause`() {
        var other = Samples.ihatemoney()
        other.events[9].outcome = "http:200"
        other.events[9].detail = [
            "method": "GET", "host": "api.exchangerate.host", "target": "/latest", "status": 200,
            "responseBody": ["text": "<html>", "length": 6, "contentType": "text/html"],
        ]
        #expect(fingerprint(other).issue == fingerprint(Samples.ihatemoney()).issue)
        #expect(fingerprint(other).cause != fingerprint(Samples.ihatemoney()).cause)
    }

    @Test func `recursion of any depth is one issue`() {
        func value(_ depth: Int) -> Case {
            var sample = SampleBuilder(operation: "GET /")
            let pair = [frame("even", "/srv/a.py", 2), frame("odd", "/srv/a.py", 5)]
            sample.fail(
                "RecursionError", "maximum recursion depth exceeded",
                frames: [frame("main", "/srv/a.py", 9)] + Array(repeating: pair, count: depth).flatMap { $0 })
            return sample.value
        }
        #expect(fingerprint(value(4)) == fingerprint(value(40)))
    }

    @Test(arguments: [
        ("user 47 not found", "user 48213 not found"),
        ("no file /srv/a/b.db", "no file /var/lib/x/c.db"),
        ("job 7f3e9a10-12ab-4c3d-9e8f-001122334455 failed", "job 00000000-12ab-4c3d-9e8f-001122334455 failed"),
        ("invalid literal: 'abc'", "invalid literal: 'x y z'"),
        ("at 2026-11-21T08:15:02Z from 10.0.0.1", "at 2025-01-02T03:04:05Z from 192.168.1.20"),
        ("object 0x7f2e11d03c50", "object 0x55aa"),
        ("Cannot find key: {\"a\":1}", "Cannot find key: {\"b\":[1,2]}"),
        ("mail to ada@example.org bounced", "mail to bob@example.com bounced"),
        ("GET https://a.example/x failed", "GET https://b.example/y?z=1 failed"),
        ("order-4711 is closed", "order-4712 is closed"),
        ("took 5ms", "took 1200ms"), ("read 1.5GiB", "read 12kB"), ("after 1h2m3s", "after 58s"),
        ("token k3j9x2 is used", "token p8m1q4 is used"), ("commit a1b2c3d4 is gone", "commit 12345678 is gone"),
        ("no file uploads/ada.csv", "no file uploads/2026/bob.csv"),
        ("Datei „a.txt“ fehlt", "Datei „b.txt“ fehlt"), ("fichier « a » absent", "fichier « b » absent"),
        ("用户123不存在", "用户45不存在"), ("「a」が見つかりません", "「b」が見つかりません"),
    ])
    func `messages that differ in values have one template`(first: String, second: String) {
        #expect(MessageTemplate.of(first) == MessageTemplate.of(second))
    }

    @Test(arguments: [
        ("user 47 not found", "item 47 not found"), ("can't open file", "can't close file"),
        ("expected utf8, got latin1", "expected base64, got latin1"), ("用户123不存在", "用户123已锁定"),
        ("read and/or write", "read and/or close"), ("application/json", "application/xml"),
    ])
    func `messages that differ in words have two`(first: String, second: String) {
        #expect(MessageTemplate.of(first) != MessageTemplate.of(second))
    }

    @Test func `a template reads well`() {
        #expect(
            MessageTemplate.of("user 47 has no row in '/srv/a.db', see https://x.example/y.")
                == "user <n> has no row in <quoted>, see <url>.")
    }

    @Test func `a long message takes linear time`() {
        _ = MessageTemplate.of(String(repeating: "[{'", count: 100_000))
    }
}
