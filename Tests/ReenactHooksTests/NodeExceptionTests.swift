import Foundation
import Testing

@Suite(.serialized) struct NodeExceptionTests {
    @Test func `An error that a program prints before it leaves comes with locals`() throws {
        let run = try Run.program("exceptions.js", ["printed"], with: "node")
        #expect(run.result.status == 1)
        #expect(!run.result.error.contains("Debugger"))
        let one = try #require(run.exceptions("reported").last)
        #expect(one["type"].text == "TypeError")
        #expect(one["frames"][-1]["function"].text == "inner")
        #expect(one.local("user")["value"].text.contains("name: \"bob\""))
        #expect(!"\(one.local("user"))".contains("hunter2"))
        #expect(one.local("token")["redacted"] == .bool(true))
    }

    @Test func `An error that ends the program comes with its cause`() throws {
        let run = try Run.program("exceptions.js", ["unhandled"], with: "node")
        let one = try #require(run.exceptions("unhandled").last)
        #expect(one["message"].text == "outer failed")
        #expect(one["causes"][0]["type"].text == "TypeError")
        #expect(one["language"].text == "node")
    }

    @Test func `An error that became an answer of 500 is reported for its request`() throws {
        let run = try Run.program("exceptions.js", ["swallowed"], with: "node")
        #expect(run.result.output == "500\n")
        let one = try #require(run.exceptions("reported").last)
        #expect(one["message"].text == "deep down")
        #expect(one["in"]["n"].number == 1)
    }

    @Test func `The same error again and again is reported for each request that it made an answer of 500`() throws {
        let run = try Run.program("exceptions.js", ["again"], with: "node")
        #expect(run.result.output == "done\n")
        #expect(run.exceptions("reported").count == 8)
    }

    @Test func `An error inside Node that a function awaits names that function`() throws {
        let run = try Run.program("exceptions.js", ["awaited"], with: "node")
        #expect(run.result.output == "500\n")
        let one = try #require(run.exceptions("reported").last)
        #expect(one["type"].text == "SyntaxError")
        // Node 18 knows no more of it than its own part of the trace.
        let version = try Hooks.run("node", ["--version"], environment: [:]).output
        let named = version.hasPrefix("v1") ? "parseJSONFromBytes" : "load"
        #expect("\(one["frames"])".contains(named))
        #expect(one["in"]["n"].number == 1)
    }

    @Test func `A hundred thousand errors become few messages`() throws {
        let run = try Run.program("exceptions.js", ["many"], with: "node")
        #expect(run.result.output == "100000\n")
        // So many a second, and how many seconds it takes is the machine's affair.
        #expect((1...10_000).contains(run.exceptions.count))
    }

    /// `@` stands where V8 says that the line failed or was calling.
    @Test(arguments: [
        ("return { a: o.b, last: t.events[t.events.length - 1].@status };", "t.events[t.events.length - 1].status"),
        ("  const x = foo(a.b, c).d.@e(1, 'x)').z;", "foo(a.b, c).d.e(1, 'x)')"),
        ("  if (!ok) @throw new Error('bad ' + x.y);", "throw new Error('bad ' + x.y)"),
        ("  return @price(b.c) + other;", "price(b.c)"),
        ("const k = { m: 1, r: @await (await x.y(1)).json(), l: 2 };", "await (await x.y(1)).json()"),
        ("const r = @await db.q(`a ${b}`, [c]).then(x => x.z); foo()", "await db.q(`a ${b}`, [c]).then(x => x.z)"),
        ("  x = o?.a?.@b.c", "o?.a?.b"), ("  new @URL(x.y)", "new URL(x.y)"), ("@", ""), ("x = ')].@a", ""),
    ]) func `The part of a line that failed is told by its column`(line: String, part: String) throws {
        let column = try #require(line.firstIndex(of: "@")).utf16Offset(in: line)
        let text = line.replacing("@", with: "")
        let script = """
            const { at } = require(process.argv[1] + '/expression.cjs');
            process.stdout.write(at(process.argv[2], Number(process.argv[3])));
            """
        let place = try Hooks.directory.get() + "/node"
        let result = try Hooks.run("node", ["-e", script, place, text, "\(column)"], environment: [:])
        #expect(result.output == part)
    }
}
