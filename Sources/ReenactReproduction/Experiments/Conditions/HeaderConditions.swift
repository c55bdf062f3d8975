import ReenactHTTP
import ReenactTimeline
import ReenactWire

/// Header fields of an answer that the failing code names, or whose value it complains of, or that were not there.
enum HeaderConditions {
    /// How the message is framed is no business of the program's.
    private static let framing: Set<String> = [
        "content-length", "transfer-encoding", "connection", "keep-alive", "trailer", "content-encoding", "upgrade",
        "date", "server",
    ]
    /// Names that are looked for in the failing code though the answer does not have them.
    private static let usual = [
        "Content-Type", "Location", "Link", "Retry-After", "ETag", "Last-Modified", "Content-Disposition",
        "Content-Range", "WWW-Authenticate", "Set-Cookie", "Expires",
    ]

    static func find(
        _ event: Event, _ message: HTTPMessage, _ healthy: [HealthyAnswer.Found], _ subject: Subject
    )
        -> [Condition]
    {
        let goods = healthy.compactMap { found in
            HTTPMessage(found.bytes, side: .server).map { (message: $0, place: found.place) }
        }
        let good = goods.first ?? neighbour(event, subject)
        var found = repeated(event, message, subject)
        for field in message.fields.prefix(60) where !framing.contains(field.name.lowercased()) {
            let isSaid = subject.says(field.value) || says(field.value, subject)
            let isNamed = isNamed(field.name, subject)
            let other = good?.message[field.name].flatMap { $0 == field.value ? nil : $0 }
            guard isSaid || isNamed || other != nil && subject.isEvidence(event) else { continue }
            let plain = plain(field.name, event, message)
            var forms: [(String?, String)] = []
            if let other, let good { forms.append((other, " (as in \(good.place))")) }
            if plain != field.value { forms.append((plain, "")) }
            forms.append((nil, ""))
            for (index, form) in forms.enumerated() {
                let stage: Condition.Stage = index == 0 && (isSaid || isNamed) ? .suspect : .remote
                found.append(
                    condition(
                        event, field.name, "\(field.name) of \(event.summary) was \(told(field.value))", form.0,
                        form.1, stage))
            }
        }
        // The nearest of them may lack it as this one does.
        let others = goods.isEmpty ? [good].compactMap(\.self) : goods
        for name in missing(message, others.map(\.message), subject) {
            let source = others.first { $0.message[name] != nil }
            let value = source?.message[name] ?? plain(name, event, message)
            let note = source.map { " (as in \($0.place))" } ?? ""
            var one = condition(event, name, "\(event.summary) had no field \(name)", value, note, .suspect)
            if subject.isTold(place: name) { one.score = Likelihood.told }
            found.append(one)
        }
        return found + absent(event, message, others, found)
    }

    /// Another answer of the same peer that the program got on with.
    private static func neighbour(_ event: Event, _ subject: Subject) -> (message: HTTPMessage, place: String)? {
        for other in subject.calls
        where other.id != event.id && other.peer == event.peer && other.outcome.rawValue.hasPrefix("http:2") {
            guard let range = other.response, let connection = other.connection.flatMap(subject.failure.connection),
                let message = HTTPMessage(connection.bytes(range, from: .server), side: .server)
            else { continue }
            return (message, "event \(other.id)")
        }
        return nil
    }

    /// Fields that may stand there several times.
    private static let lists: Set<String> = [
        "set-cookie", "vary", "link", "via", "cache-control", "warning", "www-authenticate", "allow", "accept-ranges",
        "content-security-policy", "strict-transport-security", "pragma", "p3p", "server-timing",
    ]

    /// A field that came several times comes once.
    private static func repeated(_ event: Event, _ message: HTTPMessage, _ subject: Subject) -> [Condition] {
        var counts: [String: Int] = [:]
        for field in message.fields { counts[field.name.lowercased(), default: 0] += 1 }
        return message.fields.filter { field in
            let name = field.name.lowercased()
            defer { counts[name] = 0 }
            return !framing.contains(name) && !lists.contains(name) && counts[name, default: 0] > 1
        }.map { field in
            let values = message.fields.filter { $0.name.lowercased() == field.name.lowercased() }.map(\.value)
            let isSaid = subject.look.message.contains(values.joined(separator: ", "))
            var one = condition(
                event, field.name,
                "\(field.name) of \(event.summary) was there \(values.count == 2 ? "twice" : "\(values.count) times")"
                    + " (\(values.prefix(3).map(told).joined(separator: ", ")))",
                field.value, ", once", .suspect)
            one.score = isSaid ? Likelihood.strong + 1 : Likelihood.strong - 1
            return one
        }
    }

    /// Fields that an answer like this one had, though nothing of the failing code that is seen here names them.
    private static func absent(
        _ event: Event, _ message: HTTPMessage, _ goods: [(message: HTTPMessage, place: String)],
        _ known: [Condition]
    ) -> [Condition] {
        var targets = Set(known.map(\.target))
        let fields = goods.flatMap { good in good.message.fields.map { (field: $0, place: good.place) } }
        return fields.filter { field, _ in
            let name = field.name.lowercased()
            return message[field.name] == nil && !framing.contains(name) && !unheeded.contains(name)
                && targets.insert("event \(event.id) header \(name)").inserted
        }.prefix(absentMax).map { field, place in
            condition(
                event, field.name, "\(event.summary) had no field \(field.name)", field.value,
                " (as in \(place))", .possible)
        }
    }

    private static let absentMax = 4
    /// Fields without which programs seldom fail.
    private static let unheeded: Set<String> = [
        "set-cookie", "vary", "cache-control", "age", "x-request-id", "x-powered-by", "accept-ranges", "etag",
        "expires",
        "last-modified", "via", "alt-svc", "pragma",
    ]

    private static func condition(
        _ event: Event, _ name: String, _ recorded: String, _ value: String?, _ note: String, _ stage: Condition.Stage
    ) -> Condition {
        Condition(
            .field, recorded: recorded, changed: (value.map(told) ?? "left out") + note, event: event.id,
            target: "event \(event.id) header \(name.lowercased())", stage: stage,
            change: .edit(event: event.id, .header(name, value)))
    }

    /// Fields that the failing code asks for and the answer has not.
    private static func missing(_ message: HTTPMessage, _ goods: [HTTPMessage], _ subject: Subject) -> [String] {
        var names = usual + goods.flatMap { $0.fields.map(\.name) }
        if let wanted = HTTPConditions.wantedKey(subject), isAsked(wanted, subject),
            !names.contains(where: { $0.lowercased() == wanted.lowercased() })
        {
            names.insert(wanted, at: 0)
        }
        var seen: Set<String> = []
        return names.filter { name in
            message[name] == nil && !framing.contains(name.lowercased()) && seen.insert(name.lowercased()).inserted
                && isNamed(name, subject)
        }
    }

    /// The failing line reads it of something that is called headers.
    private static func isAsked(_ name: String, _ subject: Subject) -> Bool {
        subject.look.frames.prefix(3).contains { frame in
            let source = frame.source.lowercased()
            return source.contains("header") && source.contains(name.lowercased())
        }
    }

    /// `headers['Retry-After']`, `headers.get("retry-after")`, `response.content_type`, `response.links`.
    private static func isNamed(_ name: String, _ subject: Subject) -> Bool {
        let name = name.lowercased()
        let words = subject.text.lowercased()
        if words.contains("'\(name)'") || words.contains("\"\(name)\"") || words.contains("`\(name)`") { return true }
        // What a client keeps of `X-Total` it calls so: `self._total`.
        if name.hasPrefix("x-"), name.count >= 6 {
            let bare = name.dropFirst(2).replacing("-", with: "_")
            if ["._\(bare)", ".\(bare)"].contains(where: { isWord($0, in: words) }) { return true }
        }
        if name.contains("-") {
            return words.contains(".\(name.replacing("-", with: "_"))")
                || words.contains(name.replacing("-", with: " "))
                || name == "content-type" && (words.contains("mimetype") || words.contains("contenttype"))
        }
        return name == "link" && words.contains(".links")
    }

    /// It stands there, and no longer name does.
    private static func isWord(_ name: String, in words: String) -> Bool {
        words.ranges(of: name).contains { range in
            words[range.upperBound...].first.map { !$0.isLetter && !$0.isNumber && $0 != "_" } ?? true
        }
    }

    private static func says(_ value: String, _ subject: Subject) -> Bool {
        let first = value.prefix { $0 != ";" }
        // Of an address the message may quote but the host: `'.example.com', label empty or too long`.
        if let scheme = value.firstRange(of: "://") {
            let host = value[scheme.upperBound...].prefix { !"/?#:".contains($0) }
            if host.count >= 4, subject.look.message.contains("'\(host)'") { return true }
        }
        return first.count >= 6 && subject.look.message.contains(first)
    }

    private static func told(_ value: String) -> String { StandIn.told(.string(value)) }

    /// A value as such a field usually has.
    private static func plain(_ name: String, _ event: Event, _ message: HTTPMessage) -> String {
        let name = name.lowercased()
        let target = event.detail["target"]?.string ?? "/"
        let host = event.detail["host"]?.string ?? "localhost"
        switch name {
        case "content-type":
            return message.json != nil ? "application/json" : "text/html; charset=utf-8"
        case "location": return target.prefix { $0 != "?" } + "/1"
        case "link": return "<http://\(host)\(target)>; rel=\"next\", <http://\(host)\(target)>; rel=\"last\""
        case "last-modified", "expires": return "Thu, 01 Jan 2026 00:00:00 GMT"
        case "etag": return "\"1\""
        case "content-disposition": return "attachment; filename=\"text.txt\""
        case "content-range": return "bytes 0-\(max(0, message.body.count - 1))/\(message.body.count)"
        case "set-cookie": return "session=1; Path=/"
        default: return "1"
        }
    }
}
