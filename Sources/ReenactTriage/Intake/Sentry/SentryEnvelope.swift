import ReenactTimeline

/// An envelope as Sentry's SDKs put it on the wire.
///
/// A header line of JSON, then items: a header line of JSON and a payload of `length` bytes, or up to the next newline.
/// Source: https://develop.sentry.dev/sdk/data-model/envelopes/
public struct SentryEnvelope: Sendable {
    public struct Item: Sendable {
        public var type: String
        public var header: JSONValue
        public var payload: ArraySlice<UInt8>
    }

    /// Why it can't be read.
    public struct Malformed: Error, Sendable, Equatable, CustomStringConvertible {
        public var description: String
    }

    public var header: JSONValue
    public var items: [Item] = []

    /// Relay's own limits: larger items are dropped whole.
    static let payloadMax = 16 << 20
    static let itemsMax = 1000
    static let headerMax = 1 << 20

    /// Reads one envelope.
    public init(_ bytes: ArraySlice<UInt8>) throws(Malformed) {
        var rest = bytes
        // `/store/` takes an event alone; people keep those in files as well.
        if let event = Self.bareEvent(bytes) {
            header = event
            items = [Item(type: "event", header: .null, payload: rest)]
            return
        }
        guard let line = Self.line(&rest), let value = JSONParser.parse(line), value.object != nil else {
            throw Malformed(description: "the envelope's header is no line of JSON")
        }
        header = value
        while let start = rest.firstIndex(where: { $0 != 0x0A && $0 != 0x0D }) {
            rest = rest[start...]
            guard items.count < Self.itemsMax else {
                throw Malformed(description: "it has more than \(Self.itemsMax) items")
            }
            let number = items.count + 1
            guard let line = Self.line(&rest), let itemHeader = JSONParser.parse(line), itemHeader.object != nil else {
                throw Malformed(description: "the header of item \(number) is no line of JSON")
            }
            let payload: ArraySlice<UInt8>
            if itemHeader["length"] != nil, itemHeader["length"] != .null {
                guard let length = itemHeader["length"]?.integer.flatMap({ Int(exactly: $0) }), length >= 0 else {
                    throw Malformed(description: "the length of item \(number) is no size")
                }
                guard length <= rest.count else {
                    throw Malformed(description: "item \(number) ends after \(rest.count) of \(length) bytes")
                }
                payload = rest.prefix(length)
                rest = rest.dropFirst(length)
            } else {
                payload = Self.line(&rest) ?? []
            }
            items.append(Item(type: itemHeader["type"]?.string ?? "", header: itemHeader, payload: payload))
        }
    }

    /// The bytes up to the next newline, which is taken as well.
    private static func line(_ rest: inout ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
        guard !rest.isEmpty else { return nil }
        let end = rest.firstIndex(of: 0x0A) ?? rest.endIndex
        defer { rest = rest[(end < rest.endIndex ? end + 1 : end)...] }
        return rest[..<end]
    }

    private static func bareEvent(_ bytes: ArraySlice<UInt8>) -> JSONValue? {
        let first = bytes.prefix(headerMax).firstIndex(of: 0x0A) ?? bytes.endIndex
        // An envelope's header is short and has items behind it.
        guard first >= bytes.endIndex - 1 || JSONParser.parse(bytes[..<first]) == nil else { return nil }
        guard let value = JSONParser.parse(bytes), value["exception"] != nil || value["logentry"] != nil else {
            return nil
        }
        return value
    }
}
