import ReenactTriage
import Testing

struct StackLinesTests {
    private func rows(_ text: String) -> (rows: [TriagedFailure], problems: [IntakeProblem]) {
        let intake = StackLines.read(Array(text.utf8), source: "f")
        return (BatchTriage.verdicts([intake]), intake.problems)
    }

    @Test func `frames as objects and as text give the same keys, whatever the lines`() {
        let (rows, problems) = rows(
            #"""
            {"exception":"KeyError","message":"'rate'","frames":[{"function":"main","file":"/a/app.py","line":3},{"function":"convert","file":"/a/tax.py","line":9}]}
            {"exception":"KeyError","message":"'rate'","frames":["File \"/b/app.py\", line 5, in main","File \"/b/tax.py\", line 19, in convert"]}
            """#)
        #expect(problems.isEmpty)
        #expect(rows.map(\.issue).count == 2 && rows[0].issue == rows[1].issue && rows[0].cause == rows[1].cause)
        #expect(rows.map(\.tier) == [3, 1])
    }

    @Test func `bad lines are told by number and passed over`() {
        let (rows, problems) = rows("{\"exception\":\"E\"}\n\nnonsense\n[1]\n{}\n{\"message\":\"m\"}")
        #expect(rows.map(\.input) == ["f:1", "f:6"])
        #expect(problems.map(\.source) == ["f:3", "f:4", "f:5"])
    }

    @Test func `the text of a trace is read where there are no frames`() throws {
        let (rows, _) = rows(
            #"{"stacktrace":"Traceback (most recent call last):\n  File \"a.py\", line 1, in f\n    x()\nValueError: no\n"}"#
        )
        #expect(try #require(rows.first).exceptionType == "ValueError")
    }

    @Test(arguments: [
        "File \"a.py\", line 3, in f", "at f (a.js:3:1)", "f (a.go:3)", "a.rb:3:in `f'", "a.py:3 in f", "f a.go:3",
    ])
    func `a frame's text is read in any usual form`(_ text: String) {
        let (rows, problems) = rows("{\"exception\":\"E\",\"frames\":[\"\(text.replacing("\"", with: "\\\""))\"]}")
        #expect(rows.count == 1 && problems.isEmpty)
    }

    @Test func `a wrapped exception is told with the place where it began`() throws {
        let (rows, _) = rows(
            #"""
            {"exception":"a.NestedException","message":"failed","stack":"a.NestedException: failed\n\tat a.Web.run(Web.java:9)\nCaused by: java.lang.IllegalStateException: no customer\n\tat a.Orders.customer(Orders.java:12)\n\tat a.Web.run(Web.java:7)"}
            """#)
        #expect(
            try #require(rows.first).sentence.contains(
                "began as IllegalStateException in a.Orders.customer (Orders.java:12)"))
    }

    @Test func `one name in a message is another cause than another name`() {
        func line(_ key: String) -> String {
            #"{"exception":"KeyError","message":"'\#(key)'","frames":[{"function":"f","file":"a.py","source":"x['\#(key)']"}]}"#
        }
        let (rows, _) = rows([line("rate"), line("currency")].joined(separator: "\n"))
        #expect(rows[0].issue == rows[1].issue && rows[0].cause != rows[1].cause)
    }

    @Test func `a value in a message is no other cause`() {
        func line(_ key: String) -> String {
            #"{"exception":"KeyError","message":"'\#(key)'","frames":[{"function":"f","file":"a.py","source":"x[code]"}]}"#
        }
        let (rows, _) = rows([line("EUR"), line("GBP")].joined(separator: "\n"))
        #expect(rows[0].cause == rows[1].cause)
    }

    @Test func `a helper more on the way joins, and says why`() {
        func line(_ more: String) -> String {
            let calls = ["a", "b", "c", "d", more, "e"].filter { !$0.isEmpty }
            let frames = calls.map { #"{"function":"\#($0)","file":"a.py"}"# }.joined(separator: ",")
            return #"{"exception":"ValueError","message":"bad","frames":[\#(frames)]}"#
        }
        let (rows, _) = rows([line(""), line("helper")].joined(separator: "\n"))
        #expect(rows[0].issue != rows[1].issue)
        #expect(rows[0].group == rows[1].group && rows[0].causeGroup == rows[1].causeGroup)
        #expect(rows[1].joined?.contains("same exceptions") == true)
    }

    @Test func `a user's rule joins what fingerprints keep apart`() throws {
        let lines = [
            #"{"exception":"TimeoutError","message":"pool","frames":[{"function":"a","file":"a.py"}]}"#,
            #"{"exception":"OSError","message":"gone","frames":[{"function":"b","file":"b.py"}]}"#,
            #"{"exception":"KeyError","message":"'x'","frames":[{"function":"c","file":"c.py"}]}"#,
        ]
        let intake = StackLines.read(Array(lines.joined(separator: "\n").utf8), source: "f")
        let rules = try GroupingRules("type:TimeoutError => outside\ntype:OSError => outside")
        let rows = BatchTriage.joined([BatchTriage.Stretch(intake, rules: rules)]).rows
        #expect(rows.map(\.group) == ["rule:outside", "rule:outside", rows[2].issue])
        #expect(rows[1].joined == "rule \"outside\", line 2" && rows[2].joined == nil)
        #expect(rows[0].issue != rows[1].issue)
    }

    @Test func `mangled input never traps`() {
        let whole = Array(
            #"{"exception":{"type":"E"},"message":"'x'","frames":["File \"a.py\", line 3, in f",["a",1,"f"],{"line":-1}],"cause":{"type":"C"}}"#
                .utf8)
        var random = SplitMix(seed: 4)
        for _ in 0..<3000 {
            _ = StackLines.read(random.mangled(whole), source: "f").failures.map { TriagedFailure($0) }
        }
    }
}

/// Random numbers that are the same every time.
struct SplitMix: RandomNumberGenerator {
    private var state: UInt64
    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }

    /// The bytes with a few of them changed, cut, doubled or left out.
    mutating func mangled(_ bytes: [UInt8]) -> [UInt8] {
        var bytes = bytes
        for _ in 0..<Int.random(in: 1...4, using: &self) where !bytes.isEmpty {
            let place = Int.random(in: 0..<bytes.count, using: &self)
            switch Int.random(in: 0..<4, using: &self) {
            case 0: bytes[place] = UInt8.random(in: 0...255, using: &self)
            case 1: bytes.removeLast(bytes.count - place)
            case 2: bytes.insert(contentsOf: bytes[place...].prefix(8), at: place)
            default: bytes.remove(at: place)
            }
        }
        return bytes
    }
}
