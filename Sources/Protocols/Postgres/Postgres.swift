import ReenactTimeline
import ReenactWire

/// PostgreSQL's frontend/backend protocol, version 3.
///
/// Source: https://www.postgresql.org/docs/current/protocol.html
public enum Postgres: WireProtocol {
    public static let name = "postgres"

    /// A connection begins with a length and one of four codes.
    ///
    /// Source: https://www.postgresql.org/docs/current/protocol-message-formats.html
    public static func recognize(client: ArraySlice<UInt8>, server: ArraySlice<UInt8>, port: Int?) -> Recognition {
        var reader = ByteReader(client)
        guard let length = reader.int32(), let code = reader.int32() else {
            // Every opening message is shorter than 64 KiB, so its first two bytes are zero or nearly so.
            for (byte, bound) in zip(client, [0, 0]) where byte > bound { return .no }
            return .unsure
        }
        switch UInt32(bitPattern: code) {
        case StartupCode.ssl, StartupCode.gss: return length == 8 ? .yes : .no
        case StartupCode.cancel: return (16...272).contains(length) ? .yes : .no
        case let version where version >> 16 == 3 && version & 0xffff < 1000:
            return (9...Int32(StartupMessage.lengthMax)).contains(length) ? .yes : .no
        default: return .no
        }
    }

    public static func recorder() -> any ExchangeRecorder { PostgresRecorder() }

    public static func stub() -> any StubSession { PostgresStub() }
}
