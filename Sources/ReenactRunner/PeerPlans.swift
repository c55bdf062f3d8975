import ReenactDNS
import ReenactLinux
import ReenactProtocols
import ReenactStubs
import ReenactTimeline
import ReenactWire

/// The plan's recorded peers as stubs.
enum PeerPlans {
    private struct Place: Hashable {
        var connection: Int
        var offset: Int
    }

    /// A stub for each peer; the second half of the result names peers of a protocol that is not spoken here.
    static func stubs(for plan: Plan) -> (peers: [StubPeer], troubles: [String]) {
        var places: [Place: Plan.EventPlace] = [:]
        for place in plan.events {
            places[Place(connection: place.connection, offset: place.requestOffset)] = place
        }
        var troubles: [String] = []
        let peers = plan.peers.map { peer in
            let type = Protocols.named(peer.protocolName)
            if type == nil { troubles.append("\(peer.server): the protocol \(peer.protocolName) is not known") }
            let stub = StubPeer(
                server: peer.server, transport: peer.transport, protocolType: type ?? Protocols.fallback, tls: peer.tls,
                connections: peer.connections
            ) { connection, offset in
                places[Place(connection: connection, offset: offset)].map { ($0.event, $0.phase) }
            }
            stub.otherwise = peer.otherwise.flatMap(Base64.decode)
            return stub
        }
        return (peers + (plan.ownsSandbox ? nameServers(besides: plan.peers) : []), troubles)
    }

    /// The sandbox's own name server, where no recorded one stands in its place.
    private static func nameServers(besides recorded: [Plan.Peer]) -> [StubPeer] {
        [Connection.Transport.udp, .tcp].compactMap { transport in
            guard !recorded.contains(where: { $0.server == nameServer && $0.transport == transport }) else {
                return nil
            }
            return StubPeer(
                server: nameServer, transport: transport, protocolType: DNS.self, tls: false, connections: []
            ) { _, _ in nil }
        }
    }

    private static let nameServer = "127.0.0.1:53"

    /// Hosts of the recorded name servers that the program's resolver asked, in the order of its first questions.
    static func nameServers(of plan: Plan) -> [String] {
        plan.peers.filter { $0.transport == .udp && $0.protocolName == DNS.name }.compactMap { peer in
            SocketAddress(peer.server).flatMap { $0.port == 53 ? $0.host : nil }
        }
    }

    /// The plan's addresses without those that no program ever reached: dialled, they must stay unreachable.
    static func addresses(of plan: Plan, peers: [StubPeer]) -> [String] {
        let hosts = Dictionary(grouping: peers) { SocketAddress($0.server)?.host ?? "" }
        return plan.addresses.filter { address in
            guard let here = hosts[address], !here.isEmpty else { return true }
            return !here.allSatisfy(\.isUnreachable)
        }
    }
}

extension StubLatency {
    init(_ latency: Plan.Latency) {
        switch latency {
        case .exact: self = .exact
        case .scaled: self = .scaled
        case .none: self = .none
        }
    }
}
