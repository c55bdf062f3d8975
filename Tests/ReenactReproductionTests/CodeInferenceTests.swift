import ReenactTimeline
import Testing

@testable import ReenactReproduction

struct CodeInferenceTests {
    private func infer(
        _ text: String, recorded: [String], files: [String], workingDirectory: String = "/srv"
    ) throws -> CodeReplacement {
        var environment = Environment(command: ["x"], workingDirectory: workingDirectory)
        environment.codeFiles = recorded
        let host = machine(Dictionary(uniqueKeysWithValues: (files + recorded).map { ($0, "") }))
        return try CodeInference(environment: environment, host: host).replacement(text)
    }

    @Test func `a virtual environment stands for the recorded one`() throws {
        let found = try infer(
            "/new",
            recorded: ["/old/bin/datasette", "/old/lib/python3.11/site-packages/datasette/app.py"],
            files: ["/new/bin/datasette", "/new/bin/python", "/new/lib/python3.11/site-packages/datasette/app.py"])
        #expect(found == .init(directory: "/new", target: "/old"))
    }

    @Test func `a checkout stands for the project, whatever else was loaded`() throws {
        let found = try infer(
            "/home/me/fix",
            recorded: ["/srv/shop/shop/views.py", "/srv/shop/manage.py", "/usr/lib/python3/abc.py"],
            files: ["/home/me/fix/shop/views.py", "/home/me/fix/manage.py"])
        #expect(found.target == "/srv/shop")
    }

    @Test func `a package with files of the same names is not what a checkout stands for`() throws {
        let package = "/srv/env/lib/python3.11/site-packages/sockets/asyncio"
        let found = try infer(
            "/home/me/fix", recorded: ["/srv/game/server.py", "\(package)/server.py", "\(package)/client.py"],
            files: ["/home/me/fix/server.py", "/home/me/fix/client.py"])
        #expect(found.target == "/srv/game")
        let other = try infer(
            "/home/me/sockets", recorded: ["\(package)/server.py"], files: ["/home/me/sockets/server.py"])
        #expect(other.target == package)
    }

    @Test func `a directory with one binary stands for the binary's directory`() throws {
        let found = try infer("/tmp/new", recorded: ["/opt/app/bin/server"], files: ["/tmp/new/server"])
        #expect(found.target == "/opt/app/bin")
    }

    @Test func `a relative script of the command line counts`() throws {
        var environment = Environment(command: ["node", "app/index.js"], workingDirectory: "/srv/node")
        environment.arguments = ["node", "app/index.js"]
        let host = machine(["/srv/node/app/index.js": "", "/new/app/index.js": ""])
        #expect(try CodeInference(environment: environment, host: host).replacement("/new").target == "/srv/node")
    }

    @Test func `the recorded directory can be given, also where a name holds the sign`() throws {
        #expect(try infer("/new=/srv/a", recorded: [], files: ["/new/x"]).target == "/srv/a")
        let odd = try infer("/n=w", recorded: ["/srv/a/x"], files: ["/n=w/x"])
        #expect(odd == .init(directory: "/n=w", target: "/srv/a"))
    }

    @Test func `no match, two matches and a missing directory say what to write`() {
        func message(_ text: String, _ recorded: [String], _ files: [String]) -> String {
            do { return "\(try infer(text, recorded: recorded, files: files))" } catch { return "\(error)" }
        }
        #expect(message("/new", ["/srv/a.py"], ["/new/b.py"]).contains("--code /new=/recorded/directory"))
        #expect(message("/new", ["/srv/p/a.py", "/srv/q/a.py"], ["/new/a.py"]).contains("--code /new=/srv/p"))
        #expect(message("/none", [], []).contains("there is no such directory"))
    }

    @Test func `of two equal matches the directory that looks alike is meant`() throws {
        let found = try infer(
            "/new", recorded: ["/srv/p/index.js", "/srv/q/index.js"],
            files: ["/srv/p/package.json", "/new/index.js", "/new/package.json", "/srv/q/other"])
        #expect(found.target == "/srv/p")
    }
}
