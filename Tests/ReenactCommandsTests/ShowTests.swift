import FoundationEssentials
import ReenactSamples
import ReenactStore
import ReenactTimeline
import Testing

@testable import ReenactCommands

struct ShowTests {
    @Test func `a page says why first, then what happened, then where`() throws {
        let page = try TemporaryStore().run("show", "20261121-081502")
        let places = [
            "✗ JSONDecodeError in POST /demo/add", "WHY", "521: Web server is down", "TIMELINE", "EXCEPTION",
            "NOT RECORDED", "NEXT",
        ]
        .map { page.firstRange(of: $0)?.lowerBound }
        #expect(places.allSatisfy { $0 != nil })
        #expect(places.compactMap { $0 } == places.compactMap { $0 }.sorted())
        #expect(page.contains("⋯ 6 at start-up: 6 postgres"))
        #expect(page.contains("▶  10"))
        #expect(page.contains("⋯ 3 frames of flask"))
        #expect(page.contains("rates = requests.get(self.api_url).json()[\"rates\"]"))
        #expect(page.contains("self   = <Response [521]>"))
        #expect(page.contains("reenact run /"))
    }

    @Test(arguments: [80, 100, 120]) func `no line is wider than the terminal`(width: Int) throws {
        let temporary = try TemporaryStore()
        for id in ["20261121-081502", "20261121-0817", "20261121-0818", "20261121-0819"] {
            for line in try temporary.run("show", id, width: width).split(separator: "\n") {
                // A command to be copied is never cut.
                #expect(Terminal.width(String(line)) <= width || line.contains("  reenact "), "\(line)")
            }
        }
        for line in try temporary.run("list", width: width).split(separator: "\n") {
            #expect(Terminal.width(String(line)) <= width)
        }
    }

    @Test func `--all folds nothing`() throws {
        let page = try TemporaryStore().run("show", "20261121-081502", "--all")
        #expect(!page.contains("⋯"))
        #expect(page.contains("SELECT 5"))
        #expect(page.contains("LAST OUTPUT"))
        #expect(page.contains("full_dispatch_request"))
    }

    @Test func `colours come only when asked for`() throws {
        let temporary = try TemporaryStore()
        #expect(!(try temporary.run("show", "latest").contains("\u{1B}")))
        #expect(try temporary.run("show", "latest", colour: true).contains("\u{1B}[1;31m"))
    }

    @Test func `recorded control characters can't reach the terminal`() throws {
        var value = Samples.ihatemoney()
        let evil = "a\u{1B}]0;owned\u{7}\u{1B}[2J\r\u{9B}31m\u{202E}b"
        value.signature.message = evil
        value.signature.operation = evil
        value.signature.exceptionType = evil
        value.environment.hostName = evil
        value.outputTail = evil
        value.holes[0].what = evil
        value.exceptions[0].message = evil
        for place in value.exceptions[0].frames.indices {
            value.exceptions[0].frames[place].function = evil
            value.exceptions[0].frames[place].file = evil
            value.exceptions[0].frames[place].source = evil
            value.exceptions[0].frames[place].locals = [.init(name: evil, value: evil)]
        }
        for place in value.events.indices {
            value.events[place].summary = evil
            value.events[place].result = evil
            value.events[place].protocolName = evil
        }
        let temporary = try TemporaryStore([value])
        for arguments in [["list"], ["show", "latest"], ["show", "latest", "--all"]] {
            let command = try #require(
                try Reenact.parseAsRoot(arguments + ["--cases", temporary.directory]) as? any TextCommand)
            let text = try command.output(Surroundings())
            #expect(
                !text.unicodeScalars.contains {
                    ($0.value < 0x20 && $0 != "\n") || (0x7F...0x9F).contains($0.value) || $0.value == 0x202E
                })
        }
    }

    @Test func `a long timeline is folded around what explains it`() throws {
        var sample = SampleBuilder(operation: "GET /")
        sample.request("GET", "/")
        for index in 0..<300 { sample.redis("GET", ["item:\(index)"], reply: "x") }
        sample.http(host: "tax.example", "/rate", status: 503, body: "{}")
        sample.fail("HTTPError", "503 Server Error for tax.example", frames: [frame("f", "/srv/a.py", 3)])
        let page = try TemporaryStore([sample.value]).run("show", "latest")
        #expect(page.contains("more: 2"))
        #expect(page.contains("▶ 302"))
        #expect(page.split(separator: "\n").count < 60)
    }

    @Test func `what happened to a connection itself has a name that fits`() throws {
        var sample = SampleBuilder(operation: "GET /")
        sample.request("GET", "/")
        sample.fail("SSLError", "certificate has expired", frames: [frame("f", "/srv/a.py", 3)])
        var value = sample.value
        for outcome in ["tls:expired", "refused"] {
            value.events.append(
                Event(
                    id: value.events.count + 1, kind: .transport, phase: .failing, peer: "10.1.2.3:443", start: 5,
                    summary: "it", outcome: .init(rawValue: outcome)))
        }
        let page = try TemporaryStore([value]).run("show", "latest")
        #expect(page.contains("→ tls ") && page.contains("→ connect ") && !page.contains("transpo"))
    }

    @Test func `show --json holds the whole case and its verdict`() throws {
        let document = try TemporaryStore().json("show", "20261121-081502", "--json")
        #expect(document["verdict"]?["causeClass"] == "dependency-error-status")
        #expect(document["count"] == 1)
        let text = try JSONText.encode(try #require(document["case"]))
        #expect(try JSONText.decode(Case.self, from: text.utf8) == Samples.ihatemoney())
    }

    @Test func `list --json has the documented members`() throws {
        let list = try #require(try TemporaryStore().json("list", "--json").array)
        #expect(list.count == 4)
        let item = try #require(list.first { $0["id"] == "20261121-081502-4f2a" })
        #expect(
            Set(item.object?.keys.map { $0 } ?? []) == [
                "id", "path", "time", "lastTime", "kind", "signature", "operation", "exceptionType", "message",
                "throwSite",
                "fingerprint", "causeFingerprint", "formerFingerprints", "issue", "count", "samples", "verdict",
                "trigger", "outcome", "runtime",
            ])
        #expect(
            item["throwSite"] == [
                "function": "json", "file": "/venv/lib/python3.11/site-packages/requests/models.py", "line": 1120,
            ])
        #expect(item["verdict"]?["tier"] == 2)
        #expect(item["time"] == "2026-11-21T08:15:02.105Z")
    }

    @Test func `a HAR archive has what the format asks for`() throws {
        let log = try #require(try TemporaryStore().json("export", "20261121-081502", "--har")["log"])
        #expect(log["version"] == "1.2")
        let entries = try #require(log["entries"]?.array)
        #expect(entries.count == 2)
        let call = try #require(entries.last)
        #expect(call["request"]?["url"] == "https://api.exchangerate.host/latest?base=USD")
        #expect(call["request"]?["queryString"] == [["name": "base", "value": "USD"]])
        #expect(call["response"]?["status"] == 521)
        #expect(call["response"]?["content"]?["mimeType"] == "text/html")
        for entry in entries {
            for member in ["startedDateTime", "time", "request", "response", "cache", "timings"] {
                #expect(entry[member] != nil)
            }
            for member in [
                "method", "url", "httpVersion", "cookies", "headers", "queryString", "headersSize", "bodySize",
            ] {
                #expect(entry["request"]?[member] != nil)
            }
            for member in [
                "status", "statusText", "httpVersion", "cookies", "headers", "content", "redirectURL", "headersSize",
                "bodySize",
            ] {
                #expect(entry["response"]?[member] != nil)
            }
            for member in ["send", "wait", "receive"] { #expect(entry["timings"]?[member] != nil) }
        }
    }

    @Test func `errors name the thing, the reason and the way out`() throws {
        let temporary = try TemporaryStore()
        func explained(_ arguments: [String]) -> (text: String, status: Int32) {
            do {
                let command = try Reenact.parseAsRoot(arguments) as? any TextCommand
                _ = try command?.output(Surroundings())
                return ("", 0)
            } catch { return ReenactCommandLine.explain(error) }
        }
        let missing = explained(["show", "nope", "--cases", temporary.directory])
        #expect(missing.status == 66)
        #expect(
            missing.text == "reenact: nope: no such case in \(temporary.directory); `reenact list` shows what there is")
        #expect(explained(["show"]).status == 64)
        #expect(explained(["frobnicate"]).status == 64)
        #expect(explained(["export", "latest", "--cases", temporary.directory]).status == 64)
        #expect(explained(["show", "/etc/passwd"]).status == 65)
        #expect(explained(["show", "/nowhere/x.reenact"]).status == 66)
        #expect(
            explained(["export", "latest", "--json", "-o", "/nowhere/x", "--cases", temporary.directory]).status == 74)
        let empty = try TemporaryStore([])
        try FileManager.default.createDirectory(atPath: empty.directory, withIntermediateDirectories: true)
        for arguments in [["incident", empty.directory], ["incident", "--json", "--cases", empty.directory]] {
            let answer = explained(arguments)
            #expect(answer.status == 66 && answer.text.contains("no case in \(empty.directory)"))
            #expect(answer.text.contains("reenact record"))
        }
        #expect(explained(["--help"]).status == 0)
        #expect(explained(["--version"]).text == "0.1.0")
    }

    @Test func `an empty store says how to fill it`() throws {
        #expect(try TemporaryStore([]).run("list").contains("reenact record -- COMMAND"))
    }

    @Test(
        arguments: [
            (0, "0.0 ms"), (450_000, "0.4 ms"), (99_900_000, "99.9 ms"), (120_000_000, "120 ms"),
            (1_250_000_000, "1.2 s"), (185_000_000_000, "3 min 5 s"),
        ] as [(Int64, String)])
    func `durations are short`(nanoseconds: Int64, text: String) { #expect(CasePage.duration(nanoseconds) == text) }
}
