import ReenactTimeline
import ReenactWire

/// The Redis serialization protocol, RESP2 and RESP3.
///
/// Source: https://redis.io/docs/latest/develop/reference/protocol-spec/
public enum Redis: WireProtocol {
    public static let name = "redis"

    /// Commands that a person types without framing, and no other protocol's clients begin with.
    private static let inlineCommands = ["PING", "INFO", "MONITOR", "DBSIZE", "COMMAND"]

    /// A command is an array of bulk strings: `*2\r\n$3\r\n…`.
    public static func recognize(client: ArraySlice<UInt8>, server: ArraySlice<UInt8>, port: Int?) -> Recognition {
        guard let first = client.first else { return .unsure }
        // A server that speaks before it was asked anything is not Redis.
        if let spoken = server.first, !RESPType.isKnown(spoken) { return .no }
        guard first == RESPType.array else { return recognizeInline(client) }
        var position = client.startIndex + 1
        guard let count = number(client, &position) else { return client.count < 12 ? .unsure : .no }
        guard count.isValid, (1...1_048_576).contains(count.value) else { return .no }
        guard position < client.endIndex else { return .unsure }
        guard client[position] == RESPType.bulk else { return .no }
        position += 1
        guard let length = number(client, &position) else { return client.count < 24 ? .unsure : .no }
        return length.isValid && length.value >= 1 ? .yes : .no
    }

    /// The digits up to `\r\n`; nil while they are not whole.
    private static func number(
        _ bytes: ArraySlice<UInt8>, _ position: inout Int
    )
        -> (value: Int, isValid: Bool)?
    {
        var value = 0
        var digits = 0
        while position < bytes.endIndex, digits < 10 {
            let byte = bytes[position]
            if byte == 13 {
                guard position + 1 < bytes.endIndex else { return nil }
                let isValid = digits > 0 && bytes[position + 1] == 10
                position += 2
                return (value, isValid)
            }
            guard byte &- 48 < 10 else { return (0, false) }
            value = value * 10 + Int(byte - 48)
            digits += 1
            position += 1
        }
        return digits >= 10 ? (0, false) : nil
    }

    private static func recognizeInline(_ client: ArraySlice<UInt8>) -> Recognition {
        let word = client.prefix { ($0 | 32) &- 97 < 26 }
        let text = String(decoding: word, as: UTF8.self).uppercased()
        let rest = client[word.endIndex...]
        if rest.isEmpty { return inlineCommands.contains { $0.hasPrefix(text) } ? .unsure : .no }
        guard inlineCommands.contains(text) else { return .no }
        return rest.first == 13 || rest.first == 10 ? .yes : .no
    }

    public static func recorder() -> any ExchangeRecorder { RedisRecorder() }

    public static func stub() -> any StubSession { RedisStub() }
}
