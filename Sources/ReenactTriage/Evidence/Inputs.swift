import ReenactTimeline

/// What set the failing code off, as documents: query, form, body and headers of a request, arguments of a command, the
/// message of a job or on a WebSocket.
struct Inputs: Sendable {
    struct Part: Sendable {
        /// `query`, `form`, `body`, `headers`, `cookies`, `arguments`, `message`.
        let kind: String
        let document: JSONValue
        /// All of it was kept: what is not in it was not brought.
        var isWhole = true
        /// The event that brought it.
        var event: Int?

        /// The document and every object in it.
        var objects: [[String: JSONValue]] {
            var objects: [[String: JSONValue]] = []
            func walk(_ value: JSONValue, _ depth: Int) {
                guard objects.count < 500, depth < 40 else { return }
                if let members = value.object {
                    objects.append(members)
                    for (_, member) in members.sorted(by: { $0.key < $1.key }) { walk(member, depth + 1) }
                }
                for element in value.array ?? [] { walk(element, depth + 1) }
            }
            walk(document, 0)
            return objects
        }

        /// Whether a member of that name is anywhere in it, with something in it.
        func has(_ name: String) -> Bool {
            Leaf.all(in: document, limit: 5000).contains { Inputs.isSame($0.name, name) && $0.value != .null }
                || Inputs.members(of: document).contains { Inputs.isSame($0.name, name) && $0.value != .null }
        }
    }

    let parts: [Part]
    /// Parts of earlier requests to the same endpoint that were answered well.
    let earlier: [[Part]]

    init(_ failure: Case, trigger: Answer?, frames: [ExceptionRecord.Frame]) {
        switch failure.trigger.kind {
        case .command:
            parts = [Self.arguments(failure.environment.command), Self.standardInput(failure)].compactMap(\.self)
            earlier = []
        case .job:
            let messages = trigger.map { Self.message($0, failure) } ?? []
            parts = messages + messages.flatMap { Self.named($0, frames) }
            earlier = []
        default:
            if let event = trigger?.event, event.detail["websocket"] != nil {
                parts = [Self.said(event)].compactMap(\.self)
                earlier = failure.events.lazy.filter {
                    $0.detail["websocket"] == event.detail["websocket"] && $0.kind == .request
                        && $0.start < event.start && $0.outcome == .ok
                }.suffix(Self.earlierMax).compactMap { Self.said($0).map { [$0] } }
                return
            }
            guard let trigger, let http = trigger.http else {
                (parts, earlier) = ([], [])
                return
            }
            parts = Self.request(http, trigger.event)
            earlier = failure.events.lazy.filter {
                $0.kind == .request && $0.id != trigger.event.id && $0.start < trigger.event.start
                    && ($0.outcome == "http:200" || $0.outcome == .ok || $0.outcome.rawValue.hasPrefix("http:2"))
            }.suffix(Self.earlierMax).map(Answer.init).filter { $0.http?.endpoint == http.endpoint }
                .compactMap { answer in answer.http.map { Self.request($0, answer.event) } }
        }
    }

    private static let earlierMax = 50

    /// True where no part has it, and all that could have were kept.
    func lacks(_ name: String) -> Bool {
        !parts.isEmpty && parts.allSatisfy { $0.isWhole && !$0.has(name) }
    }

    func earlierHad(_ name: String) -> Bool { earlier.contains { parts in parts.contains { $0.has(name) } } }

    /// Header names, and variables that are made of them, write the same name in several ways.
    static func isSame(_ one: String, _ other: String) -> Bool { one == other || plain(one) == plain(other) }

    private static func plain(_ name: String) -> String {
        var name = name.lowercased().filter { $0.isLetter || $0.isNumber }
        if name.hasPrefix("http"), name.count > 4 { name.removeFirst(4) }
        return name
    }

    /// Every member of every object, with its path.
    static func members(of document: JSONValue) -> [(path: String, name: String, value: JSONValue)] {
        var found: [(String, String, JSONValue)] = []
        func walk(_ value: JSONValue, _ path: String, _ depth: Int) {
            guard found.count < 5000, depth < 40 else { return }
            if let members = value.object {
                for (key, member) in members.sorted(by: { $0.key < $1.key }) {
                    let place = path.isEmpty ? key : "\(path).\(key)"
                    found.append((place, key, member))
                    walk(member, place, depth + 1)
                }
            } else if let elements = value.array {
                for (index, element) in elements.prefix(500).enumerated() {
                    walk(element, "\(path)[\(index)]", depth + 1)
                }
            }
        }
        walk(document, "", 0)
        return found
    }

    /// A document, or one a line (https://jsonlines.org).
    private static func standardInput(_ failure: Case) -> Part? {
        guard let event = failure.events.first(where: { StandardInputDetail($0) != nil }),
            let detail = StandardInputDetail(event), detail.bytes.count <= inputBytesMax,
            let text = String(validating: detail.bytes, as: UTF8.self)
        else { return nil }
        var isWhole = detail.isWhole && detail.missing == 0
        let document: JSONValue
        if let whole = JSONParser.parse(text) {
            document = whole
        } else {
            let lines = text.split(whereSeparator: \.isNewline).filter { !$0.allSatisfy(\.isWhitespace) }
            let each = lines.prefix(linesMax).compactMap { JSONParser.parse(String($0)) }
            guard !each.isEmpty, each.count == min(lines.count, linesMax) else { return nil }
            document = .array(each)
            isWhole = isWhole && lines.count == each.count
        }
        return Part(kind: "standard input", document: document, isWhole: isWhole, event: event.id)
    }

    private static let inputBytesMax = 1 << 20
    private static let linesMax = 5000

    /// A message that a client sent on a connection that had been upgraded (WebSocket).
    private static func said(_ event: Event) -> Part? {
        guard let text = event.detail["request"]?["text"]?.string, text.utf8.count <= inputBytesMax,
            let document = JSONParser.parse(text)
        else { return nil }
        return Part(kind: "message", document: document, event: event.id)
    }

    // MARK: requests

    private static func request(_ http: HTTPAnswer, _ event: Event) -> [Part] {
        var parts = [Part(kind: "query", document: query(http.target), event: event.id)]
        let body = event.detail["requestBody"]
        let isWhole = body?["truncated"]?.bool != true && body?["base64"] == nil
        let type = body?["contentType"]?.string?.lowercased() ?? ""
        if let json = http.requestJSON {
            parts.append(Part(kind: "body", document: json, isWhole: isWhole, event: event.id))
        } else if isWhole, http.requestBody.hasPrefix("<"), let xml = XMLText.document(http.requestBody) {
            parts.append(Part(kind: "body", document: xml, isWhole: isWhole, event: event.id))
        } else if type.contains("multipart/") {
            parts.append(Part(kind: "form", document: .object([:]), isWhole: false, event: event.id))
        } else if http.requestBody.contains("="), !http.requestBody.hasPrefix("<") {
            parts.append(
                Part(kind: "form", document: FormText.document(http.requestBody), isWhole: isWhole, event: event.id))
        } else if !http.requestBody.isEmpty || !isWhole {
            parts.append(Part(kind: "body", document: .null, isWhole: false, event: event.id))
        }
        var headers: [String: JSONValue] = [:]
        var cookies: [String: JSONValue] = [:]
        for pair in event.detail["requestHeaders"]?.array ?? [] {
            guard let name = pair[0]?.string, let value = pair[1]?.string else { continue }
            if name.lowercased() == "cookie" {
                for cookie in value.split(separator: ";") {
                    let parts = cookie.split(separator: "=", maxSplits: 1).map { String($0.trimmed(of: " ")) }
                    if parts.count == 2 { cookies[parts[0]] = .string(parts[1]) }
                }
            } else {
                headers[name] = .string(value)
            }
        }
        parts.append(Part(kind: "headers", document: .object(headers), event: event.id))
        parts.append(Part(kind: "cookies", document: .object(cookies), event: event.id))
        return parts
    }

    private static func query(_ target: String) -> JSONValue {
        target.split(separator: "?", maxSplits: 1).dropFirst().first.map { FormText.document(String($0)) }
            ?? .object([:])
    }

    // MARK: commands

    /// `--limit 5`, `--limit=5`, `-n 5`, and the rest in order.
    private static func arguments(_ command: [String]) -> Part? {
        var members: [String: JSONValue] = [:]
        var plain: [JSONValue] = []
        var words = Array(command.dropFirst().prefix(200))[...]
        while let word = words.popFirst() {
            guard word.hasPrefix("-"), word.count > 1, !word.dropFirst().first!.isNumber else {
                plain.append(.string(word))
                continue
            }
            let parts = word.drop { $0 == "-" }.split(separator: "=", maxSplits: 1).map(String.init)
            guard let name = parts.first else { continue }
            if parts.count == 2 {
                members[name] = .string(parts[1])
            } else if let next = words.first, !next.hasPrefix("-") {
                members[name] = .string(next)
                // It may be a flag with an argument behind it.
                plain.append(.string(next))
                words = words.dropFirst()
            } else {
                members[name] = .bool(true)
            }
        }
        if !plain.isEmpty { members[""] = .array(plain) }
        return members.isEmpty ? nil : Part(kind: "arguments", document: .object(members), isWhole: false)
    }

    // MARK: jobs

    /// The message itself, and what the queue keeps of the job under a key that the message names.
    private static func message(_ trigger: Answer, _ failure: Case) -> [Part] {
        func parts(of answer: Answer) -> [Part] {
            guard let redis = answer.redis else { return [] }
            let texts =
                redis.reply.string.map { [$0] } ?? Leaf.all(in: redis.reply, limit: 200).compactMap(\.value.string)
            return texts.compactMap { text in
                PackedText.document(text).map { Part(kind: "message", document: $0, event: answer.event.id) }
            }
        }
        let names = trigger.leaves.compactMap(\.value.string).filter { $0.count >= 8 && $0.count <= 200 }
        let kept = failure.events.lazy.filter {
            $0.protocolName == "redis" && $0.id > trigger.event.id && $0.kind == .call
        }.prefix(50).map(Answer.init).filter { answer in
            answer.redis.map { redis in
                ["HGETALL", "GET", "HGET", "HMGET"].contains(redis.command)
                    && names.contains { redis.key.hasSuffix($0) }
            } ?? false
        }
        return parts(of: trigger) + kept.flatMap(parts)
    }

    /// Arguments of the job by the names that its function has for them: a function's parameters come first among its
    /// variables.
    private static func named(_ message: Part, _ frames: [ExceptionRecord.Frame]) -> [Part] {
        var lists: [[JSONValue]] = []
        func walk(_ value: JSONValue, _ depth: Int) {
            guard lists.count < 20, depth < 6 else { return }
            if let list = value.array {
                if !list.isEmpty, list.count <= 20 { lists.append(list) }
                for element in list.prefix(5) { walk(element, depth + 1) }
            }
            for (_, member) in (value.object ?? [:]).sorted(by: { $0.key < $1.key }) { walk(member, depth + 1) }
        }
        walk(message.document, 0)
        for frame in frames.reversed() where frame.inApp {
            for list in lists {
                // A bound job or its context stands before.
                for skipped in 0...1 where frame.locals.count >= list.count + skipped {
                    let own = frame.locals[skipped...].prefix(list.count)
                    let isSame = zip(own, list).allSatisfy { local, value in
                        let held = PrintedValue.parse(local.value)
                        return held == value || value == .null && SourceText.isNothing(local.value)
                            || SourceText.unquoted(local.value) == Leaf(path: "", name: "", value: value).text
                    }
                    guard isSame else { continue }
                    let pairs = zip(own.map(\.name), list)
                    return [
                        Part(
                            kind: "message", document: .object(Dictionary(pairs, uniquingKeysWith: { $1 })),
                            event: message.event)
                    ]
                }
            }
        }
        return []
    }
}
