import ReenactTimeline

/// A row or key that the program relies on is not there.
public struct MissingRow: Rule {
    public static let name = "missing-row"
    public static let precondition =
        "a query returned no row, or Redis said nil or 0, and the exception is about absence or about nothing"
    public static let evidence =
        "it was among the last exchanges; its key reaches message, locals or arguments; its table is named"
    public static let counterEvidence = "a later write made the row; the same question was answered alike without harm"

    public init() {}

    public func judge(_ look: Look) -> [Finding] {
        let complaint = look.complaint
        let holdsNothing = look.missingKey.flatMap { SeenObject.lacking($0, look) }?.keys.isEmpty ?? false
        guard complaint.isAboutNothing || complaint.isAboutAbsence || holdsNothing else { return [] }
        // A missing key of a mapping is another matter, unless its value is what was asked for.
        let findings = look.answers.prefix(40).compactMap { judge($0, look, complaint, holdsNothing) }
        return findings.max { $0.confidence < $1.confidence }.map { [$0] } ?? []
    }

    private func judge(_ answer: Answer, _ look: Look, _ complaint: Complaint, _ holdsNothing: Bool) -> Finding? {
        guard let keys = keys(answer) else { return nil }
        let distance = look.distance(answer.event)
        let reached = ValueFlow.reaches(keys, look.holdings)
        let held = reached != nil || heldExactly(keys, look) || isSpelledOut(answer, look)
        let read = look.throwFrames.filter { $0.inApp && $0.expression != nil }.map(\.source).joined(separator: " ")
        let isNamed = subjects(answer).contains {
            TableName.isMentioned(
                $0,
                in: look.words + "\n" + look.frames.prefix(2).map(\.function).joined(separator: " ") + "\n"
                    + look.nullTrail.names.sorted().joined(separator: " ") + "\n" + read)
        }
        var confidence = 0.15 + (distance == 0 ? 0.3 : distance == 1 ? 0.2 : distance <= 3 ? 0.1 : 0)
        confidence += complaint.isAboutAbsence ? 0.33 : 0.25
        if held { confidence += 0.3 }
        if isNamed { confidence += 0.2 }
        let hasLocals = look.sawLocals
        // A variable that holds nothing, or an empty list, is what such an answer becomes.
        let isEmptyList = look.frames.prefix(2).contains { EmptyList.read(in: $0)?.name.isEmpty ?? false }
        if isEmptyList || complaint.isAboutFalse { confidence += 0.2 }
        if hasLocals && !isEmptyList && !held && !isNamed && !look.nullTrail.readsNothing { confidence -= 0.2 }
        // No and 0 are no nothing, and less so where what was nothing is known by another name.
        if complaint.isAboutNull, answer.redis?.saysNo ?? false {
            confidence -= look.nullTrail.isSeen && !isNamed ? 0.6 : 0.25
        }
        // A hash that is not there is read as one without fields.
        if holdsNothing, answer.redis?.command == "HGETALL" {
            confidence += 0.25
        } else if look.missingKey != nil && !held {
            confidence -= 0.3
        }
        let made = laterWrites(answer, look)
        if !made.isEmpty { confidence -= 0.45 }
        let tolerated = look.earlier.filter {
            $0.event.key == answer.event.key && !answer.event.key.isEmpty && $0.event.outcome == answer.event.outcome
        }
        if !tolerated.isEmpty { confidence -= 0.25 }
        confidence = min(confidence, 0.96)
        guard confidence >= Triage.confidenceMin else { return nil }
        let reference = reference(keys, answer, look)
        let origin = reference == nil ? producer(keys, answer, look) : nil
        // Either end may be wrong: what is not there, or what asked for it.
        if reference != nil { confidence = min(confidence, 0.9) }
        let fromTrigger =
            look.trigger?.http.map { trigger in
                keys.contains {
                    !SourceText.isTrivial($0)
                        && (SourceText.contains(trigger.target, word: $0) || trigger.requestBody.contains($0))
                }
            } ?? false
        return Finding(
            "missing-row", fromTrigger ? .input : .interaction,
            evidence: [answer.event.id] + ((origin?.answer ?? reference?.answer).map { [$0.event.id] } ?? []),
            counterEvidence: (made + tolerated).prefix(5).map(\.event.id), confidence: confidence,
            sentence(answer, look, origin, reference))
    }

    /// What was asked for, where the answer says that it is not there; nil where it says something else.
    private func keys(_ answer: Answer) -> [String]? {
        if let sql = answer.sql {
            guard sql.returnsRows, sql.rowCount == 0, sql.error == nil, sql.verb != "PRAGMA" else { return nil }
            return sql.params.map { Leaf(path: "", name: "", value: $0).text }.filter { !$0.isEmpty }
                + SourceText.quoted(sql.sql)
        }
        guard let redis = answer.redis, redis.saysMissing else { return nil }
        var keys = [redis.key]
        if ["HGET", "HEXISTS", "SISMEMBER", "ZSCORE"].contains(redis.command), redis.arguments.count > 1 {
            keys.append(redis.arguments[1])
        }
        if let last = redis.key.split(separator: ":").last { keys.append(String(last)) }
        return keys
    }

    /// The failing part names the key, up to what is put into it: `store.hget(f'prefs:{user}', 'format')`.
    private func isSpelledOut(_ answer: Answer, _ look: Look) -> Bool {
        guard let redis = answer.redis else { return false }
        let parts = look.throwFrames.filter { $0.inApp && $0.expression != nil }.map(\.source)
        return parts.contains { part in
            let texts = SourceText.quoted(part)
            let field = redis.command == "HGET" && redis.arguments.count > 1 ? redis.arguments[1] : nil
            // The other field of the same hash is read elsewhere.
            if let field, !texts.contains(field) { return false }
            return texts.contains { text in
                let start = text.prefix { !"{%$?".contains($0) }
                return text == redis.key || start.count >= 3 && start.count < text.count && redis.key.hasPrefix(start)
            }
        }
    }

    private func subjects(_ answer: Answer) -> [String] {
        if let sql = answer.sql { return sql.tables }
        return answer.redis?.key.split(separator: ":").map(String.init).filter { $0.count > 3 } ?? []
    }

    /// Short keys such as 47 count only where a local near the throw is exactly that.
    private func heldExactly(_ keys: [String], _ look: Look) -> Bool {
        look.frames.prefix(3).contains { frame in
            frame.locals.contains { local in
                local.name.lowercased().hasSuffix("id") && keys.contains(SourceText.unquoted(local.value))
            }
        }
    }

    private func laterWrites(_ answer: Answer, _ look: Look) -> [Answer] {
        guard let sql = answer.sql else {
            guard let redis = answer.redis else { return [] }
            return look.answers.filter {
                $0.event.id > answer.event.id
                    && ["SET", "SETEX", "HSET", "HMSET", "SETNX"].contains($0.redis?.command ?? "")
                    && $0.redis?.key == redis.key
            }
        }
        let tables = Set(sql.tables)
        return look.answers.filter {
            $0.event.id > answer.event.id && $0.sql?.verb == "INSERT" && $0.sql?.error == nil
                && !tables.isDisjoint(with: $0.sql?.tables ?? [])
        }
    }

    /// An earlier answer that named what turned out to be missing.
    private func producer(_ keys: [String], _ answer: Answer, _ look: Look) -> (answer: Answer, key: String)? {
        for other in look.answers
        where other.event.id < answer.event.id && (other.sql != nil || other.redis != nil || other.http != nil)
            && other.sql?.isAboutSchema != true
        {
            let texts = Set(other.leaves.map(\.text))
            if let key = keys.first(where: { !SourceText.isTrivial($0) && texts.contains($0) }) { return (other, key) }
        }
        return nil
    }

    /// The field of an earlier answer that refers to what is not there, by its name: `grade_id` to a table `grade`. Short
    /// numbers and words count there, too.
    private func reference(_ keys: [String], _ answer: Answer, _ look: Look) -> (answer: Answer, leaf: Leaf)? {
        let isNull = answer.sql?.params.contains(.null) ?? false
        guard !keys.isEmpty || isNull else { return nil }
        let subjects = answer.sql.map { $0.tables.map { $0.lowercased() } } ?? []
        func refers(_ leaf: Leaf) -> Bool {
            let name = leaf.name.lowercased().filter { $0.isLetter }
            guard name.hasSuffix("id") || name.hasSuffix("code") || name.hasSuffix("key") || subjects.contains(name)
            else {
                return false
            }
            return subjects.contains { subject in
                let table = subject.filter(\.isLetter)
                let single = table.hasSuffix("s") ? String(table.dropLast()) : table
                return single.count > 2 && name.contains(single)
            }
        }
        let last = answer.redis?.key.split(separator: ":", omittingEmptySubsequences: false).last.map(String.init)
        for other in look.answers.prefix(40)
        where other.event.id < answer.event.id && other.sql?.error == nil && (other.http?.status ?? 200) < 400
            && other.sql?.isAboutSchema != true
        {
            for leaf in other.leaves {
                if answer.sql != nil, isNull ? leaf.value == .null : keys.contains(leaf.text), refers(leaf) {
                    return (other, leaf)
                }
                // `cart:` and nothing behind it: an empty name was put in.
                if let last, last.isEmpty, other.redis != nil, leaf.value == .string("") { return (other, leaf) }
            }
        }
        return nil
    }

    private func sentence(
        _ answer: Answer, _ look: Look, _ origin: (answer: Answer, key: String)?,
        _ reference: (answer: Answer, leaf: Leaf)?
    ) -> String {
        let call = Phrase.call(answer, look.failure)
        let came: String
        if let redis = answer.redis {
            let nothing = answer.event.protocolName == "memcached" ? "nothing" : "nil"
            came = "\(call) answered \(redis.reply.integer.map { "\($0)" } ?? nothing) (not there)"
        } else {
            let params =
                answer.sql?.params.prefix(3).map {
                    $0 == .null ? "NULL" : Phrase.short(Leaf(path: "", name: "", value: $0).text, 30)
                } ?? []
            came = "\(call)\(params.isEmpty ? "" : " [\(params.joined(separator: ", "))]") returned no row"
        }
        let although =
            origin.map { ", although \(Phrase.call($0.answer, look.failure)) had named \(Phrase.quote($0.key))" }
            ?? reference.map {
                ", although \(Phrase.call($0.answer, look.failure)) had named \($0.leaf.value == .null ? "null" : Phrase.quote($0.leaf.text, 40)) in \(Phrase.quote($0.leaf.path))"
            } ?? ""
        return "\(came)\(although); \(Phrase.doing(look)) raised \(Phrase.exception(look))."
    }
}
