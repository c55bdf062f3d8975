import FoundationEssentials

/// Bytes that are written to JSON as base64 text (RFC 4648) rather than as a list of numbers.
@propertyWrapper
public struct Base64Bytes: Codable, Sendable, Equatable {
    public var wrappedValue: [UInt8]

    public init(wrappedValue: [UInt8]) { self.wrappedValue = wrappedValue }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let data = Data(base64Encoded: try container.decode(String.self)) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "not base64")
        }
        wrappedValue = Array(data)
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(Base64.encode(wrappedValue))
    }
}

/// Base64 text (RFC 4648) and back.
public enum Base64 {
    /// The bytes as text.
    public static func encode(_ bytes: [UInt8]) -> String { Data(bytes).base64EncodedString() }

    /// The bytes that the text stands for; nil where it is not base64.
    public static func decode(_ text: String) -> [UInt8]? { Data(base64Encoded: text).map(Array.init) }
}
