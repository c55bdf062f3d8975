import ReenactCoding
import ReenactRedis
import ReenactTimeline
import ReenactTriage
import ReenactWire

/// What could have been otherwise in the parts of a reply that has parts: elements of lists, fields of hashes, replies
/// within a transaction's, and members of JSON texts in all of them.
struct RedisParts {
    let event: Event
    let subject: Subject

    private static let partsMax = 60
    private static let conditionsMax = 40
    private static let hashes: Set<String> = ["HGETALL"]

    func conditions(_ reply: JSONValue) -> [Condition] {
        let command = event.detail["command"]?.string ?? ""
        let found = parts(reply, [], command, event.summary, learned)
        return Array(found.sorted { $0.stage.rawValue < $1.stage.rawValue }.prefix(Self.conditionsMax))
    }

    /// The same command's reply on a like key when it was well.
    private var learned: (reply: JSONValue, place: String)? {
        HealthyAnswer.redis(event, subject).first.flatMap { found in
            found.detail["reply"].map { ($0, found.place) }
        }
    }

    private func parts(
        _ reply: JSONValue, _ path: [AnswerEdit.Step], _ command: String, _ told: String,
        _ learned: (reply: JSONValue, place: String)?
    ) -> [Condition] {
        switch reply {
        case .array(let elements) where command == "EXEC" && path.isEmpty: return replies(elements)
        case .array(let elements) where Self.hashes.contains(command) && elements.count % 2 == 0:
            let pairs = stride(from: 0, to: elements.count, by: 2).map { (elements[$0].string ?? "", elements[$0 + 1]) }
            return fields(pairs, path, told, learned)
        case .object(let members):
            return fields(members.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }, path, told, learned)
        case .array(let elements):
            return elements.prefix(Self.partsMax).enumerated().flatMap { index, element -> [Condition] in
                let name = elements.count == 1 ? told : "element \(index + 1) of \(told)"
                // What is told apart by its beginning, as names of queues and fields are, is seldom the trouble.
                let before = index % 2 == 1 && command.hasPrefix("H") ? elements[index - 1].string : nil
                return part(element, path + [.index(index)], before ?? "", name, index)
            }
        default: return part(reply, path, "", told, 0)
        }
    }

    /// Replies of a transaction, with the commands that they answer.
    private func replies(_ elements: [JSONValue]) -> [Condition] {
        let queued = subject.failure.events.filter {
            $0.connection == event.connection && $0.id < event.id && $0.detail["queued"]?.bool == true
        }.suffix(elements.count)
        let isKnown = queued.count == elements.count
        return elements.prefix(Self.partsMax).enumerated().flatMap { index, element -> [Condition] in
            let asked = isKnown ? Array(queued)[index] : nil
            let told = asked.map { "\($0.summary) in \(event.summary)" } ?? "reply \(index + 1) of \(event.summary)"
            let command = asked?.detail["command"]?.string ?? ""
            if case .array = element { return parts(element, [.index(index)], command, told, nil) }
            if case .object = element { return parts(element, [.index(index)], command, told, nil) }
            return part(element, [.index(index)], "", told, index)
        }
    }

    private func fields(
        _ pairs: [(name: String, value: JSONValue)], _ path: [AnswerEdit.Step], _ told: String,
        _ learned: (reply: JSONValue, place: String)?
    ) -> [Condition] {
        var found = pairs.prefix(Self.partsMax).flatMap { name, value in
            let like = value == .string("") ? Self.like(name, pairs) : nil
            return part(value, path + [.key(name)], name, "\(name) of \(told)", 0, like: like)
        }
        let names = Set(pairs.map(\.name))
        var missing: [(name: String, value: JSONValue, note: String)] = []
        if let wanted = HTTPConditions.wantedKey(subject), !names.contains(wanted) {
            missing = StandIn(subject).wanted(wanted, subject).prefix(2).map { (wanted, $0, "") }
        }
        if let learned {
            for (name, value) in Self.pairs(learned.reply) where !names.contains(name) {
                missing.insert((name, value, " (as in \(learned.place))"), at: 0)
            }
        }
        var seen: Set<String> = []
        for (name, value, note) in missing {
            let isFirst = seen.insert(name).inserted
            found.append(
                condition(
                    "\(told) had no \(name)", StandIn.told(value) + note, path + [.key(name)], value,
                    isFirst ? subject.names(name) ? .suspect : .possible : .remote))
        }
        return found
    }

    /// What stands in another field whose name ends alike: `created_at` for `started_at`.
    private static func like(_ name: String, _ pairs: [(name: String, value: JSONValue)]) -> JSONValue? {
        guard let end = name.split(separator: "_").last, end.count < name.count else { return nil }
        return pairs.first { $0.name != name && $0.name.hasSuffix("_" + end) && $0.value.string?.isEmpty == false }?
            .value
    }

    private static func pairs(_ reply: JSONValue) -> [(name: String, value: JSONValue)] {
        switch reply {
        case .object(let members): return members.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
        case .array(let elements) where elements.count % 2 == 0:
            return stride(from: 0, to: elements.count, by: 2).map { (elements[$0].string ?? "", elements[$0 + 1]) }
        default: return []
        }
    }

    private func part(
        _ value: JSONValue, _ path: [AnswerEdit.Step], _ name: String, _ told: String, _ index: Int,
        like: JSONValue? = nil
    ) -> [Condition] {
        switch value {
        case .null:
            var values = StandIn(subject).wanted(name, subject).filter { if case .object = $0 { false } else { true } }
            values = (values.prefix(1) + ["1", "{}", "text"]).map { $0 }
            var seen: Set<JSONValue> = []
            return values.filter { seen.insert($0).inserted }.enumerated().map { number, new in
                condition(
                    "\(told) was nil", StandIn.told(new), path, new, number == 0 ? .suspect : .remote)
            }
        case .string(let text):
            if text.hasPrefix("{") || text.hasPrefix("["), let document = JSONParser.parse(Array(text.utf8)) {
                return DocumentConditions.find(
                    in: document, healthy: healthy(at: path), told: told, event: event.id,
                    target: "event \(event.id) \(DocumentConditions.text(path))",
                    isSuspect: subject.isEvidence(event), subject
                ) { inner, new in .edit(event: event.id, .member(path + inner, new)) }
            }
            if let found = pickled(path, told) { return found }
            let isTold = !name.isEmpty && subject.tells(name, of: event)
            let isNamed = !name.isEmpty && subject.names(name) || isTold
            let isOdd = text.isEmpty && isNamed || subject.reaches(text) || subject.source.compares(with: text)
            guard isOdd || text.isEmpty || StandIn.plain(for: value) != nil else { return [] }
            let readable = StandIn(subject).readable(for: text, subject).map(JSONValue.string)
            let new = like ?? readable ?? StandIn.plain(for: value) ?? (text == "1" ? "2" : "1")
            var found = condition(
                "\(told) was \(StandIn.told(value))", StandIn.told(new), path, new,
                isOdd || isNamed ? .suspect : text.isEmpty ? .remote : .possible)
            if isTold { found.score = Likelihood.told }
            return [found]
        case .integer(let number) where number <= 1:
            let new: JSONValue = number == 1 ? 0 : 1
            return [
                condition(
                    "\(told) was \(number)", StandIn.told(new), path, new,
                    subject.isEvidence(event) && number <= 0 ? .suspect : Self.asks(told) ? .possible : .remote)
            ]
        case .array(let elements) where path.count < 4:
            return elements.prefix(Self.partsMax).enumerated().flatMap { place, element in
                part(element, path + [.index(place)], "", "element \(place + 1) of \(told)", place)
            }
        default: return []
        }
    }

    /// The document in the same place of the reply to a like question that went well.
    private func healthy(at path: [AnswerEdit.Step]) -> (json: JSONValue, place: String)? {
        guard let learned, let text = AnswerEdit.value(at: path[...], in: learned.reply)?.string,
            let json = JSONParser.parse(Array(text.utf8))
        else { return nil }
        return (json, learned.place)
    }

    /// Members of what Python serialised, as it is or packed; nil where the part is nothing of the kind.
    private func pickled(_ path: [AnswerEdit.Step], _ told: String) -> [Condition]? {
        guard let range = event.response, let connection = event.connection.flatMap(subject.failure.connection),
            let bytes = Redis.bytes(of: connection.bytes(range, from: .server), at: path), bytes.count > 4
        else { return nil }
        let isPacked = bytes[0] == 0x78
        let plain = isPacked ? ContentCoding.decode(bytes, coding: "deflate", limit: 1 << 20)?.bytes : bytes
        guard let pickle = plain.flatMap({ Pickle($0) }) else { return nil }
        let id = event.id
        return DocumentConditions.find(
            in: pickle.document, healthy: nil, told: told, event: id,
            target: "event \(id) \(DocumentConditions.text(path))", isSuspect: subject.isEvidence(event), subject
        ) { inner, new in
            let changed = new.flatMap { pickle.replacing(inner, by: $0) } ?? []
            return .edit(event: id, .bytes(path, changed.isEmpty || !isPacked ? changed : StoredZlib.packed(changed)))
        }.filter { if case .edit(_, .bytes(_, [])) = $0.change { false } else { true } }
    }

    /// Of what was changed most commands count, and that is often nothing; these ask.
    private static func asks(_ told: String) -> Bool {
        ["EXISTS", "HEXISTS", "SISMEMBER", "GETBIT", "SCARD", "LLEN", "HLEN", "ZCARD", "SETNX"].contains {
            told.hasPrefix("\($0) ")
        }
    }

    private func condition(
        _ recorded: String, _ changed: String, _ path: [AnswerEdit.Step], _ value: JSONValue,
        _ stage: Condition.Stage
    ) -> Condition {
        Condition(
            .cell, recorded: recorded, changed: changed, event: event.id,
            target: "event \(event.id) \(DocumentConditions.text(path))", stage: stage,
            change: .edit(event: event.id, .member(path, value)))
    }
}
