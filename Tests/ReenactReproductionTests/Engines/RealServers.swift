import Glibc
import ReenactProtocols
import ReenactStubs
import ReenactTimeline
import ReenactWire
import Testing

@testable import ReenactReproduction
@testable import ReenactRunner

/// Real servers of this machine.
enum RealServers {
    static let catalog = EngineCatalog(
        ["redis", "postgres", "mysql"], host: .here, user: nil, path: getenv("PATH").map { String(cString: $0) } ?? "",
        cache: "/tmp/reenact-test-cache-\(getuid())")

    static func has(_ kind: Plan.Engine.Kind) -> Bool {
        catalog.engines.contains { $0.kind == kind && !$0.executable.isEmpty }
    }

    /// A fresh one, with nothing in it.
    static func start(_ kind: Plan.Engine.Kind) throws -> EngineServer {
        var engine = try #require(catalog.engines.first { $0.kind == kind })
        // The sandbox would show it elsewhere.
        if !engine.data.isEmpty {
            engine.data = try #require(catalog.replacements.first { $0.target == engine.data }).source
        }
        return EngineServer(engine, ownsData: false)
    }
}

/// A conversation with a real server, and the recording of it.
final class Tapes {
    private let server: EngineServer
    private let protocolName: String
    private var connections: [Connection] = []
    private var links: [any EngineLink] = []
    private var phases: [String: Event.Phase] = [:]
    private var time: Instant = 0
    private var events = 0

    init(_ server: EngineServer, protocolName: String) {
        self.server = server
        self.protocolName = protocolName
    }

    /// Opens a recorded connection.
    func open() throws -> Int {
        links.append(try server.connect())
        connections.append(
            Connection(
                id: links.count, direction: .outbound, transport: .tcp, server: "10.0.0.1:1",
                protocolName: protocolName,
                opened: time))
        return links.count - 1
    }

    /// Asks and records.
    @discardableResult
    func say(
        _ bytes: [UInt8], on connection: Int = 0, _ phase: Event.Phase = .failing,
        until isWhole: (ArraySlice<UInt8>) -> Bool
    ) throws -> [UInt8] {
        let heard = links[connection].ask(bytes, milliseconds: 5000, until: isWhole)
        let answer = try #require(heard)
        for (side, piece) in [(Side.client, bytes), (.server, answer)] {
            time += 1_000_000
            let offset = connections[connection].segments.filter { $0.side == side }.reduce(0) { $0 + $1.bytes.count }
            if side == .client { phases["\(connection + 1) \(offset)"] = phase }
            connections[connection].segments.append(.init(side: side, time: time, offset: offset, bytes: piece))
        }
        return answer
    }

    /// What was said, as a case has it.
    var failure: Case {
        var result = Case.sample()
        result.connections = connections
        result.events = []
        for connection in connections {
            for segment in connection.segments where segment.side == .client {
                result.events.append(
                    Event(
                        id: result.events.count + 1, kind: .call,
                        phase: phases["\(connection.id) \(segment.offset)"] ?? .startup, protocolName: protocolName,
                        peer: connection.server, connection: connection.id, start: segment.time, summary: "",
                        request: .init(offset: segment.offset, length: segment.bytes.count)))
            }
        }
        return result
    }

    /// The recorded peer, with a real server behind it.
    func peer(engine: EngineServer?) -> StubPeer {
        let events = failure.events
        let peer = StubPeer(
            server: "10.0.0.1:1", transport: .tcp, protocolType: Protocols.named(protocolName) ?? Protocols.fallback,
            tls: false, connections: connections
        ) { connection, offset in
            events.first { $0.connection == connection && $0.request?.offset == offset }.map { ($0.id, $0.phase) }
        }
        peer.shelf.engine = engine
        peer.shelf.phase = .failing
        return peer
    }
}

/// A live program's connection to a stub.
struct Live {
    let shelf: Shelf
    private var session: any StubSession
    /// Every meeting, as the judge would hear of it.
    final class Notes {
        var met: [Shelf.Encounter] = []
        var news: [String] = []
    }
    let notes = Notes()

    init(_ peer: StubPeer) {
        shelf = peer.shelf
        session = peer.protocolType.stub()
        shelf.onEncounter = { [notes] in notes.met.append($0) }
        shelf.onEngineNews = { [notes] in notes.news.append($0) }
        _ = session.opened(shelf)
    }

    mutating func send(_ bytes: [UInt8]) -> [UInt8] {
        session.received(bytes[...], shelf).flatMap { (action) -> [UInt8] in
            if case .send(let bytes, _) = action { return bytes }
            return []
        }
    }

    mutating func close() { _ = session.clientClosed(shelf) }

    /// How the last question was answered.
    var last: Shelf.Encounter? { notes.met.last }
    var wasAnsweredByEngine: Bool { last?.relaxations.contains { $0.hasPrefix("answered by a real ") } ?? false }
}
