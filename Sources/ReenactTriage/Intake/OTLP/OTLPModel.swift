import ReenactTimeline

/// A span as OpenTelemetry exports it, whichever encoding it came in.
struct OTLPSpan: Sendable {
    var trace = ""
    var span = ""
    var parent = ""
    var name = ""
    /// 1 internal, 2 server, 3 client, 4 producer, 5 consumer.
    var kind = 0
    var start: UInt64 = 0
    var end: UInt64 = 0
    var attributes: [String: JSONValue] = [:]
    /// 2 is an error.
    var status = 0
    var statusMessage = ""
    var events: [OTLPEvent] = []
    var service = ""

    /// The first of these attributes as text: names changed between versions of the conventions.
    func text(_ names: String...) -> String {
        for name in names {
            if let text = attributes[name]?.scalarText, !text.isEmpty { return text }
        }
        return ""
    }
}

struct OTLPEvent: Sendable {
    var name = ""
    var time: UInt64 = 0
    var attributes: [String: JSONValue] = [:]
}

struct OTLPLog: Sendable {
    var trace = ""
    var span = ""
    var time: UInt64 = 0
    var severity = 0
    var body = ""
    var eventName = ""
    var attributes: [String: JSONValue] = [:]
    var service = ""
}

/// What export requests held.
struct OTLPData: Sendable {
    var spans: [OTLPSpan] = []
    var logs: [OTLPLog] = []

    /// A file with more than this is no export of one program.
    static let recordsMax = 2_000_000
}
