import Foundation
import ReenactRunner
import ReenactSandbox
import ReenactTimeline
import Testing

@testable import ReenactReproduction

struct PlannerTests {
    private func prepare(
        _ failure: Case = .sample(), _ options: ReproductionOptions = .init(), host: HostView = machine([:])
    ) throws -> Preparation {
        try Planner(failure: failure, options: options, host: host).prepare()
    }

    @Test func `peers are grouped by address and the ones refused are kept`() throws {
        let plan = try prepare().plan
        #expect(plan.peers.map(\.server) == ["10.1.2.3:80", "127.0.0.1:5432"])
        #expect(plan.peers.map(\.protocolName) == ["http", "raw"])
        #expect(plan.addresses == ["10.1.2.3"])
        #expect(plan.names == ["rates.example": ["10.1.2.3"]])
    }

    @Test func `an address dialled in vain and in earnest is one peer of the protocol spoken`() {
        var refused = Connection.tcp(1, .outbound, "10.0.0.1:80", "", "")
        refused.protocolName = "raw"
        let peers = PeerGroups.peers(of: [
            refused, .tcp(2, .outbound, "10.0.0.1:80", "x", "y"), .tcp(3, .inbound, "10.0.0.2:80", "x", "y"),
        ])
        #expect(peers.map(\.protocolName) == ["http"])
        #expect(peers[0].connections.map(\.id) == [1, 2])
    }

    @Test func `a tunnel's end is a peer by its name, and a socket's directory must be writable`() {
        var tunnel = Connection.tcp(1, .outbound, "api.example:443", "x", "y")
        tunnel.transport = .tunnel
        tunnel.tls = .init(serverName: "api.example")
        var local = Connection.tcp(2, .outbound, "unix:/srv/db/x.sock", "x", "y")
        local.transport = .unix
        let peers = PeerGroups.peers(of: [tunnel, local])
        #expect(peers.map(\.server) == ["api.example:443", "unix:/srv/db/x.sock"])
        #expect(peers.map(\.tls) == [true, false])
        #expect(PeerGroups.addresses(of: peers, trigger: "0.0.0.0:80").isEmpty)
        #expect(PeerGroups.socketDirectories(of: peers, trigger: "127.0.0.1:1") == ["/srv/db"])
    }

    @Test func `the clock starts a minute before the trigger, or with the recording for a command`() throws {
        var failure = Case.sample()
        #expect(try prepare(failure).plan.clock.atTrigger == 1_089_000_000_000)
        #expect(try prepare(failure).plan.clock.atStart == 1_029_000_000_000)
        failure.trigger.time = 5_000_000_000
        #expect(try prepare(failure).plan.clock.atStart == 1_000_000_000_000)
        failure.trigger = .init(kind: .command, summary: "serve", time: 3)
        let clock = try prepare(failure).plan.clock
        #expect(clock.atStart == 1_000_000_000_000 && clock.atTrigger == nil)
    }

    @Test func `the trigger is fired alone first, and behind the earlier requests when they are needed`() throws {
        let preparation = try prepare()
        #expect(preparation.plan.trigger.requests.map(\.event) == [3])
        let all = preparation.triggers.requests(withHistory: true)
        #expect(all.map(\.event) == [1, 3] && all.map(\.phase) == [.history, .failing])
        #expect(
            Base64.decode(all[1].base64).map { String(decoding: $0, as: UTF8.self) } == "GET /price HTTP/1.1\r\n\r\n")
    }

    @Test func `a message goes out on a connection that is upgraded first, behind the messages before it`() throws {
        var failure = Case.sample()
        let sent = ["GET /stream HTTP/1.1\r\n\r\n", "one", "two"]
        failure.connections[1] = .tcp(2, .inbound, "127.0.0.1:8000", sent.joined(), "HTTP/1.1 101 Go\r\n\r\n")
        let message: JSONValue = ["websocket": "127.0.0.1:8000"]
        var (upgrade, first, last) = (failure.events[2], failure.events[2], failure.events[2])
        (upgrade.id, upgrade.phase, upgrade.start) = (2, .history, 20)
        (first.id, first.phase, first.start, first.detail) = (3, .history, 30, message)
        (last.id, last.detail) = (5, message)
        upgrade.request = StreamRange(offset: 0, length: sent[0].utf8.count)
        first.request = StreamRange(offset: sent[0].utf8.count, length: 3)
        last.request = StreamRange(offset: sent[0].utf8.count + 3, length: 3)
        failure.events = [failure.events[0], upgrade, first, last]
        failure.trigger.event = 5
        let triggers = try prepare(failure).triggers
        #expect(triggers.requests(withHistory: true).map(\.event) == [1, 5])
        let failing = try #require(triggers.failing)
        #expect(failing.protocolName == "message")
        func text(_ base64: String) -> String { String(decoding: Base64.decode(base64) ?? [], as: UTF8.self) }
        #expect(text(failing.base64) == "two" && failing.opening?.map(text) == Array(sent.prefix(2)))
    }

    @Test func `a case without its trigger's bytes is refused with a reason`() {
        var failure = Case.sample()
        failure.connections[1].segments = []
        #expect(throws: ReproductionError.self) { try prepare(failure) }
    }

    @Test func `a trigger whose body was too large to be kept is refused, one that the client broke off is not`() throws
    {
        var failure = Case.sample()
        let text = "POST /price HTTP/1.1\r\nContent-Length: 900\r\n\r\nabc"
        failure.connections[1] = .tcp(2, .inbound, "127.0.0.1:8000", text, "HTTP/1.1 500 Oh\r\n\r\n")
        failure.events[2].request = StreamRange(offset: 0, length: text.utf8.count)
        failure.events[2].detail = ["requestHeaders": [["Content-Length", "900"]]]
        _ = try prepare(failure)
        failure.holes = [.init(kind: .truncated, what: "897 bytes were not kept", connection: 2)]
        let error = #expect(throws: ReproductionError.self) { try prepare(failure) }
        #expect(error.map { "\($0)".contains("897 bytes of the body") } == true)
    }

    @Test func `masked variables come from the key, else from this shell, else stay placeholders`() throws {
        var failure = Case.sample()
        failure.sealed = [.init(placeholder: "<masked:1234>", ciphertext: [1])]
        let plain = Array("secret-value!".utf8)
        let opened = try prepare(failure, .init(unseal: { _ in plain }))
        #expect(opened.plan.program.variables["TOKEN"] == "secret-value!")
        let request = opened.plan.peers[0].connections[0].segments[0].bytes
        #expect(String(decoding: request, as: UTF8.self).hasPrefix("GET /rate?key=secret-value! HTTP"))
        #expect(opened.notes.isEmpty)

        let shell = try prepare(failure, .init(processVariables: ["TOKEN": "mine"]))
        #expect(shell.plan.program.variables["TOKEN"] == "mine")
        #expect(shell.notes.contains { $0.contains("Taken from this shell") && $0.contains("TOKEN") })

        let placeholder = try prepare(failure)
        #expect(placeholder.plan.program.variables["TOKEN"] == "<masked:1234>")
        #expect(placeholder.notes.contains { $0.contains("--env NAME=VALUE") })

        let given = try prepare(failure, .init(variables: ["TOKEN": "given", "MORE": "x"]))
        #expect(given.plan.program.variables["TOKEN"] == "given" && given.plan.program.variables["MORE"] == "x")
    }

    @Test func `a placeholder across two segments is restored in place`() {
        let secrets = SecretText([.init(placeholder: "<masked:1234>", ciphertext: [])]) { _ in
            Array("secret-value!".utf8)
        }
        var connection = Connection.tcp(1, .outbound, "x", "a<mask", "")
        connection.segments.append(.init(side: .client, time: 3, offset: 6, bytes: Array("ed:1234>b".utf8)))
        let restored = secrets.restore(connection)
        #expect(restored.segments.map { String(decoding: $0.bytes, as: UTF8.self) } == ["asecre", "t-value!b"])
    }

    @Test func `root runs the program as the recorded user`() throws {
        #expect(try prepare(host: machine([:], uid: 0)).user == SandboxSpec.User(uid: 1001, gid: 1001))
        #expect(try prepare(host: machine([:], uid: 1000)).user == nil)
    }

    @Test func `databases are put where they were`() throws {
        var failure = Case.sample()
        failure.databases = [.init(path: "data/shop.db", time: 1, bytes: [1, 2])]
        let preparation = try prepare(failure)
        #expect(preparation.plan.files.map(\.path) == ["/srv/shop/data/shop.db"])
        #expect(preparation.files.first?.path == preparation.plan.files.first?.source)
        #expect(preparation.writable.contains("/srv/shop/data"))
        failure.changedFiles = [
            .init(path: "/var/lib/shop/state.json", time: 0, bytes: [3]),
            .init(path: ProcessInfo.processInfo.environment["HOME", default: "/root"] + "/.netrc", time: 0, bytes: [4]),
        ]
        let both = try prepare(failure)
        #expect(both.plan.files.map(\.path) == ["/srv/shop/data/shop.db", "/var/lib/shop/state.json"])
        #expect(both.files.contains { $0.bytes == [3] } && !both.files.contains { $0.bytes == [4] })
    }

    @Test func `files that the program read come from the case where this machine has none`() throws {
        var failure = Case.sample()
        failure.keptFiles = [
            .init(path: "/etc/shop/app.ini", time: 0, bytes: [1]),
            .init(path: "/etc/shop/here.ini", time: 0, bytes: [2]),
            .init(path: "/srv/shop/lib/new.json", time: 0, bytes: [3]),
        ]
        failure.environment.files = failure.keptFiles.map { .init(path: $0.path, sha256: "other", size: 1) }
        failure.environment.files.append(.init(path: "/data/large.bin", sha256: "x", size: 1 << 30))
        let preparation = try prepare(failure, host: machine(["/etc/shop/here.ini": "mended"]))
        #expect(preparation.plan.files.map(\.path) == ["/etc/shop/app.ini", "/srv/shop/lib/new.json"])
        #expect(!preparation.plan.files.contains { !$0.isOptional })
        #expect(preparation.files.contains { $0.bytes == [1] } && !preparation.files.contains { $0.bytes == [2] })
        #expect(preparation.writable.contains("/etc/shop"))
        let notes = preparation.notes.joined(separator: "\n")
        #expect(notes.contains("/etc/shop/here.ini is not as it was"))
        #expect(notes.contains("/data/large.bin, which the program read, is not here"))
    }

    @Test func `with TLS peers every bundle of authorities gets ours added`() throws {
        var failure = Case.sample()
        failure.connections[2].tls = .init(serverName: "rates.example")
        failure.environment.runtimePrefix = "/venv"
        failure.environment.variables["SSL_CERT_FILE"] = "/opt/ca.pem"
        let bundle = "-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----\n"
        let host = machine([
            "/etc/ssl/certs/ca-certificates.crt": bundle, "/opt/ca.pem": bundle,
            "/venv/lib/python3.11/site-packages/certifi/cacert.pem": bundle,
        ])
        let preparation = try prepare(failure, host: host)
        #expect(preparation.plan.authority?.bundlePath == TrustedAuthorities.bundlePath)
        #expect(
            preparation.files.map(\.path) == [
                TrustedAuthorities.bundlePath, "/etc/ssl/certs/ca-certificates.crt", "/opt/ca.pem",
                "/venv/lib/python3.11/site-packages/certifi/cacert.pem",
            ])
        for file in preparation.files {
            let text = String(decoding: file.bytes, as: UTF8.self)
            #expect(text.hasPrefix(bundle) && text.contains(preparation.plan.authority!.certificate))
        }
    }
}
