import Foundation
import Testing

/// Whether a program comes through the place where a failure came.
@Suite(.serialized) struct PlaceTests {
    private struct Frame {
        var function: String
        /// A part of the line.
        var text: String
        var expression = ""
        var isOwn = true
    }

    /// What is told with that failure's frames, the innermost first: `p` for passed, `a` for asked, `r` for raised.
    ///
    /// In Python the program is run as a script and as a module, which tells by itself what it comes through: nothing else
    /// may be told then.
    ///
    /// - Parameter mustNotTrace: the module cannot be traced.
    private func states(
        _ program: String, _ what: String, _ items: [String], with interpreter: String, _ frames: [Frame],
        last: Bool = false, mustNotTrace: Bool = true
    ) throws -> String {
        let file = Hooks.programs + "/" + program
        let lines = try String(contentsOfFile: file, encoding: .utf8).split(
            separator: "\n", omittingEmptySubsequences: false)
        let rows = try frames.map { frame in
            let line = try #require(
                last
                    ? lines.lastIndex { $0.contains(frame.text) } : lines.firstIndex { $0.contains(frame.text) })
            return [file, frame.function, "\(line + 1)", frame.isOwn ? "1" : "0", frame.expression].joined(
                separator: "\t")
        }
        func told(_ arguments: [String]) throws -> String {
            let run = try Run(
                interpreter, arguments, environment: ["REENACT_PLACE": "c" + rows.joined(separator: "\n")])
            #expect(run.result.status == 0, "\(run.result.error)")
            return run.recorder.all("place").map { String($0["state"].text.prefix(1)) }.joined()
        }
        guard program.hasSuffix(".py") else { return try told([file, what] + items) }
        let arguments = [what, items.joined(separator: ",")]
        let module = """
            import runpy, sys
            sys.path.insert(0, "\(Hooks.programs)")
            \(mustNotTrace ? "sys.settrace = None" : "")
            runpy.run_module("\(program.dropLast(3))", run_name="__main__", alter_sys=True)
            """
        let script = try told([file] + arguments)
        #expect(try told(["-c", module] + arguments) == script)
        return script
    }

    @Test(arguments: pythons) func `A line is passed each time, until it fails`(python: String) throws {
        let total = [Frame(function: "total", text: "result += int(item)", expression: "int(item)")]
        #expect(try states("place.py", "total", ["1", "2", "3"], with: python, total) == "ppp")
        #expect(try states("place.py", "total", ["1", "x", "3"], with: python, total) == "pr")
        #expect(try states("place.py", "total", [], with: python, total) == "")
        // What is caught further out is a failure at the place all the same.
        #expect(try states("place.py", "survived", ["x"], with: python, total) == "r")
    }

    @Test(arguments: pythons) func `A line that only starts the program is no place`(python: String) throws {
        // A script of the user's own, all else a library.
        let total = [
            Frame(function: "total", text: "result += int(item)", expression: "int(item)", isOwn: false),
            Frame(function: "<module>", text: "sys.exit(main())", expression: "main()"),
        ]
        #expect(try states("place.py", "total", ["1", "x"], with: python, total) == "pr")
        #expect(try states("place.py", "total", ["1", "2"], with: python, total) == "pp")
    }

    @Test(arguments: pythons) func `Without the expression the line alone counts`(python: String) throws {
        let total = [Frame(function: "total", text: "result += int(item)")]
        #expect(try states("place.py", "total", ["1", "2"], with: python, total) == "pp")
        #expect(try states("place.py", "total", ["1", "x"], with: python, total) == "pr")
    }

    @Test(arguments: pythons) func `Of a list without elements the expression is never come to`(python: String) throws {
        let name = try Hooks.run(python, ["-c", "import sys; print(sys.version_info >= (3, 12))"], environment: [:])
        let function = name.output.hasPrefix("True") ? "listed" : "listed.<locals>.<listcomp>"
        let listed = [Frame(function: function, text: "[int(item) for", expression: "int(item)")]
        #expect(try states("place.py", "listed", ["1", "2"], with: python, listed, mustNotTrace: false) == "pp")
        #expect(try states("place.py", "listed", ["1", "x"], with: python, listed, mustNotTrace: false) == "pr")
        #expect(try states("place.py", "listed", [], with: python, listed, mustNotTrace: false) == "")
    }

    @Test(arguments: pythons) func `Before a raise stands the question that is to be passed`(python: String) throws {
        let checked = [
            Frame(function: "checked", text: "raise ValueError(\"bad\")", expression: "raise ValueError(\"bad\")")
        ]
        #expect(try states("place.py", "checked", ["1", "bad"], with: python, checked) == "aar")
        #expect(try states("place.py", "checked", ["1", "2"], with: python, checked) == "aa")
        #expect(try states("place.py", "checked", [], with: python, checked) == "")
    }

    @Test(arguments: pythons) func `Of a raise in a handler what went wrong is the question, too`(python: String) throws
    {
        let handled = [
            Frame(
                function: "handled", text: "raise RuntimeError(\"no number\") from error",
                expression: "raise RuntimeError(\"no number\") from error")
        ]
        // The second such line.
        #expect(try states("place.py", "handled", ["1", "bad"], with: python, handled, last: true) == "ar")
        #expect(try states("place.py", "handled", ["1"], with: python, handled, last: true) == "a")
        #expect(try states("place.py", "handled", ["1", "x"], with: python, handled, last: true) == "a")
    }

    @Test(arguments: pythons) func `Of a handler in a handler all that was tried is the place`(python: String) throws {
        let nested = [Frame(function: "nested", text: "raise RuntimeError(\"not even that\")")]
        #expect(try states("place.py", "nested", ["x"], with: python, nested).hasSuffix("r"))
        #expect(try states("place.py", "nested", ["1"], with: python, nested) == "p")
        #expect(try states("place.py", "nested", ["1.5"], with: python, nested).hasSuffix("p"))
    }

    @Test(arguments: pythons) func `A function that only raises stands for its caller's raise`(python: String) throws {
        let told = [
            Frame(function: "complain", text: "raise RuntimeError(text)", expression: "raise RuntimeError(text)"),
            Frame(function: "told", text: "complain(\"bad\")", expression: "complain(\"bad\")"),
        ]
        #expect(try states("place.py", "told", ["bad"], with: python, told) == "ar")
        #expect(try states("place.py", "told", ["1"], with: python, told) == "a")
    }

    @Test(arguments: pythons) func `Before a handler's raise stands what is tried`(python: String) throws {
        let parsed = [Frame(function: "parsed", text: "raise RuntimeError(\"no number\")")]
        #expect(try states("place.py", "parsed", ["1"], with: python, parsed) == "p")
        #expect(try states("place.py", "parsed", ["x"], with: python, parsed).last == "r")
    }

    @Test(arguments: pythons) func `A place without a source keeps nothing from being told`(python: String) throws {
        let run = try Run(
            python, ["-c", "import json; json.loads('no')"],
            environment: ["REENACT_PLACE": "c<frozen importlib._bootstrap>\tget_data\t3\t1\t"])
        #expect(run.recorder.all("exception").contains { $0["type"].text == "json.decoder.JSONDecodeError" })
    }

    @Test func `Node's expressions are passed until one throws`() throws {
        let cities = [Frame(function: "<anonymous>", text: "users.map", expression: "user.address.city")]
        let good = try states("place.js", "cities", ["Rome", "Oslo"], with: "node", cities)
        let bad = try states("place.js", "cities", ["Rome", "bad"], with: "node", cities)
        #expect(good == "pp" && bad.last == "r" && bad.filter { $0 == "p" }.count <= 2)
        #expect(try states("place.js", "cities", [], with: "node", cities) == "")
    }

    @Test func `Before Node's throw stands the question`() throws {
        let checked = [Frame(function: "checked", text: "throw new Error('no address')")]
        #expect(try states("place.js", "checked", ["Rome", "bad"], with: "node", checked) == "aar")
        #expect(try states("place.js", "checked", ["Rome"], with: "node", checked) == "a")
    }
}
