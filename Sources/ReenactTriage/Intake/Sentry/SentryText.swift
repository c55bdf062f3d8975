import ReenactTimeline

/// An event or a transaction, read in one pass from its text: only what makes a case and a fingerprint becomes a value.
struct SentryText {
    /// The members that are read, with as much of them as is read; without exceptions.
    private(set) var members: [String: JSONValue] = [:]
    private(set) var exceptions: [SentryException] = []

    /// Members that stay whole.
    private static let whole: [StaticString] = [
        "logentry", "message", "transaction", "release", "timestamp", "event_id", "tags", "server_name", "breadcrumbs",
    ]
    private static let ofRequest: [StaticString] = ["url", "query_string", "method", "data", "headers"]
    private static let ofHeaders: [StaticString] = ["Content-Type"]
    private static let ofContexts: [StaticString] = ["trace", "runtime"]
    private static let ofTrace: [StaticString] = ["trace_id", "span_id", "parent_span_id"]
    private static let ofMechanism: [StaticString] = ["handled", "exception_id"]
    private static let ofSpan: [StaticString] = ["span_id"]

    var event: JSONValue { .object(members) }

    /// - Parameter payload: the text of one event or transaction.
    /// - Returns: nil where it is no object.
    init?(_ payload: ArraySlice<UInt8>, _ frames: inout SentryFrames) {
        frames.text = payload
        defer { frames.text = [] }
        let quick = payload.withUnsafeBufferPointer { Self.quickly($0, &frames) }
        guard let found = quick ?? SentryText(wholly: payload) else { return nil }
        self = found
    }

    /// The same from a whole tree, in several times as long: what `quickly` does not read ends here.
    init?(wholly payload: ArraySlice<UInt8>) {
        guard let value = JSONParser.parse(payload, skipping: SentryIntake.unread), let object = value.object else {
            return nil
        }
        members = object
        exceptions = value.list("exception").map(SentryException.init)
    }

    private static func quickly(_ bytes: UnsafeBufferPointer<UInt8>, _ frames: inout SentryFrames) -> SentryText? {
        do throws(JSONCursor.Damaged) {
            return try SentryText(bytes, &frames)
        } catch {
            return nil
        }
    }

    private init(_ bytes: UnsafeBufferPointer<UInt8>, _ frames: inout SentryFrames) throws(JSONCursor.Damaged) {
        var cursor = JSONCursor(bytes)
        guard cursor.enter(UInt8(ascii: "{")) else { throw JSONCursor.Damaged() }
        var isFirst = true
        while let place = try cursor.member(&isFirst) {
            if cursor.holds(place, "exception") {
                exceptions = try Self.exceptions(&cursor, &frames)
            } else if cursor.holds(place, "request") {
                members["request"] = try Self.part(&cursor, Self.ofRequest)
            } else if cursor.holds(place, "contexts") {
                members["contexts"] = try Self.part(&cursor, Self.ofContexts)
            } else if cursor.holds(place, "spans") {
                members["spans"] = try Self.spans(&cursor)
            } else if let name = Self.whole.first(where: { cursor.holds(place, $0) }) {
                members["\(name)"] =
                    cursor.next() == UInt8(ascii: "\"")
                    ? try cursor.scalar() : try cursor.value(skipping: SentryIntake.unread)
            } else {
                try cursor.pass()
            }
        }
        guard cursor.next() == nil else { throw JSONCursor.Damaged() }
    }

    /// An object's members of those names; what is no object stays whole.
    private static func part(
        _ cursor: inout JSONCursor, _ names: [StaticString]
    ) throws(JSONCursor.Damaged) -> JSONValue {
        guard cursor.enter(UInt8(ascii: "{")) else { return try cursor.value(skipping: SentryIntake.unread) }
        var part: [String: JSONValue] = [:]
        var isFirst = true
        while let place = try cursor.member(&isFirst) {
            guard let known = names.first(where: { cursor.holds(place, $0) }) else {
                try cursor.pass()
                continue
            }
            let name = "\(known)"
            if name == "headers" {
                part[name] = try self.part(&cursor, ofHeaders)
            } else if name == "trace" {
                part[name] = try self.part(&cursor, ofTrace)
            } else if cursor.next() == UInt8(ascii: "\"") {
                part[name] = try cursor.scalar()
            } else {
                part[name] = try cursor.value(skipping: SentryIntake.unread)
            }
        }
        return .object(part)
    }

    private static func spans(_ cursor: inout JSONCursor) throws(JSONCursor.Damaged) -> JSONValue {
        guard cursor.enter(UInt8(ascii: "[")) else { return try cursor.value(skipping: SentryIntake.unread) }
        var spans: [JSONValue] = []
        var isFirst = true
        while try cursor.element(&isFirst) { spans.append(try part(&cursor, ofSpan)) }
        return .array(spans)
    }

    private static func exceptions(
        _ cursor: inout JSONCursor, _ frames: inout SentryFrames
    ) throws(JSONCursor.Damaged) -> [SentryException] {
        if cursor.next() == UInt8(ascii: "n") {
            _ = try cursor.value()
            return []
        }
        if cursor.next() == UInt8(ascii: "[") { return try list(&cursor, &frames) }
        // One exception alone, and `values` of other kinds, are left to the tree.
        guard cursor.enter(UInt8(ascii: "{")) else { throw JSONCursor.Damaged() }
        var found: [SentryException]?
        var isFirst = true
        while let name = try cursor.member(&isFirst) {
            if cursor.holds(name, "values") {
                found = try list(&cursor, &frames)
            } else {
                try cursor.pass()
            }
        }
        guard let found else { throw JSONCursor.Damaged() }
        return found
    }

    private static func list(
        _ cursor: inout JSONCursor, _ frames: inout SentryFrames
    ) throws(JSONCursor.Damaged) -> [SentryException] {
        guard cursor.enter(UInt8(ascii: "[")) else { throw JSONCursor.Damaged() }
        var list: [SentryException] = []
        var isFirst = true
        while try cursor.element(&isFirst) { list.append(try exception(&cursor, &frames)) }
        return list
    }

    private static func exception(
        _ cursor: inout JSONCursor, _ frames: inout SentryFrames
    ) throws(JSONCursor.Damaged) -> SentryException {
        guard cursor.enter(UInt8(ascii: "{")) else { throw JSONCursor.Damaged() }
        var members: [String: JSONValue] = [:]
        var stack = SentryFrames.Stack()
        var isFirst = true
        while let name = try cursor.member(&isFirst) {
            if cursor.holds(name, "stacktrace") {
                stack = try self.stack(&cursor, &frames)
            } else if cursor.holds(name, "type") {
                members["type"] = try cursor.scalar()
            } else if cursor.holds(name, "value") {
                members["value"] = try cursor.scalar()
            } else if cursor.holds(name, "module") {
                members["module"] = try cursor.scalar()
            } else if cursor.holds(name, "mechanism") {
                members["mechanism"] = try part(&cursor, ofMechanism)
            } else {
                try cursor.pass()
            }
        }
        return SentryException(.object(members), stack)
    }

    private static func stack(
        _ cursor: inout JSONCursor, _ frames: inout SentryFrames
    ) throws(JSONCursor.Damaged) -> SentryFrames.Stack {
        var stack = SentryFrames.Stack()
        guard cursor.enter(UInt8(ascii: "{")) else {
            _ = try cursor.value(skipping: SentryIntake.unread)
            return stack
        }
        var isFirst = true
        while let name = try cursor.member(&isFirst) {
            if cursor.holds(name, "frames"), cursor.enter(UInt8(ascii: "[")) {
                stack = try frames.stack(&cursor)
            } else {
                try cursor.pass()
            }
        }
        return stack
    }
}
