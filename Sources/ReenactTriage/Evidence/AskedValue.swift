import ReenactTimeline

/// Where a value came from that a call was made with: the other end of an answer that says "not found" or "no such value".
struct AskedValue {
    let text: String
    /// Its place in what brought it.
    let path: String
    let event: Int?
    let answer: Answer?
    /// What was asked with, where that was calculated from the value.
    var made: String?

    /// `asked with "-7", which POST /orders brought in "customer"`.
    func phrase(_ look: Look) -> String {
        if let made {
            let brought = "\(Self.inner(Phrase.input(look))) brought \(Phrase.quote(text, 40)) in \(Phrase.quote(path))"
            return "asked with \(Phrase.quote(made, 40)); \(brought)"
        }
        let who = answer.map { Phrase.call($0, look.failure) } ?? Self.inner(Phrase.input(look))
        let place = path.isEmpty || path.hasPrefix("[") && answer == nil ? "" : " in \(Phrase.quote(path))"
        return "asked with \(Phrase.quote(text, 40)), which \(who) brought\(place)"
    }

    /// As it stands within a sentence.
    private static func inner(_ words: String) -> String {
        ["The ", "What "].contains(where: words.hasPrefix) ? words.prefix(1).lowercased() + words.dropFirst() : words
    }

    static func find(_ event: Int, _ look: Look) -> AskedValue? {
        guard let answer = look.answers.first(where: { $0.event.id == event }) else { return nil }
        if let nested = nested(answer, look) { return nested }
        let asked = values(of: answer)
        // Where the refusal says which value it is about, the others are beside the point.
        let named = asked.filter { isNamed($0, in: answer) }
        let values = Set(named.isEmpty ? asked.filter { isOdd($0) || !SourceText.isTrivial($0) } : named)
        if let strange = strange(answer, asked, look) { return strange }
        guard !values.isEmpty else { return nil }
        for part in look.inputs.parts where part.kind != "headers" {
            if let leaf = Leaf.all(in: part.document).first(where: { values.contains($0.text) && $0.value != .null }) {
                return AskedValue(text: leaf.text, path: leaf.path, event: part.event, answer: nil)
            }
        }
        // Of answers only what is odd: they name much that others ask for.
        let odd = values.filter(isOdd)
        guard !odd.isEmpty else { return nil }
        if let made = calculated(odd, look) { return made }
        for other in look.answers.prefix(40) where other.event.id < event && other.sql?.error == nil {
            if let leaf = other.leaves.first(where: { odd.contains($0.text) && $0.value != .null }) {
                return AskedValue(text: leaf.text, path: leaf.path, event: other.event.id, answer: other)
            }
        }
        return nil
    }

    /// A part of the input with characters that hardly anything takes, which the call was made with, be it within a
    /// document: that comes before all else that stands in the same statement.
    private static func strange(_ answer: Answer, _ asked: [String], _ look: Look) -> AskedValue? {
        let said = [answer.sql?.sql ?? "", answer.http?.requestBody ?? ""] + asked
        for part in look.inputs.parts where part.kind != "headers" {
            for leaf in Leaf.all(in: part.document) where hasControls(leaf.text) {
                let escaped = (try? JSONText.encode(leaf.value)).map { String($0.dropFirst().dropLast()) } ?? leaf.text
                guard said.contains(where: { $0.contains(leaf.text) || $0.contains(escaped) }) else { continue }
                return AskedValue(text: escaped, path: leaf.path, event: part.event, answer: nil)
            }
        }
        return nil
    }

    private static func hasControls(_ text: String) -> Bool {
        text.contains { $0.asciiValue.map { $0 < 0x20 && ![9, 10, 13].contains($0) } ?? false }
    }

    /// A page of -3 makes an offset of -15: the only negative number of the input stands for the only one asked with.
    private static func calculated(_ odd: Set<String>, _ look: Look) -> AskedValue? {
        let asked = odd.filter(isNegative)
        guard asked.count == 1, let made = asked.first else { return nil }
        let given = look.inputs.parts.filter { !["headers", "cookies"].contains($0.kind) }.flatMap { part in
            Leaf.all(in: part.document).filter { isNegative($0.text) }.map { (leaf: $0, part: part) }
        }
        guard given.count == 1 else { return nil }
        return AskedValue(
            text: given[0].leaf.text, path: given[0].leaf.path, event: given[0].part.event, answer: nil, made: made)
    }

    private static func isNegative(_ text: String) -> Bool {
        text.hasPrefix("-") && text.count > 1 && text.dropFirst().allSatisfy(\.isNumber)
    }

    private static let nestedMin = 8

    /// What a parser of statements stopped at was a part of something that an earlier answer brought.
    private static func nested(_ answer: Answer, _ look: Look) -> AskedValue? {
        guard let message = answer.sql?.error?.message,
            let near = message.range(of: " near '") ?? message.range(of: " near \"")
        else { return nil }
        // As much of it as one value may have brought: up to the first comma or end of line.
        let line = message[near.upperBound...].prefix { $0 != "\n" }
        for part in [line, line.prefix { $0 != "," }] {
            let text = String(part.prefix(24).trimmed(of: " "))
            guard text.count >= nestedMin else { continue }
            for other in look.answers.prefix(60) where other.event.id < answer.event.id && other.sql?.error == nil {
                if let leaf = other.leaves.first(where: { $0.text.count < 400 && $0.text.contains(text) }) {
                    return AskedValue(text: leaf.text, path: leaf.path, event: other.event.id, answer: other)
                }
            }
        }
        return nil
    }

    /// The call was made with something that hardly anybody asks for on purpose.
    static func isOddlyAsked(_ event: Int, _ look: Look) -> Bool {
        guard let answer = look.answers.first(where: { $0.event.id == event }) else { return false }
        return values(of: answer).contains(where: isOdd) || answer.sql?.params.contains(.null) ?? false
    }

    /// `Duplicate entry 'ann' for key`, `Key (name)=(ann) already exists`.
    private static func isNamed(_ text: String, in answer: Answer) -> Bool {
        guard let error = answer.sql?.error, !text.isEmpty else { return false }
        let said = error.message + " " + error.detail
        return ["'\(text)'", "\"\(text)\"", "=(\(text))"].contains { said.range(of: $0) != nil }
    }

    private static func values(of answer: Answer) -> [String] {
        if let sql = answer.sql {
            return sql.params.filter { $0 != .null }.map { Leaf(path: "", name: "", value: $0).text }
                + literals(sql.sql)
        }
        if let redis = answer.redis {
            return redis.arguments + redis.key.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        }
        guard let http = answer.http else { return [] }
        let parts = http.target.split(separator: "?", maxSplits: 1)
        return (parts.first ?? "").split(separator: "/").map { FormText.decoded(String($0)) }
            + parts.dropFirst().joined().split(separator: "&").compactMap { pair in
                pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).dropFirst().first.map {
                    FormText.decoded(String($0))
                }
            }
    }

    /// What drivers write into a statement: texts, also empty ones, and numbers behind a sign of comparison.
    private static func literals(_ sql: String) -> [String] {
        var found: [String] = []
        for word in ["LIMIT ", "OFFSET "] {
            guard let range = sql.range(of: word) else { continue }
            let number = sql[range.upperBound...].drop(while: \.isWhitespace).prefix { $0.isNumber || $0 == "-" }
            if !number.isEmpty { found.append(String(number)) }
        }
        var rest = Substring(sql.prefix(5000))
        var before: Character = " "
        while let next = rest.first, found.count < 40 {
            if next == "'" {
                found.append(SourceText.takeLiteral(from: &rest))
                before = "'"
            } else if next == "-" || next.isNumber, "=<>(,".contains(before) {
                let number = rest.prefix { $0.isNumber || $0 == "-" || $0 == "." }
                found.append(String(number))
                rest = rest.dropFirst(max(1, number.count))
                before = "0"
            } else {
                if !next.isWhitespace { before = next }
                rest = rest.dropFirst()
            }
        }
        return found
    }

    /// Hardly anybody asks for such a thing on purpose.
    private static func isOdd(_ text: String) -> Bool {
        if text.isEmpty || text.lowercased() == "nan" { return true }
        if text.hasPrefix("-"), text.count > 1, text.dropFirst().allSatisfy(\.isNumber) { return true }
        return text.count > 18 && text.allSatisfy(\.isNumber)
            || text.contains { $0.asciiValue.map { $0 < 0x20 } ?? true }
    }
}
