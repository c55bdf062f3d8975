import ReenactLinux
import ReenactRunner
import ReenactTimeline

/// A case's outbound connections as the peers that stubs play.
enum PeerGroups {
    private struct Key: Hashable {
        var server: String
        var transport: Connection.Transport
    }

    /// One peer an address, in order of the first dial: a stub listens once, so what was dialled there in vain and what
    /// was spoken there is one peer.
    static func peers(of connections: [Connection]) -> [Plan.Peer] {
        var order: [Key] = []
        var groups: [Key: [Connection]] = [:]
        for connection in connections.sorted(by: { ($0.opened, $0.id) < ($1.opened, $1.id) })
        where connection.direction == .outbound {
            let key = Key(server: connection.server, transport: connection.transport)
            if groups[key] == nil { order.append(key) }
            groups[key, default: []].append(connection)
        }
        return order.map { key in
            let members = groups[key] ?? []
            return Plan.Peer(
                server: key.server, transport: key.transport, protocolName: protocolName(of: members),
                tls: members.contains { $0.tls != nil && $0.tls?.opaque == nil }, connections: members)
        }
    }

    /// The protocol that most connections spoke. One that was refused spoke none and is recorded as raw.
    private static func protocolName(of connections: [Connection]) -> String {
        var counts: [String: Int] = [:]
        for connection in connections where connection.protocolName != "raw" {
            counts[connection.protocolName, default: 0] += 1
        }
        return counts.max { ($0.value, $1.key) < ($1.value, $0.key) }?.key ?? "raw"
    }

    /// The addresses that the sandbox's loopback needs beyond 127.0.0.0/8 and ::1.
    static func addresses(of peers: [Plan.Peer], trigger: String) -> [String] {
        let servers = peers.filter { $0.transport == .tcp || $0.transport == .udp }.map(\.server) + [trigger]
        var seen: Set<String> = []
        return servers.compactMap { server in
            guard let address = SocketAddress(server), address.path == nil, !address.isLoopback, !address.isAny else {
                return nil
            }
            return seen.insert(address.host).inserted ? address.host : nil
        }
    }

    /// Directories that hold the sockets of Unix peers.
    static func socketDirectories(of peers: [Plan.Peer], trigger: String) -> [String] {
        (peers.map(\.server) + [trigger]).compactMap { server in
            guard server.hasPrefix("unix:/") else { return nil }
            return Paths.parent(String(server.dropFirst(5)))
        }
    }
}
