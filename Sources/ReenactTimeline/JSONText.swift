import FoundationEssentials

/// JSON text for Reenact's own values: sorted keys, so that equal values give equal bytes.
public enum JSONText {
    /// The value as one line of JSON.
    public static func encode(_ value: some Encodable, pretty: Bool = false) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting =
            pretty
            ? [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes] : [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(value), as: UTF8.self)
    }

    /// The value that the text holds.
    ///
    /// - Throws: `DecodingError` where the text is not JSON or not of that shape.
    public static func decode<Value: Decodable>(_ type: Value.Type, from text: some Sequence<UInt8>) throws -> Value {
        try JSONDecoder().decode(type, from: Data(text))
    }
}
