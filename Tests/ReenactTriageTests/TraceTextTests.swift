import ReenactTimeline
import ReenactTriage
import Testing

struct TraceTextTests {
    struct Expected: Sendable, CustomTestStringConvertible {
        var text: String
        var type: String
        var message: String
        var language: String
        /// `function file:line`, innermost first.
        var frames: [String]
        var causes: [String] = []
        var testDescription: String { "\(language): \(type)" }
    }

    static let table: [Expected] = [
        .init(
            text: TraceSamples.phpChain, type: "LogicException", message: "load failed", language: "php",
            frames: ["load /tmp/tr/a.php:3", "{main} /tmp/tr/a.php:4"], causes: ["RuntimeException: no user 47"]),
        // As `error_log` prints it, and a recorder that leaves out empty lines keeps it.
        .init(
            text:
                "[Sun Nov 22 03:38:58 2026] PDOException: SQLSTATE[23000]: Duplicate in /srv/a.php:14\nStack trace:\n#0 /srv/a.php(14): PDOStatement->execute()\n#1 {main}\nNext RuntimeException: not saved in /srv/a.php:15\nStack trace:\n#0 {main}",
            type: "RuntimeException", message: "not saved", language: "php", frames: ["{main} /srv/a.php:15"],
            causes: ["PDOException: SQLSTATE[23000]: Duplicate"]),
        // As the built-in server says once more which request it was.
        .init(
            text:
                "[Sun Nov 22 20:35:04 2026] 127.0.0.1:43370 [500]: GET /?calendar=2 - Uncaught InvalidArgumentException: INTERVAL must be positive in /srv/R.php:405\nStack trace:\n#0 /srv/index.php(13): R->__construct()\n#1 {main}\n  thrown in /srv/R.php on line 405",
            type: "InvalidArgumentException", message: "INTERVAL must be positive", language: "php",
            frames: ["R->__construct /srv/R.php:405", "{main} /srv/index.php:13"]),
        .init(
            text: "error: integer out of range\n    at Parser.parse (/srv/node_modules/pg/parser.js:287:98)",
            type: "error", message: "integer out of range", language: "node",
            frames: ["Parser.parse /srv/node_modules/pg/parser.js:287"]),
        .init(
            text: TraceSamples.phpTypeError, type: "TypeError",
            message:
                "f(): Argument #1 ($s) must be of type string, null given, called in /tmp/tr/b.php on line 5 and defined",
            language: "php", frames: ["f /tmp/tr/b.php:3", "{main} /tmp/tr/b.php:5"]),
        .init(
            text: TraceSamples.phpMemory, type: "Fatal error",
            message: "Allowed memory size of 134217728 bytes exhausted (tried to allocate 20480 bytes)",
            language: "php",
            frames: [" /srv/app/report.php:88"]),
        .init(
            text: TraceSamples.goIndex, type: "runtime error",
            message: "runtime error: index out of range [0] with length 0", language: "go",
            frames: ["main.(*S).get /tmp/tr/a.go:4", "main.main /tmp/tr/a.go:5"]),
        .init(
            text: TraceSamples.goGoroutine, type: "panic", message: "wrap: inner", language: "go",
            frames: ["main.g /tmp/tr/b.go:3", "main.main.func1 /tmp/tr/b.go:4", "main.main /tmp/tr/b.go:4"]),
        .init(
            text: TraceSamples.goNil, type: "runtime error",
            message: "runtime error: invalid memory address or nil pointer dereference", language: "go",
            frames: ["main.walk /tmp/tr/n.go:3", "main.main /tmp/tr/n.go:4"]),
        .init(
            text: TraceSamples.goServed, type: "runtime error",
            message: "runtime error: invalid memory address or nil pointer dereference", language: "go",
            frames: [
                "main.rate /tmp/tr/h.go:4",
                "net/http.HandlerFunc.ServeHTTP /usr/lib/go-1.19/src/net/http/server.go:2109",
            ]),
        .init(
            text: TraceSamples.javaChain, type: "java.lang.IllegalStateException", message: "mid failed: 47",
            language: "java", frames: ["A.mid A.java:4", "A.main A.java:5"],
            causes: [
                "java.lang.NullPointerException: Cannot invoke \"String.length()\" because the return value of \"java.util.Map.get(Object)\" is null"
            ]),
        .init(
            text: TraceSamples.javaLauncher, type: "java.lang.IllegalStateException", message: "mid failed: 47",
            language: "java", frames: ["A.mid A.java:4"],
            causes: [
                "java.lang.NullPointerException: Cannot invoke \"String.length()\" because the return value of \"java.util.Map.get(Object)\" is null"
            ]),
        .init(
            text: TraceSamples.nodeCause, type: "Error", message: "load failed", language: "node",
            frames: ["load /tmp/tr/a.js:2", "K.run /tmp/tr/a.js:3"],
            causes: ["TypeError: Cannot read properties of undefined (reading 'USD')"]),
        .init(
            text: TraceSamples.nodeRefused, type: "Error", message: "connect ECONNREFUSED 127.0.0.1:1",
            language: "node",
            frames: ["TCPConnectWrap.afterConnect node:net:1611"]),
        .init(
            text: TraceSamples.pythonChain, type: "RuntimeError", message: "mid", language: "python",
            frames: ["mid /tmp/tr/a.py:8", "<module> /tmp/tr/a.py:9"],
            causes: ["json.decoder.JSONDecodeError: Expecting value: line 1 column 1 (char 0)"]),
        .init(
            text: TraceSamples.pythonRecursion, type: "RecursionError", message: "maximum recursion depth exceeded",
            language: "python", frames: ["f /tmp/tr/r.py:2"]),
        .init(
            text: TraceSamples.swiftCrash, type: "Fatal error", message: "Index out of range", language: "native",
            frames: ["specialized Array.subscript.getter :0", "deep(_:) :0", "mid(_:) :0", "main :0"]),
        .init(
            text: TraceSamples.rustPanic, type: "panic",
            message: "index out of bounds: the len is 1 but the index is 3",
            language: "native", frames: ["a::deep ./a.rs:1", "a::main ./a.rs:2"]),
        .init(
            text: TraceSamples.cppTerminate, type: "std::out_of_range", message: "no such rate", language: "native",
            frames: []),
        .init(
            text: TraceSamples.rubyError, type: "KeyError", message: "key not found: \"rate\"", language: "ruby",
            frames: ["fetch /srv/app/rates.rb:12", "rate /srv/app/rates.rb:12"]),
        .init(
            text: TraceSamples.webrickError, type: "NoMethodError", message: "undefined method `[]' for nil:NilClass",
            language: "ruby", frames: ["block in <main> app.rb:17", "block in route app.rb:15"]),
        .init(
            text: TraceSamples.sinatraError, type: "KeyError", message: "key not found: \"value\"", language: "ruby",
            frames: ["fetch app.rb:11", "block in <main> app.rb:18"]),
        .init(
            text: TraceSamples.sinatraMarked, type: "NoMethodError",
            message: "undefined method `to_date' for nil:NilClass", language: "ruby",
            frames: ["block in <main> app.rb:9", "map app.rb:9"]),
        .init(
            text: TraceSamples.sidekiqError, type: "NoMethodError",
            message: "undefined method `split' for nil:NilClass",
            language: "ruby",
            frames: [
                "perform /srv/jobs/worker.rb:11",
                "execute_job /usr/share/rubygems-integration/all/gems/sidekiq-6.4.1/lib/sidekiq/processor.rb:196",
            ]),
        .init(
            text: TraceSamples.rubyMarked, type: "NoMethodError", message: "undefined method `sum' for nil:NilClass",
            language: "ruby", frames: ["total /srv/jobs/bill.rb:3", "<main> /srv/jobs/bill.rb:7"]),
        .init(
            text: TraceSamples.railsError, type: "ActiveRecord::RecordNotFound",
            message: "Couldn't find Station with 'id'=9", language: "ruby",
            frames: ["show app/controllers/stations_controller.rb:7"]),
        .init(
            text: TraceSamples.goRecovered, type: "runtime error",
            message: "runtime error: index out of range [3] with length 3", language: "go",
            frames: ["main.lastRank /srv/o/app.go:22", "main.main.func4 /srv/o/app.go:37"]),
        .init(
            text: TraceSamples.ginRecovered, type: "runtime error",
            message: "runtime error: index out of range [3] with length 3", language: "go",
            frames: ["lastRank /srv/o/app.go:22", "main.func4 /srv/o/app.go:37"]),
        .init(
            text: TraceSamples.javaLongMessage, type: "org.postgresql.util.PSQLException",
            message:
                "ERROR: duplicate key value violates unique constraint \"parcels_code_key\"\n  Detail: Key (code)=(PX1) already exists.",
            language: "java",
            frames: [
                "org.postgresql.core.v3.QueryExecutorImpl.execute QueryExecutorImpl.java:356", "App.add App.java:8",
            ]),
        .init(
            text: TraceSamples.dotNetInner, type: "System.InvalidOperationException", message: "load failed",
            language: "dotnet",
            frames: ["Shop.Loader.Load /srv/app/Loader.cs:33", "Program.<Main>$ /srv/app/Program.cs:3"],
            causes: ["System.NullReferenceException: Object reference not set to an instance of an object."]),
    ]

    @Test(arguments: table) func `a real trace is read`(expected: Expected) throws {
        // As it stands in a log, between other lines.
        for text in [expected.text, "started\n\(expected.text)\nstopped\n"] {
            let found = TraceText.exceptions(in: text)
            let record = try #require(found.last)
            #expect(found.count == 1, "\(found.map(\.type))")
            #expect(record.type == expected.type)
            #expect(record.message == expected.message)
            #expect(record.language == expected.language)
            #expect(record.handling == .printed)
            let frames = record.frames.reversed().map { "\($0.function) \($0.file):\($0.line)" }
            #expect(Array(frames.prefix(expected.frames.count)) == expected.frames)
            #expect(record.causes.map { "\($0.type): \($0.message)" } == expected.causes)
        }
    }

    @Test func `a source line is kept and library frames are told apart`() throws {
        let record = try #require(TraceText.exceptions(in: TraceSamples.pythonChain).last)
        #expect(record.throwSite?.source == "raise RuntimeError(\"mid\\nsecond line\") from e")
        #expect(record.throwSite?.inApp == true)
        #expect(record.causes.first?.throwSite?.inApp == false)
    }

    @Test func `elided frames of a Java cause are filled in`() throws {
        let record = try #require(TraceText.exceptions(in: TraceSamples.javaChain).last)
        #expect(record.causes.first?.frames.map(\.function) == ["A.main", "A.mid", "A.inner"])
    }

    @Test(arguments: [
        "", "all good\n", "panic: \n", "Traceback (most recent call last):", "Error: no frames follow\n",
        "at once\n    at the end\n", "we are at 5:30 (see file.js:1:2)\n", "INFO Fatal error: none in on line\n",
    ])
    func `ordinary text holds no trace`(text: String) {
        #expect(TraceText.exceptions(in: text).isEmpty)
    }

    @Test func `cut and shuffled traces never trap`() {
        let texts = Self.table.map(\.text)
        var state: UInt64 = 20_261_121
        func next(_ limit: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % max(limit, 1)
        }
        for _ in 0..<500 {
            var lines = texts[next(texts.count)].split(separator: "\n", omittingEmptySubsequences: false).map(
                String.init)
            lines += texts[next(texts.count)].split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
            for _ in 0..<next(6) { lines.swapAt(next(lines.count), next(lines.count)) }
            for _ in 0..<next(4) {
                let place = next(lines.count)
                lines[place] = String(lines[place].dropFirst(next(20)).dropLast(next(20)))
            }
            _ = TraceText.exceptions(in: lines.joined(separator: "\n"))
        }
    }

    @Test(.timeLimit(.minutes(1))) func `long and hostile texts take linear time`() {
        for line in [
            "panic: ", "Traceback (most recent call last):", "Fatal error: Uncaught x", "    at a (b:1:2)",
            "Caused by: a.b", "x.rb:1:in `", "(((((((((", "Error: x",
        ] {
            _ = TraceText.exceptions(in: String(repeating: line + "\n", count: 10_000))
            _ = TraceText.exceptions(in: String(repeating: line, count: 20_000))
        }
    }
}

/// Stacks as telemetry keeps them: text without what a console shows around it.
struct KeptStackTests {
    private func cause(_ stack: String) throws -> String {
        let text = JSONLine.text(["exception": "E", "stack": .string(stack)])
        return try #require(BatchTriage.verdicts([StackLines.read(Array(text.utf8), source: "f")]).first).cause
    }

    private static let one = [
        (
            "goroutine 18 [running]:\nruntime/debug.Stack()\n\t/usr/local/go/src/runtime/debug/stack.go:24 +0x5e\nmain.(*Cart).Total(0xc00012a000)\n\t/srv/cart.go:14 +0x1d\nmain.main()\n\t/srv/main.go:20 +0x4a\n",
            "goroutine 7 [running]:\nruntime/debug.Stack()\n\t/usr/local/go/src/runtime/debug/stack.go:26 +0x5e\nmain.(*Cart).Total(0xc0001ffff0)\n\t/srv/cart.go:16 +0x1d\nmain.main()\n\t/srv/main.go:21 +0x4a\n"
        ),
        (
            "RuntimeException: no rate for 7 in /srv/Cart.php:12\nStack trace:\n#0 /srv/Cart.php(30): App\\Cart->rate('EUR')\n#1 {main}",
            "RuntimeException: no rate for 9 in /srv/Cart.php:19\nStack trace:\n#0 /srv/Cart.php(33): App\\Cart->rate('GBP')\n#1 {main}"
        ),
        (
            "total@https://x.example/cart.js:12:3\nonClick/<@https://x.example/main.js:4:5\n",
            "total@https://x.example/cart.js:19:3\nonClick/</<@https://x.example/main.js:9:5\n"
        ),
        (
            "System.InvalidOperationException: no\n   at Shop.Cart.<Total>d__12.MoveNext() in /src/Cart.cs:line 12\n",
            "System.InvalidOperationException: no\n   at Shop.Cart.<Total>d__3.MoveNext() in C:\\build\\77\\Cart.cs:line 15\n"
        ),
        (
            "App.LoadFailed: no\n at App.Cart.rate(Cart.php:12)\n at {main}(index.php:4)\n",
            "App.LoadFailed: no\n at App.Cart.rate(Cart.php:19)\n at {main}(index.php:9)\n"
        ),
    ]

    @Test(arguments: one)
    func `the same calls are one cause`(_ stack: String, _ other: String) throws {
        #expect(try cause(stack) == cause(other))
        // The calls are what tells it from others.
        let renamed = stack.replacing("otal", with: "axes").replacing("rate(", with: "tax(")
        #expect(try cause(stack) != cause(renamed))
    }
}
