import Foundation
import Testing

@Suite(.serialized) struct PreloadTests {
    @Test(arguments: pythons) func `SQLite statements come with values, rows and errors`(python: String) throws {
        let run = try Run.program("statements.py", ["{}/data.db"], with: python)
        #expect(run.recorder.all("open-db").map { $0["path"].text } == [run.directory + "/data.db"])
        let statements = run.recorder.all("sql")
        let insert = try #require(statements.first { $0["sql"].text.hasPrefix("INSERT") })
        #expect(
            insert["params"].list == [.int(7), .double(1.5), .string("x\"é"), .object(["b": .string("00ff")]), .null])
        #expect(insert["changes"].number == 1)
        let select = try #require(statements.first { $0["sql"].text.hasPrefix("SELECT *") })
        #expect(select["columns"].list.map { $0.text } == ["a", "b", "c", "d", "e"])
        #expect(select["rows"][0] == insert["params"])
        #expect(select["readonly"] == .bool(true))
        let many = try #require(statements.first { $0["sql"].text.hasPrefix("WITH") })
        #expect(many["rows"].list.count == 200 && many["truncated"] == .bool(true) && many["rowCount"].number == 1000)
        let unique = try #require(statements.first { $0["error"].text.contains("UNIQUE") })
        #expect((unique["code"].number ?? 0) & 255 == 19)
        #expect(statements.contains { $0["error"].text == "no such table: nowhere" })
        #expect(statements.contains { $0["db"].text == ":memory:" })
    }

    @Test func `PHP's SQLite is seen although it binds its modules deep`() throws {
        let script = """
            $d = new PDO("sqlite:{}/p.db"); $d->exec("CREATE TABLE t(a, b)");
            $s = $d->prepare("INSERT INTO t VALUES (?, ?)"); $s->bindValue(1, 5, PDO::PARAM_INT);
            $s->bindValue(2, "text"); $s->execute(); echo count($d->query("SELECT a, b FROM t")->fetchAll());
            """
        let run = try Run("php", ["-r", script])
        #expect(run.result.output == "1")
        let statements = run.recorder.all("sql")
        #expect(statements.contains { $0["params"].list == [.int(5), .string("text")] })
        #expect(statements.contains { $0["rows"].list == [.array([.int(5), .string("text")])] })
    }

    @Test(arguments: pythons) func `The clock is moved and waits keep their length`(python: String) throws {
        let file = FileManager.default.temporaryDirectory.appending(path: "reenact-clock-\(UUID())")
        defer { try? FileManager.default.removeItem(at: file) }
        let offset = Int64(-400 * 86400) * 1_000_000_000
        try withUnsafeBytes(of: offset) { Data($0) }.write(to: file)
        let run = try Run(python, [Hooks.programs + "/clock.py"], environment: ["REENACT_CLOCK": file.path])
        let moved = try #require(Double(run.result.output.split(separator: " ")[0]))
        #expect(abs(moved - (Date().timeIntervalSince1970 - 400 * 86400)) < 60)
        #expect(run.result.output.hasSuffix("waited\n"))
    }

    @Test func `Variables are changed whatever a script sets them to`() throws {
        let run = try Run(
            "sh", ["-c", "export A=1 B=2; exec env"], environment: ["REENACT_VARIABLES": "A=x=y\u{1f}B\u{1f}C="])
        let lines = Set(run.result.output.split(separator: "\n").map(String.init))
        #expect(lines.contains("A=x=y") && lines.contains("C=") && !lines.contains { $0.hasPrefix("B=") })
    }

    @Test func `Names that were looked up are told`() throws {
        let run = try Run("python3", ["-c", "import socket; socket.getaddrinfo('localhost', 80)"])
        #expect(run.recorder.all("lookup").contains { $0["name"].text == "localhost" })
    }

    @Test(arguments: [
        ["PYTHONPATH=/opt/app", "python3", "-c", "1 / 0"], ["-u", "PYTHONPATH", "python3", "-c", "1 / 0"],
        ["-i", "/usr/bin/python3", "-c", "1 / 0"], ["LD_PRELOAD=", "python3", "-c", "1 / 0"],
        ["NODE_OPTIONS=--no-warnings", "node", "-e", "null.x"], ["PYTHONPATH=/opt/app", "sh", "-c", "python3 -c 1/0"],
    ]) func `What a start script takes out of the environment is put back`(arguments: [String]) throws {
        let run = try Run("env", ["env"] + arguments)
        #expect(!run.exceptions.isEmpty)
    }

    /// A directory with small files, outside of the recording's own.
    private static func data(_ names: [String]) throws -> String {
        let place = "\(Hooks.scratch)/data-\(UUID().uuidString.prefix(8))"
        try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: true)
        for name in names { try Data("x".utf8).write(to: URL(filePath: "\(place)/\(name)")) }
        return place
    }

    @Test(arguments: [
        ["python3", "-c", "import os; os.replace('@/new', '@/old')"],
        ["node", "-e", "fs.renameSync('@/new', '@/old')"],
        ["perl", "-e", "open(F, '>', '@/old') or die; open(G, '+<', '@/new') or die"],
        ["php", "-r", "file_put_contents('@/old', 'x', FILE_APPEND); unlink('@/new');"],
        ["sh", "-c", "echo x > @/old; mv @/new @/other"],
    ]) func `Before a data file is changed the recorder is told, and before it is gone`(command: [String]) throws {
        let place = try Self.data(["old", "new"])
        let arguments = command.dropFirst().map { $0.replacing("@", with: place) }
        let run = try Run(command[0], arguments)
        #expect(run.result.status == 0, "\(run.result.error)")
        #expect(Set(run.recorder.all("change").map { $0["path"].text }) == ["\(place)/old", "\(place)/new"])
    }

    @Test func `Data files that a program reads are told, its code is not`() throws {
        let place = try Self.data(["data.csv", "lib.js"])
        try Data("module.exports = 1".utf8).write(to: URL(filePath: place + "/lib.js"))
        let script = """
            fs.readFileSync('\(place)/data.csv'); fs.existsSync('\(place)/none.csv'); require('\(place)/lib.js');
            fs.readFileSync('/etc/hostname')
            """
        let run = try Run("node", ["-e", script])
        let read = run.recorder.all("file").map { $0["path"].text }
        #expect(read.contains("\(place)/data.csv") && read.contains("/etc/hostname"))
        #expect(!read.contains { $0.hasSuffix(".js") || $0.hasPrefix("/usr") || $0.contains("control") })
    }

    @Test func `Without a recorder nothing is changed`() throws {
        let run = try Run("python3", ["-c", "print(1)"], environment: ["REENACT_CONTROL": "/nonexistent/socket"])
        #expect(run.result.output == "1\n" && run.result.status == 0 && run.result.error == "")
    }
}
