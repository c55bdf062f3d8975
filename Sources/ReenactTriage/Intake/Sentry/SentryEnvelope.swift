import Glibc
import ReenactTimeline

/// An envelope as Sentry's SDKs put it on the wire.
///
/// A header line of JSON, then items: a header line of JSON and a payload of `length` bytes, or up to the next newline.
/// Source: https://develop.sentry.dev/sdk/data-model/envelopes/
public struct SentryEnvelope: Sendable {
    public struct Item: Sendable {
        public var type: String
        public var payload: ArraySlice<UInt8>
    }

    /// Why it can't be read.
    public struct Malformed: Error, Sendable, Equatable, CustomStringConvertible {
        public var description: String
    }

    /// The event's identifier, where the header has it.
    public var name: String
    public var items: [Item] = []

    /// Relay's own limits: larger items are dropped whole.
    static let payloadMax = 16 << 20
    static let itemsMax = 1000

    /// Reads one envelope.
    public init(_ bytes: ArraySlice<UInt8>) throws(Malformed) {
        var rest = bytes
        let line = Self.line(&rest)
        let opening = line.flatMap(SentryHeader.init)
        // `/store/` takes an event alone; people keep those in files as well.
        if opening == nil || rest.isEmpty, let name = Self.bareEvent(bytes) {
            self.name = name
            items = [Item(type: "event", payload: bytes)]
            return
        }
        guard let opening else { throw Malformed(description: "the envelope's header is no line of JSON") }
        name = opening.name
        while let start = rest.firstIndex(where: { $0 != 0x0A && $0 != 0x0D }) {
            rest = rest[start...]
            guard items.count < Self.itemsMax else {
                throw Malformed(description: "it has more than \(Self.itemsMax) items")
            }
            let number = items.count + 1
            guard let line = Self.line(&rest), let header = SentryHeader(line) else {
                throw Malformed(description: "the header of item \(number) is no line of JSON")
            }
            let payload: ArraySlice<UInt8>
            if let length = header.length {
                guard length >= 0 else { throw Malformed(description: "the length of item \(number) is no size") }
                guard length <= rest.count else {
                    throw Malformed(description: "item \(number) ends after \(rest.count) of \(length) bytes")
                }
                payload = rest.prefix(length)
                rest = rest.dropFirst(length)
            } else {
                payload = Self.line(&rest) ?? []
            }
            items.append(Item(type: header.type ?? "", payload: payload))
        }
    }

    /// The bytes up to the next newline, which is taken as well.
    private static func line(_ rest: inout ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
        guard !rest.isEmpty else { return nil }
        let end = rest.newline
        defer { rest = rest[(end < rest.endIndex ? end + 1 : end)...] }
        return rest[..<end]
    }

    /// The identifier of an event that stands alone, also over several lines.
    private static func bareEvent(_ bytes: ArraySlice<UInt8>) -> String? {
        guard let value = JSONParser.parse(bytes), value["exception"] != nil || value["logentry"] != nil else {
            return nil
        }
        return value.text("event_id")
    }
}

extension ArraySlice<UInt8> {
    /// The place of the first newline, or the end.
    var newline: Int {
        withUnsafeBytes { bytes in
            guard let start = bytes.baseAddress, let found = memchr(start, 0x0A, bytes.count) else { return endIndex }
            return startIndex + (UnsafeRawPointer(found) - start)
        }
    }
}
