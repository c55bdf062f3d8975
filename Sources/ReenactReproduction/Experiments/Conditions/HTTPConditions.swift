import ReenactHTTP
import ReenactTimeline
import ReenactWire

/// What could have been otherwise in answers over HTTP: the whole of one that was no success, single members of others.
enum HTTPConditions {
    /// Members of one answer that are looked at.
    private static let membersMax = 24

    static func find(_ subject: Subject) -> [Condition] {
        subject.calls.filter { $0.protocolName == "http" && $0.kind == .call }.flatMap { event -> [Condition] in
            guard let method = event.detail["method"]?.string, method != "CONNECT" else { return [] }
            let healthy = HealthyAnswer.http(event, subject)
            guard event.response != nil, event.outcome.rawValue.hasPrefix("http:") else {
                return unanswered(event, healthy, subject)
            }
            return event.outcome.rawValue.hasPrefix("http:2")
                ? success(event, healthy, subject) : whole(event, healthy, subject)
        }
    }

    /// The whole answer, as it was given when the peer was well, else a plain one.
    private static func whole(
        _ event: Event, _ healthy: [HealthyAnswer.Found], _ subject: Subject
    ) -> [Condition] {
        let answers = forms(healthy, subject).enumerated().map { index, form in
            Condition(
                .answer, recorded: "\(event.summary) answered \(event.outcome.rawValue)", changed: form.text,
                event: event.id, target: "event \(event.id)", stage: index == 0 ? .suspect : .remote,
                change: .edit(event: event.id, .whole(form.bytes)))
        }
        guard let message = message(of: event, subject) else { return answers }
        // What the failing code reads of it is nearer than that it was no success.
        return HeaderConditions.find(event, message, healthy, subject) + answers
    }

    private static func message(of event: Event, _ subject: Subject) -> HTTPMessage? {
        guard let range = event.response, let connection = event.connection.flatMap(subject.failure.connection) else {
            return nil
        }
        return HTTPMessage(
            connection.bytes(range, from: .server), side: .server, method: event.detail["method"]?.string ?? "GET")
    }

    /// A question that got no answer, or not all of it, gets one.
    private static func unanswered(
        _ event: Event, _ healthy: [HealthyAnswer.Found], _ subject: Subject
    ) -> [Condition] {
        forms(healthy, subject).enumerated().map { index, form in
            Condition(
                .fault, recorded: "\(event.summary) got no answer (\(event.outcome.rawValue))", changed: form.text,
                event: event.id, target: "event \(event.id)", stage: index == 0 ? .suspect : .remote,
                change: .edit(event: event.id, .whole(form.bytes)))
        }
    }

    /// Healthy forms of an answer, the best first.
    static func forms(
        _ healthy: [HealthyAnswer.Found], _ subject: Subject
    ) -> [(text: String, bytes: [UInt8])] {
        var forms = healthy.prefix(2).map { ("as in \($0.place)", $0.bytes) }
        // What the failing code looked for and did not find, a healthy answer may have.
        if let key = wantedKey(subject) {
            let value = StandIn(subject).wanted(key, subject)[0]
            if let body = try? JSONText.encode(JSONValue.object([key: value])) {
                forms.append(("200 with \(body)", plain(body)))
            }
        } else if let value = StandIn(subject).value(
            through: SourceText.firstPath(in: subject.source.near), named: ""),
            let body = try? JSONText.encode(value)
        {
            forms.append(("200 with \(body)", plain(body)))
        }
        forms.append(("200 with {}", plain("{}")))
        return forms
    }

    static func plain(_ body: String) -> [UInt8] {
        Array(
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)"
                .utf8)
    }

    /// The key that the message says was not there.
    static func wantedKey(_ subject: Subject) -> String? {
        let message = subject.look.message
        if subject.look.types.contains("KeyError"), message.hasPrefix("'") {
            let key = message.dropFirst().prefix { $0 != "'" }
            return key.isEmpty ? nil : String(key)
        }
        // One that was raised because a key was not there.
        if let cause = subject.look.chain.dropFirst().first, cause.type == "KeyError", cause.message.hasPrefix("'") {
            let key = cause.message.dropFirst().prefix { $0 != "'" }
            if !key.isEmpty { return String(key) }
        }
        for (start, end) in [("Undefined array key \"", "\""), ("Undefined property: ", " "), ("(reading '", "'")] {
            guard let range = message.firstRange(of: start) else { continue }
            let key = message[range.upperBound...].prefix { !end.contains($0) && $0 != "\n" }
            if let holder = holder(of: String(key), subject) { return holder }
            if !key.isEmpty { return key.split(separator: "$").last.map(String.init) }
        }
        return nil
    }

    /// Of `answer.items.length` it is `items` that was not there: the member of which the failing line reads that one.
    private static func holder(of name: String, _ subject: Subject) -> String? {
        guard !name.isEmpty, let source = subject.look.throwSite?.source else { return nil }
        func isPart(_ character: Character) -> Bool {
            character.isLetter || character.isNumber || character == "_" || character == "$"
        }
        var found: Set<String> = []
        var rest = source[...]
        while let range = rest.firstRange(of: ".\(name)") {
            let before = rest[..<range.lowerBound]
            rest = rest[range.upperBound...]
            guard rest.first.map({ !isPart($0) }) ?? true else { continue }
            let path = before.hasSuffix("?") ? before.dropLast() : before
            let holder = String(String(path.reversed()).prefix(while: isPart).reversed())
            guard !holder.isEmpty, holder.first?.isNumber == false else { continue }
            found.insert(path.dropLast(holder.count).last == "." ? holder : "")
        }
        // Where it is read of several things, which one was nothing is not told.
        return found.count == 1 ? found.first.flatMap { $0.isEmpty ? nil : $0 } : nil
    }

    // MARK: - Successes

    private static func success(
        _ event: Event, _ healthy: [HealthyAnswer.Found], _ subject: Subject
    ) -> [Condition] {
        guard let message = message(of: event, subject) else { return whole(event, healthy, subject) }
        if let foreign = EncodingConditions.answer(event, message, subject) {
            return foreign + HeaderConditions.find(event, message, healthy, subject)
                + (message.json == nil ? page(event, healthy, message, subject) : [])
        }
        guard let json = message.json else {
            return HeaderConditions.find(event, message, healthy, subject) + page(event, healthy, message, subject)
        }
        if [JSONValue.array([]), .object([:]), .null].contains(json) {
            return HeaderConditions.find(event, message, healthy, subject) + nothing(event, healthy, json, subject)
        }
        let other = healthy.lazy.compactMap { found in
            HTTPMessage(found.bytes, side: .server)?.json.map { (json: $0, place: found.place) }
        }.first
        return reshaped(event, json, subject)
            + DocumentConditions.find(
                in: json, healthy: other, told: event.summary, event: event.id, target: "event \(event.id)",
                isSuspect: subject.isEvidence(event), subject
            ) { path, value in
                .edit(event: event.id, .member(path, value))
            } + HeaderConditions.find(event, message, healthy, subject)
    }

    /// Where the verdict finds the form of the whole answer odd: what a list holds, or the document in one.
    private static func reshaped(_ event: Event, _ json: JSONValue, _ subject: Subject) -> [Condition] {
        guard subject.isEvidence(event), subject.verdict.causeClass == "dependency-unexpected-form" else { return [] }
        var forms: [(JSONValue, String)] = []
        switch json {
        case .array(let list): if let first = list.first { forms.append((first, "its first element")) }
        case .object(let members):
            forms.append((.array([json]), "a list of it"))
            // An envelope around what was wanted.
            if members.count == 1, let inner = members.first { forms.append((inner.value, "its member \(inner.key)")) }
        default: break
        }
        return forms.compactMap { value, told in
            guard let body = try? JSONText.encode(value) else { return nil }
            var condition = Condition(
                .answer, recorded: "\(event.summary) answered \(StandIn.told(json))", changed: "200 with \(told)",
                event: event.id, target: "event \(event.id)", change: .edit(event: event.id, .whole(plain(body))))
            condition.score = Likelihood.told
            return condition
        }
    }

    /// A document that is nothing at all: an empty list, an empty object, null.
    private static func nothing(
        _ event: Event, _ healthy: [HealthyAnswer.Found], _ json: JSONValue, _ subject: Subject
    ) -> [Condition] {
        let standIn = StandIn(subject)
        let key = wantedKey(subject) ?? SourceText.anyKey(in: subject.source.near)
        let member = key.map { JSONValue.object([$0: standIn.wanted($0, subject)[0]]) }
        let list = [JSONValue.array([member ?? .object([:])]), .array([1])]
        let values: [JSONValue] =
            json == .array([])
            ? list
            : standIn.wanted == .list ? [.array([])] + list : [member ?? .object([:])] + list
        let learned = healthy.prefix(2).map { ("as in \($0.place)", $0.bytes) }
        let made = values.filter { $0 != json }.compactMap { value in
            (try? JSONText.encode(value)).map { ("200 with \($0)", plain($0)) }
        }
        return (learned + made).enumerated().map { index, form in
            Condition(
                .answer, recorded: "\(event.summary) answered \(StandIn.told(json))", changed: form.0, event: event.id,
                target: "event \(event.id)", stage: index == 0 ? .suspect : .remote,
                change: .edit(event: event.id, .whole(form.1)))
        }
    }

    /// XML that is read as XML: a healthy answer, and other values of its attributes and elements.
    private static func markup(
        _ event: Event, _ healthy: [HealthyAnswer.Found], _ message: HTTPMessage, _ type: String, _ subject: Subject
    ) -> [Condition] {
        var conditions = healthy.prefix(2).enumerated().map { index, found in
            Condition(
                .answer, recorded: "\(event.summary) answered \(message.body.count) bytes of \(type)",
                changed: "as in \(found.place)", event: event.id, target: "event \(event.id)",
                stage: index > 0 ? .remote : subject.isEvidence(event) ? .suspect : .possible,
                change: .edit(event: event.id, .whole(found.bytes)))
        }
        conditions += MarkupConditions.find(event, message, healthy, subject)
        return conditions
    }

    /// A page where the program may have wanted a document.
    private static func page(
        _ event: Event, _ healthy: [HealthyAnswer.Found], _ message: HTTPMessage, _ subject: Subject
    ) -> [Condition] {
        let isSuspect =
            subject.isEvidence(event) || subject.look.types.contains("JSON")
            || subject.look.message.contains("JSON")
        let type = message["content-type"] ?? "unknown type"
        if !isSuspect || !subject.look.types.contains("JSON"), type.contains("xml") {
            return markup(event, healthy, message, type, subject)
        }
        let isPage = !subject.look.types.contains("JSON") && !subject.look.message.contains("JSON")
        let pages = healthy.isEmpty && isPage ? HealthyAnswer.pages(event, subject) : healthy
        return forms(pages, subject).enumerated().map { index, form in
            Condition(
                .answer, recorded: "\(event.summary) answered \(message.body.count) bytes of \(type)",
                changed: form.text, event: event.id, target: "event \(event.id)",
                stage: index > 0 ? .remote : isSuspect ? .suspect : .possible,
                change: .edit(event: event.id, .whole(form.bytes)))
        }
    }
}
