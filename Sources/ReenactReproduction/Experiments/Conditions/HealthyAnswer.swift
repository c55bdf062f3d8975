import ReenactHTTP
import ReenactTimeline
import ReenactWire

/// What a peer answered when it was well: good answers of the same endpoint, in this case and in others.
enum HealthyAnswer {
    struct Found: Sendable, Equatable {
        var bytes: [UInt8]
        /// `event 3 of 20261121-081502-4f2a`.
        var place: String
        var detail: JSONValue
    }

    /// Successes over HTTP of the same endpoint, this case's own first, the nearest query first.
    static func http(_ event: Event, _ subject: Subject, limit: Int = 3) -> [Found] {
        find(event, subject, limit: limit, isSame: { endpoint($0) == endpoint(event) }) {
            $0.outcome.rawValue.hasPrefix("http:2")
        }
    }

    /// Other pages of the same peer that the program got on with, of the same type.
    static func pages(_ event: Event, _ subject: Subject) -> [Found] {
        func type(_ event: Event) -> Substring? {
            event.detail["responseBody"]?["contentType"]?.string?.lowercased().prefix { $0 != ";" }
        }
        guard let own = type(event) else { return [] }
        return find(event, subject, limit: 1, isSame: { $0.peer == event.peer && type($0) == own }) {
            $0.outcome.rawValue.hasPrefix("http:2") && $0.phase != .failing
        }
    }

    /// Good answers to the same statement, whatever its values: also where a driver writes them into the text.
    static func sql(_ event: Event, _ subject: Subject, limit: Int = 3, _ isGood: (Event) -> Bool) -> [Found] {
        guard let sql = event.detail["sql"]?.string else { return [] }
        let same = find(event, subject, limit: limit, isSame: { $0.detail["sql"]?.string == sql }, isGood: isGood)
        guard same.isEmpty, sql.utf8.count < textMax else { return same }
        let form = StatementForm.of(sql)
        return find(
            event, subject, limit: limit,
            isSame: { other in
                guard let text = other.detail["sql"]?.string, text.utf8.count < textMax, text.first == sql.first else {
                    return false
                }
                return StatementForm.of(text) == form
            }, isGood: isGood)
    }

    private static let textMax = 20_000

    /// Good replies to the same command on a key of the same form.
    static func redis(_ event: Event, _ subject: Subject, limit: Int = 2) -> [Found] {
        let pattern = keyPattern(event)
        // The same once more is no other form.
        let isGood: (Event) -> Bool = { $0.detail["reply"].map { $0 != .null && $0 != event.detail["reply"] } ?? false }
        let found = find(event, subject, limit: limit, isSame: { keyPattern($0) == pattern }, isGood: isGood)
        // What says of a key what it is says so of others, too.
        guard found.isEmpty, let command = event.detail["command"]?.string, ["TYPE", "OBJECT"].contains(command) else {
            return found
        }
        return find(event, subject, limit: 2, isSame: { $0.detail["command"]?.string == command }, isGood: isGood)
    }

    /// A good document among replies to the same command on a key of the same form: the one that has most in common with
    /// this one, the latest of equals.
    static func redisDocument(
        _ event: Event, like document: JSONValue, _ subject: Subject
    ) -> (json: JSONValue, place: String)? {
        let own = Set(DocumentConditions.leaves(of: document).map { Shared(path: $0.path, value: $0.value) })
        let read = redis(event, subject, limit: 8).compactMap { found in
            found.detail["reply"]?.string.flatMap { JSONParser.parse($0) }.map { (json: $0, place: found.place) }
        }
        let documents = read.isEmpty ? written(like: event, subject) : read
        let likes = documents.map { other in
            DocumentConditions.leaves(of: other.json).count { own.contains(Shared(path: $0.path, value: $0.value)) }
        }
        guard let most = likes.max() else { return nil }
        return zip(documents, likes).first { $0.1 == most }?.0
    }

    /// Documents that the program itself put under keys of the same form: what nobody has read yet, it would have read so.
    private static func written(like event: Event, _ subject: Subject) -> [(json: JSONValue, place: String)] {
        guard event.detail["command"]?.string == "GET" else { return [] }
        let pattern = keyPattern(event).dropFirst("GET ".count)
        let commands = ["SET", "SETEX", "PSETEX", "SETNX", "GETSET"]
        let writes = find(event, subject, limit: 8) { other in
            commands.contains { keyPattern(other) == "\($0) \(pattern)" }
        } isGood: {
            !$0.outcome.rawValue.hasPrefix("redis:error")
        }
        return writes.compactMap { found in
            (found.detail["args"]?.array ?? []).dropFirst().lazy.compactMap(\.string)
                .first { $0.hasPrefix("{") || $0.hasPrefix("[") }.flatMap { JSONParser.parse($0) }
                .map { (json: $0, place: found.place) }
        }
    }

    private struct Shared: Hashable {
        var path: [AnswerEdit.Step]
        var value: JSONValue
    }

    private static func find(
        _ event: Event, _ subject: Subject, limit: Int, isSame: (Event) -> Bool, isGood: (Event) -> Bool
    ) -> [Found] {
        var found: [Found] = []
        for source in subject.sources {
            for other in source.events.reversed()
            where (other.kind == .call || other.kind == .statement) && other.protocolName == event.protocolName
                && (source.id != subject.failure.id || other.id != event.id) && isSame(other) && isGood(other)
            {
                var bytes: [UInt8] = []
                if let range = other.response, let connection = other.connection.flatMap(source.connection) {
                    bytes = connection.bytes(range, from: .server)
                    guard bytes.count == range.length else { continue }
                }
                found.append(
                    Found(bytes: bytes, place: "event \(other.id) of \(source.id)", detail: other.detail))
                if found.count == limit { return found }
            }
        }
        return found
    }

    static func endpoint(_ event: Event) -> [String] {
        let target = event.detail["target"]?.string ?? ""
        return [event.detail["method"]?.string ?? "", event.detail["host"]?.string ?? ""]
            + target.prefix { $0 != "?" }.split(separator: "/").map {
                $0.contains(where: \.isNumber) ? "*" : String($0)
            }
    }

    /// `GET session:*`, `GET task-meta-*`: parts with digits stand for any, and so do several of them in a row, as random
    /// names have them.
    private static func keyPattern(_ event: Event) -> String {
        let command = event.detail["command"]?.string ?? ""
        let key = event.detail["args"]?[0]?.string ?? ""
        var pattern = ""
        var rest = key[...]
        while !rest.isEmpty {
            let part = rest.prefix { !separators.contains($0) }
            rest = rest.dropFirst(part.count)
            if part.contains(where: \.isNumber) {
                if pattern.hasSuffix("*-") { pattern.removeLast() } else { pattern += "*" }
            } else {
                pattern += part
            }
            if let separator = rest.popFirst() { pattern.append(separator) }
        }
        return "\(command) \(pattern)"
    }

    private static let separators: Set<Character> = [":", "-", "/", "|"]
}
