import Glibc
import ReenactProtocols
import ReenactTimeline
import ReenactWire

/// A recorded peer, ready to be played: its address, its protocol and all that was recorded of it.
///
/// Used from the event loop's thread only, so it is not `Sendable`.
public final class StubPeer {
    /// As in `Connection.server`.
    public let server: String
    public let transport: Connection.Transport
    public let protocolType: any WireProtocol.Type
    /// True where the recorded peer spoke TLS.
    public let tls: Bool
    /// What was recorded of the peer. Reading long recordings takes time, so it is done when first needed, or when
    /// there is time: `StubServer.warmUp`.
    public private(set) lazy var shelf: Shelf = makeShelf()
    /// Hears of every encounter.
    var onEncounter: ((Shelf.Encounter) -> Void)?
    /// Shared by all peers of a program.
    var substitutions: Substitutions?
    private var phase: Event.Phase = .startup
    private var connections: [Connection]
    private let place: (_ connection: Int, _ requestOffset: Int) -> (id: Int, phase: Event.Phase)?
    private(set) var isRead = false
    /// What the peer answers to what nothing recorded answers; nil: nothing.
    public var otherwise: [UInt8]?
    /// For a name server: the names that it knows besides what was recorded of it.
    var names: [String: [String]]?
    /// How the recorded openings went, in order of time.
    var openings: OpeningScript
    /// True for a Unix socket whose file was never there when the program dialled it.
    let isAbsent: Bool
    /// Application protocols (ALPN) that the recorded peer agreed on.
    let applicationProtocols: [String]
    /// The certificate that the program was shown last, where there was something wrong with it.
    let certificate: PeerCertificate?

    /// - Parameters:
    ///   - place: gives, for a connection and the offset at which a request begins, the case's event and its phase.
    public init(
        server: String, transport: Connection.Transport, protocolType: any WireProtocol.Type, tls: Bool,
        connections: [Connection],
        place: @escaping (_ connection: Int, _ requestOffset: Int) -> (id: Int, phase: Event.Phase)?
    ) {
        self.server = server
        self.transport = transport
        self.protocolType = protocolType
        self.tls = tls
        let inOrder = connections.sorted { ($0.opened, $0.id) < ($1.opened, $1.id) }
        self.connections = inOrder
        self.place = place
        openings = OpeningScript(
            inOrder.map { .init(opening: $0.opening, phase: place($0.id, 0)?.phase ?? .ambiguous) })
        isAbsent =
            transport == .unix && !inOrder.isEmpty
            && inOrder.allSatisfy { $0.opening == .refused && $0.openingErrno == ENOENT }
        certificate = inOrder.last { $0.tls != nil && $0.tls?.opaque == nil }?.tls?.complaint?.certificate
        applicationProtocols = Set(connections.compactMap(\.tls?.applicationProtocol)).sorted()
    }

    private func makeShelf() -> Shelf {
        let recorded = connections.flatMap { connection in
            Tape.exchanges(of: connection, recorder: protocolType.recorder()) { offset in
                place(connection.id, offset) ?? (0, .ambiguous)
            }
        }
        // The recording's bytes live on in the exchanges.
        connections = []
        let shelf = Shelf(
            server: server,
            recorded: recorded.sorted {
                ($0.exchange.requestStart, $0.connection, $0.exchange.ordinal)
                    < ($1.exchange.requestStart, $1.connection, $1.exchange.ordinal)
            })
        shelf.phase = phase
        shelf.otherwise = otherwise
        shelf.onEncounter = { [weak self] in self?.onEncounter?($0) }
        if let substitutions { shelf.substitutions = substitutions }
        isRead = true
        return shelf
    }

    /// What the live program is doing now.
    func enter(_ phase: Event.Phase) {
        self.phase = phase
        if isRead { shelf.phase = phase }
        openings.enter(phase)
    }

    /// How much of the recording is used up.
    struct Mark {
        var shelf: Shelf.Mark?
        var openings: Int
    }

    var mark: Mark { Mark(shelf: isRead ? shelf.mark : nil, openings: openings.passed) }

    /// Uses up what was used up of another recording of the same peer.
    func use(_ mark: Mark) {
        if let used = mark.shelf { shelf.use(used) }
        openings.passed = mark.openings
    }

    /// Names the peer among those of a program.
    var key: String { "\(transport.rawValue) \(server)" }

    /// What a connection to the peer speaks, from the first byte on.
    func session() -> any StubSession {
        if let names { return NameSession(names: names, isStream: transport != .udp) }
        return protocolType.stub()
    }

    /// The peer's name or address without its port: what its certificate is for, where the client asks for no name.
    var host: String {
        guard let colon = server.lastIndex(of: ":"), transport != .unix else { return "localhost" }
        let host = server[..<colon]
        return host.hasPrefix("[") ? String(host.dropFirst().dropLast()) : String(host)
    }
}

extension StubPeer {
    /// True where no recorded dial ever found a way to the peer's address.
    public var isUnreachable: Bool { openings.isUnreachable }
}
