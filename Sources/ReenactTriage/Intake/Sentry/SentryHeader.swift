import ReenactTimeline

/// A header line of an envelope: the envelope's own, or an item's.
struct SentryHeader {
    /// What kind of item follows; nil where it is not said.
    var type: String?
    /// How long the item is; nil where it is not said, -1 where it is no size.
    var length: Int?
    /// The event's identifier.
    var name = ""
    /// It has what envelopes begin with.
    private(set) var isOpening = false
    /// It has what events consist of.
    private(set) var isEvent = false

    /// - Parameter line: without its newline.
    /// - Returns: nil where it is no JSON object.
    init?(_ line: ArraySlice<UInt8>) {
        guard line.first == UInt8(ascii: "{") || line.contains(UInt8(ascii: "{")) else { return nil }
        let quick: SentryHeader? = line.withUnsafeBufferPointer { bytes in
            do throws(JSONCursor.Damaged) { return try SentryHeader(bytes) } catch { return nil }
        }
        if let quick {
            self = quick
            return
        }
        guard let members = JSONParser.parse(line)?.object else { return nil }
        for (name, value) in members { take(name, value) }
    }

    private init(_ bytes: UnsafeBufferPointer<UInt8>) throws(JSONCursor.Damaged) {
        var cursor = JSONCursor(bytes)
        guard cursor.enter(UInt8(ascii: "{")) else { throw JSONCursor.Damaged() }
        var isFirst = true
        while let place = try cursor.member(&isFirst) {
            if cursor.holds(place, "type") {
                take("type", try cursor.scalar())
            } else if cursor.holds(place, "length") {
                take("length", try cursor.value())
            } else if cursor.holds(place, "event_id") {
                take("event_id", try cursor.scalar())
            } else {
                if cursor.holds(place, "dsn") || cursor.holds(place, "sent_at") || cursor.holds(place, "sdk") {
                    isOpening = true
                }
                if cursor.holds(place, "exception") || cursor.holds(place, "platform")
                    || cursor.holds(place, "logentry")
                {
                    isEvent = true
                }
                try cursor.pass()
            }
        }
        guard cursor.next() == nil else { throw JSONCursor.Damaged() }
    }

    private mutating func take(_ member: String, _ value: JSONValue) {
        switch member {
        case "type": type = value.string
        case "length":
            length = value == .null ? nil : value.integer.flatMap { Int(exactly: $0) }.map { max($0, -1) } ?? -1
        case "event_id":
            name = value.scalarText
            isOpening = true
        case "dsn", "sent_at", "sdk": isOpening = true
        case "exception", "platform", "logentry": isEvent = true
        default: break
        }
    }
}
