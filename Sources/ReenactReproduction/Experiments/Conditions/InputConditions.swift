import ReenactHTTP
import ReenactTimeline
import ReenactWire

/// What could have been otherwise in the request that set the failing code off; in a command line see `ArgumentConditions`.
enum InputConditions {
    private static let standardHeaders: Set<String> = [
        "host", "content-length", "content-type", "connection", "transfer-encoding", "accept-encoding", "user-agent",
        "accept", "keep-alive", "expect", "upgrade",
    ]

    static func find(_ subject: Subject) -> [Condition] {
        let failure = subject.failure
        guard failure.trigger.kind == .request else { return ArgumentConditions.find(subject) }
        if let event = failure.trigger.event.flatMap(failure.event), Triggers.isMessage(event) {
            return SaidConditions.find(event, subject)
        }
        guard let event = failure.trigger.event.flatMap(failure.event), let range = event.request,
            let connection = event.connection.flatMap(failure.connection),
            let message = HTTPMessage(connection.bytes(range, from: .client), side: .client)
        else { return [] }
        let good = earlier(event, message, subject)
        return path(event, message, good, subject) + deeper(event, message, subject)
            + query(event, message, good, subject)
            + body(event, message, good, subject) + headers(event, message, subject)
    }

    /// The latest request of the same endpoint that went well.
    private static func earlier(_ event: Event, _ message: HTTPMessage, _ subject: Subject) -> HTTPMessage? {
        let shape = shape(message.target)
        for source in subject.sources {
            for other in source.events.reversed()
            where other.kind == .request && other.id != event.id && other.outcome.rawValue.hasPrefix("http:2") {
                guard let range = other.request, let connection = other.connection.flatMap(source.connection),
                    let found = HTTPMessage(connection.bytes(range, from: .client), side: .client)
                else { continue }
                if found.method == message.method, self.shape(found.target) == shape { return found }
            }
        }
        return nil
    }

    private static func shape(_ target: String) -> [String] {
        InputEdit.Target(target).parts.map { $0.contains(where: \.isNumber) ? "*" : $0 }
    }

    private static func condition(
        _ what: String, _ old: String, _ new: JSONValue?, _ event: Event, _ stage: Condition.Stage, _ edit: InputEdit
    ) -> Condition {
        Condition(
            .input, recorded: "\(what) of \(event.summary) was \(old)",
            changed: new.map { StandIn.told($0) } ?? "left out", event: event.id, target: "input \(what)", stage: stage,
            change: .input(edit))
    }

    private static func path(
        _ event: Event, _ message: HTTPMessage, _ good: HTTPMessage?, _ subject: Subject
    ) -> [Condition] {
        let parts = InputEdit.Target(message.target).parts
        let other = good.map { InputEdit.Target($0.target).parts } ?? []
        return parts.enumerated().compactMap { index, part in
            let learned = other.indices.contains(index) && other[index] != part ? other[index] : nil
            guard !part.isEmpty, learned != nil || part.contains(where: \.isNumber) else { return nil }
            let new = learned ?? (part == "1" ? "2" : "1")
            return condition(
                "part \(index) of the path", StandIn.told(.string(part)), .string(new), event,
                subject.says(part) ? .suspect : .possible, .path(index, new))
        }
    }

    /// The rest of a path that goes as deep as others that went well: `/static/x` against `/static/css/main.css`.
    private static func deeper(_ event: Event, _ message: HTTPMessage, _ subject: Subject) -> [Condition] {
        let own = InputEdit.Target(message.target).parts
        guard own.count > 2, let last = own.last, !last.isEmpty else { return [] }
        let shared = own.dropLast()
        for other in subject.failure.events.reversed()
        where other.kind == .request && other.id != event.id && other.outcome.rawValue.hasPrefix("http:2") {
            guard let target = other.detail["target"]?.string, other.detail["method"]?.string == message.method else {
                continue
            }
            let parts = InputEdit.Target(target).parts
            guard parts.count > own.count, parts.starts(with: shared) else { continue }
            let rest = parts.dropFirst(shared.count).joined(separator: "/")
            return [
                condition(
                    "part \(own.count - 1) of the path", StandIn.told(.string(last)), .string(rest), event,
                    subject.reaches(last) ? .suspect : .possible, .path(own.count - 1, rest))
            ]
        }
        return []
    }

    private static func query(
        _ event: Event, _ message: HTTPMessage, _ good: HTTPMessage?, _ subject: Subject
    ) -> [Condition] {
        guard let query = InputEdit.Target(message.target).query else { return [] }
        let other = good.flatMap { InputEdit.Target($0.target).query }.map(FormFields.pairs) ?? []
        let own = FormFields.pairs(query)
        var found: [Condition] = []
        for (name, several) in Dictionary(grouping: own, by: \.name).sorted(by: { $0.key < $1.key })
        where several.count > 1 {
            // Frameworks make a list of it, which code that reads one value has never seen.
            var one = Condition(
                .input, recorded: "the field \(name) of \(event.summary) came \(several.count) times", changed: "once",
                event: event.id, target: "input times \(name)", stage: subject.names(name) ? .suspect : .possible,
                change: .input(.once(name)))
            one.score = subject.names(name) ? Likelihood.strong : 0
            found.append(one)
        }
        return found + fields(own, other, "the field", event, subject) { .query($0, $1) }
    }

    private static func fields(
        _ own: [(name: String, value: String)], _ other: [(name: String, value: String)], _ what: String,
        _ event: Event, _ subject: Subject, make: (String, String?) -> InputEdit
    ) -> [Condition] {
        var found: [Condition] = []
        let standIn = StandIn(subject)
        for (name, value) in own.prefix(20) {
            let reaches = subject.says(value)
            let isOdd = value.isEmpty || StandIn.plain(for: .string(value)) != nil
            let stage: Condition.Stage = reaches || isOdd && subject.names(name) || value.isEmpty ? .suspect : .possible
            var forms: [String?] = []
            if let learned = other.first(where: { $0.name == name && $0.value != value })?.value {
                forms.append(learned)
            }
            if let readable = standIn.readable(for: value, subject) { forms.append(readable) }
            if let plain = StandIn.plain(for: .string(value))?.string { forms.append(plain) }
            forms.append(value == "1" ? "2" : "1")
            forms.append(nil)
            for (index, form) in forms.prefix(3).enumerated() {
                found.append(
                    condition(
                        "\(what) \(name)", StandIn.told(.string(value)), form.map(JSONValue.string), event,
                        index == 0 ? stage : .remote, make(name, form)))
            }
        }
        let names = Set(own.map(\.name))
        for (name, value) in other where !names.contains(name) {
            found.append(
                condition(
                    "\(what) \(name)", "missing", .string(value), event,
                    subject.names(name) ? .suspect : .possible, make(name, value)))
        }
        if let wanted = HTTPConditions.wantedKey(subject), !names.contains(wanted) {
            found.append(condition("\(what) \(wanted)", "missing", "1", event, .suspect, make(wanted, "1")))
        }
        return found
    }

    private static func body(
        _ event: Event, _ message: HTTPMessage, _ good: HTTPMessage?, _ subject: Subject
    ) -> [Condition] {
        guard !message.body.isEmpty else { return [] }
        if let foreign = EncodingConditions.request(event, message, subject) { return foreign }
        if let json = message.json {
            let other = good?.json.map { (json: $0, place: "an earlier request") }
            return DocumentConditions.find(
                in: json, healthy: other, told: event.summary, event: event.id, target: "input body", isSuspect: false,
                kind: .input, subject
            ) { path, value in .input(.body(path, value)) }
        }
        if let body = message.plainBody, let markup = Markup.document(body) {
            let other = good?.plainBody.flatMap(Markup.document).map { (json: $0.json, place: "an earlier request") }
            return DocumentConditions.find(
                in: markup.json, healthy: other, told: event.summary, event: event.id, target: "input body",
                isSuspect: false, kind: .input, subject
            ) { path, value in
                guard let edit = markup.edit(path, value), case .bytes(let bytes) = edit.form else { return nil }
                return .input(.splice(edit.range, bytes))
            }
        }
        guard message["content-type"]?.lowercased().hasPrefix("application/x-www-form-urlencoded") == true else {
            return []
        }
        let own = FormFields.pairs(String(decoding: message.body, as: UTF8.self))
        let other = good.map { FormFields.pairs(String(decoding: $0.body, as: UTF8.self)) } ?? []
        return fields(own, other, "the form's field", event, subject) { .form($0, $1) }
    }

    private static func headers(_ event: Event, _ message: HTTPMessage, _ subject: Subject) -> [Condition] {
        message.fields.filter { !standardHeaders.contains($0.name.lowercased()) }.prefix(10).map { field in
            condition(
                "the header \(field.name)", StandIn.told(.string(field.value)), nil, event,
                subject.says(field.value) || subject.look.message.contains(field.name) ? .suspect : .possible,
                .header(field.name, nil))
        }
    }
}
