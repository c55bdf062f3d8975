import ReenactTimeline
import ReenactWire
import Testing

@testable import ReenactReproduction

/// Values that a failure's own words offer, and forms that addresses, statements and settings might have had.
struct OfferedTests {
    private func command(
        _ type: String, _ message: String, _ command: [String], printed: String = "", locals: [String: String] = [:]
    ) -> Case {
        var failure = Case.sample()
        failure.trigger = Trigger(kind: .command, summary: command[0], time: 89_000_000_000)
        failure.signature.outcome = "exit:1"
        failure.signature.exceptionType = type
        failure.signature.message = message
        failure.exceptions = [.sample(type: type, message: message)]
        failure.exceptions[0].frames[1].locals = locals.map { .init(name: $0.key, value: $0.value) }
        (failure.connections, failure.events) = ([], [])
        failure.environment.workingDirectory = "/srv/app"
        failure.environment.command = command
        if !printed.isEmpty {
            failure.events.append(
                Event(
                    id: 1, kind: .log, phase: .failing, start: failure.failureTime, summary: printed,
                    detail: ["text": .string(printed)]))
        }
        return failure
    }

    private func subject(_ failure: Case) -> Subject { Subject(failure, host: machine([:])) }

    @Test(arguments: [
        ("invalid choice: 'c' (choose from 'a', 'b')", ["a", "b"]),
        ("'c' is not one of 'a', 'b'.", ["a", "b"]),
        ("Unrecognised theme name: 'c'. The available installed themes are: a, b", ["a", "b"]),
        ("error: invalid value 'c' [possible values: a, b]", ["a", "b"]),
        ("Column 'c' is invalid. Column names are: 'a', 'b'.", ["a", "b"]),
        ("No such command 'c'. Did you mean 'a'?", ["a"]),
        ("mode must be one of a, b or d", ["a", "b", "d"]),
        ("Fees are due, and you know it", []),
        ("the values are wrong", []),
        ("", []),
    ]) func `what a message offers is read off it`(message: String, offered: [String]) {
        #expect(Offered.values(in: message) == offered)
    }

    @Test func `an argument that the command complained of becomes one that it offered`() throws {
        let failure = command(
            "SystemExit", "2", ["tool", "--color=blue", "run"],
            printed: "tool: error: argument --color: invalid choice: 'blue' (choose from 'red', 'green')")
        let first = try #require(ArgumentConditions.find(subject(failure)).first)
        #expect(first.recorded == "the argument 1 was \"--color=blue\"" && first.changed == "\"--color=red\"")
        #expect(try #require(ChangedCase(failure, [first])).failure.environment.command[1] == "--color=red")
    }

    @Test func `an address gets the scheme that is nearest to one that nobody knew`() {
        let words = "Can't load plugin: sqlalchemy.dialects:postgre"
        #expect(URLForms.mended("postgre://shop@127.0.0.1/shop", message: words) == "postgresql://shop@127.0.0.1/shop")
        #expect(URLForms.mended("htp://127.0.0.1/", message: "No adapter for 'htp'") == "http://127.0.0.1/")
        // The message only repeats it, or knows nothing of it.
        #expect(URLForms.mended("postgre://a", message: "cannot connect to postgre://a") == nil)
        #expect(URLForms.mended("shop://a", message: "unknown scheme 'shop'") == nil)
    }

    @Test func `a variable that was to hold an address holds one`() throws {
        var failure = command(
            "sqlalchemy.exc.ArgumentError", "Could not parse SQLAlchemy URL from given URL string", ["load.py"],
            locals: ["name_or_url": "'host=db user=shop'"])
        failure.environment.variables["SHOP_DATABASE_URL"] = "host=db user=shop"
        let found = VariableConditions.find(subject(failure))
        let first = try #require(found.first { $0.stage == .suspect })
        #expect(first.change == .variable(name: "SHOP_DATABASE_URL", value: "sqlite://"))
    }

    @Test func `a variable that settings name holds a text`() throws {
        var failure = command("Abort", "Aborted with a configuration error!", ["site", "build"])
        failure.keptFiles = [.init(path: "/srv/app/site.yml", time: 0, bytes: Array("name: !ENV SHOP_NAME\n".utf8))]
        let found = VariableConditions.find(subject(failure)).filter { $0.target == "variable SHOP_NAME" }
        #expect(found.map(\.changed) == ["set to \"text\"", "set to \"1\""] && found.last?.stage == .remote)
    }

    @Test func `a statement that was not understood becomes one that is`() throws {
        var failure = command("OperationalError", "near \"item\": syntax error", ["query", "select id form item"])
        failure.events = [
            Event(
                id: 1, kind: .statement, phase: .failing, protocolName: "sqlite", peer: "/srv/app/a.db", start: 1,
                summary: "select id form item",
                detail: ["sql": "select id form item", "error": "near \"item\": syntax error"])
        ]
        let only = try #require(ArgumentConditions.find(subject(failure)).first)
        #expect(only.change == .input(.argument(1, "select 1")))
    }

    @Test func `lines before a text are settings`() throws {
        for text in ["Title: Saw\nDate: yesterday\n\nA saw.\n", "---\nTitle: Saw\nDate: yesterday\n---\nA saw.\n"] {
            let document = try #require(TextDocument(Array(text.utf8), name: "saw.md"))
            #expect(document.json == .object(["Title": "Saw", "Date": "yesterday"]))
            let edit = try #require(document.edit([.key("Date")], "2026-01-02"))
            let changed = try #require(TextEdit.applied([edit], to: Array(text.utf8)))
            #expect(String(decoding: changed, as: UTF8.self) == text.replacing("yesterday", with: "2026-01-02"))
        }
        #expect(FrontMatter.document(Array("A saw: it cuts.\n\nMore.\n".utf8)) == nil)
        #expect(FrontMatter.document(Array("name: shop\n\n".utf8)) == nil)
    }

    @Test func `a value of a file that was only printed is looked at`() throws {
        var failure = command(
            "RuntimeError", "Warning or error encountered", ["site", "build"],
            printed: "ERROR: could not read ./saw.md: 'yesterday' is not a valid date")
        failure.keptFiles = [
            .init(path: "/srv/app/saw.md", time: 0, bytes: Array("Title: Saw\nDate: yesterday\n\nA saw.\n".utf8))
        ]
        let first = try #require(KeptFileConditions.find(subject(failure)).first { $0.stage == .suspect })
        #expect(first.recorded == "Date of saw.md was \"yesterday\"" && first.changed == "\"2026-01-02T03:04:05\"")
    }

    @Test func `empty archives and settings are what their names say`() {
        #expect(
            EmptyDocument("a.zip").bytes.starts(with: [0x50, 0x4B, 5, 6]) && EmptyDocument("a.zip").bytes.count == 22)
        #expect(
            EmptyDocument("a.tar.gz").bytes.starts(with: [0x1F, 0x8B]) && EmptyDocument("a.tar").bytes.count == 1024)
        #expect(EmptyDocument("a.ini", tool: "shop", key: "home").told == "[shop]\nhome = 1")
        #expect(EmptyDocument("a.json", Array(" [1".utf8)).told == "[]" && EmptyDocument("a.db").bytes.isEmpty)
    }
}
