import ReenactTimeline
import ReenactWire
import Testing

@testable import ReenactReproduction

/// Files and peers that were not there, or of no use as a whole: what is put in their place.
struct WholeTextTests {
    private func command(_ type: String, _ message: String, _ command: [String], printed: String = "") -> Case {
        var failure = Case.sample()
        failure.trigger = Trigger(kind: .command, summary: command[0], time: 89_000_000_000)
        failure.signature.outcome = "exit:1"
        failure.signature.exceptionType = type
        failure.signature.message = message
        failure.exceptions = [.sample(type: type, message: message)]
        failure.connections = []
        failure.events = []
        failure.environment.workingDirectory = "/srv/app"
        failure.environment.command = command
        if !printed.isEmpty {
            failure.events.append(
                Event(
                    id: failure.events.count + 1, kind: .log, phase: .failing, start: 1, summary: printed,
                    detail: ["text": .string(printed)]))
        }
        return failure
    }

    private func text(_ condition: Condition, _ bytes: [UInt8]) -> String? {
        guard case .file(_, let edit?) = condition.change else { return nil }
        return TextEdit.applied([edit], to: bytes).map { String(decoding: $0, as: UTF8.self) }
    }

    @Test func `a file that was not there is put there, and nothing that stands here is`() throws {
        let message = "[Errno 2] No such file or directory: '/srv/app/shop.json'"
        let failure = command("FileNotFoundError", message, ["load.py", "shop.json"])
        let found = WholeTextConditions.find(Subject(failure, host: machine(["/srv/app/load.py": ""])))
        let only = try #require(found.first)
        #expect(found.count == 1 && only.kind == .file && only.stage == .suspect)
        #expect(only.recorded == "the file shop.json was not there" && only.changed == "there, with {}")
        #expect(text(only, []) == "{}" && only.isApplicable(to: failure))
        let here = machine(["/srv/app/load.py": "", "/srv/app/shop.json": "{}"])
        #expect(WholeTextConditions.find(Subject(failure, host: here)).isEmpty)
    }

    @Test func `where a setting is missed the settings that were not there are, with it`() throws {
        let message = "No 'home' key found in configuration."
        let failure = command("CommandError", message, ["bin/shop", "-c", "nothing.ini", "up", "sites/today"])
        let found = WholeTextConditions.find(
            Subject(failure, host: machine(["/srv/app/a": "", "/srv/app/sites/b": ""])))
        #expect(found.map(\.recorded) == ["the file nothing.ini was not there"])
        #expect(found.first.flatMap { text($0, []) } == "[shop]\nhome = 1")
    }

    @Test func `an archive that is none becomes an empty one, and no script is emptied`() throws {
        var failure = command("tarfile.ReadError", "not a gzip file", ["/srv/bin/pack", "a.tar.gz"])
        failure.environment.files = ["/srv/bin/pack", "/srv/app/a.tar.gz"].map { .init(path: $0, sha256: "", size: 9) }
        failure.keptFiles = [
            .init(path: "/srv/bin/pack", time: 0, bytes: Array("#!/bin/sh".utf8)),
            .init(path: "/srv/app/a.tar.gz", time: 0, bytes: Array("not at all".utf8)),
        ]
        let found = WholeTextConditions.find(Subject(failure, host: machine([:])))
        #expect(found.map(\.recorded) == ["the file a.tar.gz held what it held"])
        #expect(found.first?.changed == "an empty archive")
    }

    @Test func `bytes that are no UTF-8 become the same text in it`() throws {
        var failure = command(
            "UnicodeDecodeError", "'utf-8' codec can't decode byte 0xe4 in position 1: invalid continuation byte",
            ["load.py"])
        failure.environment.files = [.init(path: "/srv/app/docs/a.md", sha256: "", size: 5)]
        failure.keptFiles = [
            .init(path: "/srv/app/docs/a.md", time: 0, bytes: Array("S".utf8) + [0xE4] + Array("ge".utf8))
        ]
        let only = try #require(WholeTextConditions.find(Subject(failure, host: machine([:]))).first)
        #expect(only.recorded == "byte 2 of docs/a.md was 0xE4, which is no UTF-8")
        #expect(text(only, failure.keptFiles[0].bytes) == "S\u{E4}ge")
    }

    @Test func `whole characters are no stray bytes`() {
        #expect(WholeTextConditions.strayByte(in: Array("a\u{E4}\u{20AC}\u{1F600}".utf8)) == nil)
        #expect(WholeTextConditions.strayByte(in: [0x61, 0xE4]) == 1)
        #expect(WholeTextConditions.strayByte(in: [0xC0, 0x80]) == 0)
    }

    @Test func `a name that nobody knew becomes a host where the command would have dialled`() throws {
        var failure = command(
            "socket.gaierror", "[Errno -2] Name or service not known", ["get", "http://shop.invalid:8080/a"])
        failure.events = [
            Event(
                id: 1, kind: .call, phase: .failing, protocolName: "dns", peer: "10.0.0.53:53", start: 1,
                summary: "A shop.invalid", outcome: "dns:nxdomain", detail: ["name": "shop.invalid", "type": "A"])
        ]
        failure.environment.names = ["shop.invalid": []]
        let only = try #require(NameConditions.find(Subject(failure, host: machine([:]))).first)
        #expect(only.kind == .fault && only.recorded == "the name shop.invalid could not be resolved (nxdomain)")
        let changed = try #require(ChangedCase(failure, [only])).failure
        let server = try #require(changed.connections.last?.server)
        #expect(server.hasSuffix(":8080") && changed.environment.names["shop.invalid"] == [String(server.dropLast(5))])
        #expect(changed.events.isEmpty)
    }

    @Test func `a server that turns the program away lets it in`() throws {
        var failure = command("OperationalError", "password authentication failed", ["load.py"])
        failure.connections = [.tcp(1, .outbound, "10.0.0.1:5432", "startup", "no")]
        failure.connections[0].protocolName = "postgres"
        failure.events = [
            Event(
                id: 1, kind: .call, phase: .failing, protocolName: "postgres", peer: "10.0.0.1:5432", connection: 1,
                start: 1, summary: "startup shop", outcome: "sqlstate:28P01", detail: ["preamble": true])
        ]
        let only = try #require(FaultConditions.find(Subject(failure, host: machine([:]))).first)
        #expect(only.kind == .answer && only.recorded == "startup shop answered sqlstate:28P01")
        let changed = try #require(ChangedCase(failure, [only])).failure
        #expect(changed.events.isEmpty && changed.connections[0].segments.isEmpty)
    }

    @Test func `a certificate that was minded is a good one, and its own time is one to try`() throws {
        var failure = command("SSLError", "certificate verify failed: certificate has expired", ["load.py"])
        let day: Int64 = 86_400
        let now = failure.anchor.wallClock(at: failure.trigger.time) / 1_000_000_000
        failure.connections = [.tcp(1, .outbound, "10.0.0.1:443", "", "")]
        failure.connections[0].tls = .init(
            complaint: .init(
                fault: .expired,
                certificate: .init(pem: "", standing: .selfSigned, notBefore: now - 20 * day, notAfter: now - 10 * day))
        )
        failure.events = [
            Event(
                id: 1, kind: .transport, phase: .failing, peer: "10.0.0.1:443", connection: 1, start: 1,
                summary: "TLS handshake", outcome: "tls:expired")
        ]
        let subject = Subject(failure, host: machine([:]))
        let peer = try #require(FaultConditions.find(subject).first)
        #expect(peer.recorded.contains("its certificate expired") && peer.changed.hasPrefix("its certificate is good"))
        #expect(try #require(ChangedCase(failure, [peer])).failure.connections[0].tls?.complaint == nil)
        let time = try #require(TimingConditions.find(subject).first)
        #expect(time.kind == .time && time.stage == .suspect && time.change == .clock(-15 * day * 1_000_000_000))
    }

    @Test func `what an unknown port speaks is told by the library that dialled it`() throws {
        var failure = command(
            "redis.exceptions.ConnectionError", "Error 111 connecting to 10.0.0.1:49152.", ["load.py"])
        failure.events = [
            Event(
                id: 1, kind: .transport, phase: .failing, peer: "10.0.0.1:49152", start: 1, summary: "connect",
                outcome: "refused")
        ]
        let only = try #require(FaultConditions.find(Subject(failure, host: machine([:]))).first)
        guard case .reach(_, let spoken, _) = only.change else { return #expect(Bool(false)) }
        #expect(spoken == "redis")
    }

    @Test func `constants and codes of errors are no variables`() {
        let failure = command("SSLError", "[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed", ["load.py"])
        #expect(VariableConditions.find(Subject(failure, host: machine([:]))).isEmpty)
        let other = command("KeyError", "'SHOP_URL'", ["load.py"])
        let targets = VariableConditions.find(Subject(other, host: machine([:]))).map(\.target)
        #expect(Set(targets) == ["variable SHOP_URL"])
    }
}
