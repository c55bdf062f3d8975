import ReenactTimeline

/// Where a value came from that a call was made with: the other end of an answer that says "not found" or "no such value".
struct AskedValue {
    let text: String
    /// Its place in what brought it.
    let path: String
    let event: Int?
    let answer: Answer?

    /// `asked with "-7", which POST /orders brought in "customer"`.
    func phrase(_ look: Look) -> String {
        let who = answer.map { Phrase.call($0, look.failure) } ?? Phrase.input(look)
        let place = path.isEmpty || path.hasPrefix("[") && answer == nil ? "" : " in \(Phrase.quote(path))"
        return "asked with \(Phrase.quote(text, 40)), which \(who) brought\(place)"
    }

    static func find(_ event: Int, _ look: Look) -> AskedValue? {
        guard let answer = look.answers.first(where: { $0.event.id == event }) else { return nil }
        let values = Set(values(of: answer).filter { isOdd($0) || !SourceText.isTrivial($0) })
        guard !values.isEmpty else { return nil }
        for part in look.inputs.parts where part.kind != "headers" {
            if let leaf = Leaf.all(in: part.document).first(where: { values.contains($0.text) && $0.value != .null }) {
                return AskedValue(text: leaf.text, path: leaf.path, event: part.event, answer: nil)
            }
        }
        // Of answers only what is odd: they name much that others ask for.
        let odd = values.filter(isOdd)
        guard !odd.isEmpty else { return nil }
        for other in look.answers.prefix(40) where other.event.id < event && other.sql?.error == nil {
            if let leaf = other.leaves.first(where: { odd.contains($0.text) && $0.value != .null }) {
                return AskedValue(text: leaf.text, path: leaf.path, event: other.event.id, answer: other)
            }
        }
        return nil
    }

    /// The call was made with something that hardly anybody asks for on purpose.
    static func isOddlyAsked(_ event: Int, _ look: Look) -> Bool {
        guard let answer = look.answers.first(where: { $0.event.id == event }) else { return false }
        return values(of: answer).contains(where: isOdd) || answer.sql?.params.contains(.null) ?? false
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
