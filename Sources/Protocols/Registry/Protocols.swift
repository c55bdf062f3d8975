import ReenactDNS
import ReenactHTTP
import ReenactMemcached
import ReenactMySQL
import ReenactPostgres
import ReenactRaw
import ReenactRedis
import ReenactTimeline
import ReenactWire

/// Every protocol that Reenact speaks. To add one, add its folder and one line here.
public enum Protocols {
    /// In the order in which they are asked; the raw protocol, which recognises everything, is last.
    public static let all: [any WireProtocol.Type] = [
        HTTP.self, Postgres.self, MySQL.self, Redis.self, DNS.self, Memcached.self, Raw.self,
    ]

    /// The protocol of what is not understood: the last one, which takes any bytes for its own.
    public static var fallback: any WireProtocol.Type { all[all.count - 1] }

    /// The protocol with that name in events and cases.
    public static func named(_ name: String) -> (any WireProtocol.Type)? { all.first { $0.name == name } }

    /// The protocol whose the first bytes of a connection are.
    ///
    /// - Returns: nil while more bytes would tell; `fallback` where none of the others wants them.
    public static func recognize(
        client: ArraySlice<UInt8>, server: ArraySlice<UInt8>, port: Int?
    ) -> (any WireProtocol.Type)? {
        for candidate in all {
            switch candidate.recognize(client: client, server: server, port: port) {
            case .yes: return candidate
            case .unsure: return nil
            case .no: continue
            }
        }
        return fallback
    }
}
