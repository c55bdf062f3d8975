import ReenactTimeline
import ReenactWire

/// Memcached's text protocol with its meta commands; the binary one is read as raw bytes.
///
/// Source: https://github.com/memcached/memcached/blob/master/doc/protocol.txt
public enum Memcached: WireProtocol {
    public static let name = "memcached"

    /// A client speaks first, with a command that no other protocol's clients begin with.
    public static func recognize(client: ArraySlice<UInt8>, server: ArraySlice<UInt8>, port: Int?) -> Recognition {
        if client.isEmpty { return server.isEmpty ? .unsure : .no }
        let word = client.prefix { $0 != 32 && $0 != 13 && $0 != 10 }
        let text = String(decoding: word.prefix(16), as: UTF8.self)
        guard word.endIndex < client.endIndex else {
            return MemcachedCommand.beginnings.contains { $0.hasPrefix(text) } ? .unsure : .no
        }
        guard MemcachedCommand.beginnings.contains(text) else { return .no }
        guard let end = client.firstIndex(of: 10) else { return client.count < 2048 ? .unsure : .no }
        return MemcachedCommand(line: client[client.startIndex..<end]).isSound ? .yes : .no
    }

    public static func recorder() -> any ExchangeRecorder { MemcachedRecorder() }

    public static func stub() -> any StubSession { MemcachedStub() }

    /// Changes members of JSON in items.
    public static func edited(_ answer: [UInt8], detail: JSONValue, by edits: [AnswerEdit]) -> [UInt8]? {
        EmbeddedJSON.edited(answer, by: edits)
    }
}

extension ArraySlice<UInt8> {
    /// The words between spaces.
    var words: [ArraySlice<UInt8>] { split(separator: 32) }

    var text: String { String(decoding: self, as: UTF8.self) }
}
