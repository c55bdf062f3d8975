import ReenactTimeline

/// Operators of PostgreSQL on documents, arrays and patterns, where both sides are known.
enum PostgresOperators {
    static let tests: Set<String> = ["@>", "<@", "&&", "?", "?|", "?&", "~", "~*", "!~", "!~*", "@@"]
    static let paths: Set<String> = ["->", "->>", "#>", "#>>"]

    /// Nil of other operators, and of what can't be told.
    static func apply(_ sign: String, _ left: SQLValue, _ right: SQLValue) -> SQLValue? {
        if paths.contains(sign) {
            guard let document = PostgresDocument.read(left), let path = path(sign, right) else { return nil }
            guard let found = path.found(in: document) else { return .null }
            return sign.hasSuffix(">>") ? PostgresDocument.shown(found) : .text(PostgresDocument.text(found))
        }
        guard tests.contains(sign) else { return nil }
        switch sign {
        case "@>": return contains(left, right).map(SQLValue.bool)
        case "<@": return contains(right, left).map(SQLValue.bool)
        case "&&":
            guard let a = PostgresArray.elements(left), let b = PostgresArray.elements(right) else { return nil }
            return .bool(b.contains { PostgresArray.contains(a, $0) })
        case "?", "?|", "?&":
            guard let document = PostgresDocument.read(left), let keys = keys(sign, right) else { return nil }
            let has = keys.map { PostgresDocument.hasKey(document, $0) }
            return .bool(sign == "?&" ? !has.contains(false) : has.contains(true))
        case "@@": return nil
        default:
            guard case .text(let text) = left, case .text(let pattern) = right,
                let found = TextPattern(pattern, folds: sign.hasSuffix("*"))?.isIn(text)
            else { return nil }
            return .bool(found != sign.hasPrefix("!"))
        }
    }

    /// The steps that an operator takes into a document.
    static func path(_ sign: String, _ way: SQLValue) -> DocumentPath? {
        guard sign.hasPrefix("#") else {
            switch way {
            case .text(let name): return DocumentPath(steps: [.member(name)])
            case .int(let place) where place >= 0: return DocumentPath(steps: [.element(Int(clamping: place))])
            default: return nil
            }
        }
        return PostgresArray.elements(way).map { names in
            DocumentPath(
                steps: names.compactMap(Functions.text).map { name in
                    Int(name).flatMap { $0 >= 0 ? .element($0) : nil } ?? .member(name)
                })
        }
    }

    static func keys(_ sign: String, _ right: SQLValue) -> [String]? {
        if sign == "?" { return Functions.text(right).map { [$0] } }
        return PostgresArray.elements(right)?.compactMap(Functions.text)
    }

    private static func contains(_ whole: SQLValue, _ part: SQLValue) -> Bool? {
        if let whole = PostgresDocument.read(whole), let part = PostgresDocument.read(part) {
            return PostgresDocument.contains(whole, part)
        }
        guard let whole = PostgresArray.elements(whole), let part = PostgresArray.elements(part) else { return nil }
        return part.allSatisfy { PostgresArray.contains(whole, $0) }
    }
}

/// A regular expression: whether a text fits, and texts that do.
struct TextPattern {
    private let pattern: String
    private let folds: Bool

    init?(_ pattern: String, folds: Bool) {
        guard pattern.utf8.count < 500, !pattern.hasPrefix("***") else { return nil }
        (self.pattern, self.folds) = (pattern, folds)
    }

    /// Nil where the pattern is not one that is read here.
    func isIn(_ text: String) -> Bool? {
        guard let regex = try? Regex(pattern) else { return nil }
        return text.firstMatch(of: folds ? regex.ignoresCase() : regex) != nil
    }

    /// The n-th of the texts that it was read as; nil where there is none.
    func sample(_ count: Int) -> String? {
        var reader = SampleReader(signs: Array(pattern), count: count)
        guard var text = reader.alternatives(), reader.isAtEnd else { return nil }
        if reader.count > 0, !pattern.hasSuffix("$") { text += String(reader.count, radix: 36) }
        return isIn(text) ?? true ? text : nil
    }

    /// Reads a pattern and writes, choice by choice, a text that it takes.
    private struct SampleReader {
        let signs: [Character]
        var count: Int
        var at = 0

        var isAtEnd: Bool { at >= signs.count }

        private mutating func choice(_ options: Int) -> Int {
            guard options > 1 else { return 0 }
            defer { count /= options }
            return count % options
        }

        mutating func alternatives() -> String? {
            var texts: [String] = []
            repeat {
                guard let text = sequence() else { return nil }
                texts.append(text)
            } while take("|")
            return texts[choice(texts.count)]
        }

        private mutating func take(_ sign: Character) -> Bool {
            guard at < signs.count, signs[at] == sign else { return false }
            at += 1
            return true
        }

        private mutating func sequence() -> String? {
            var text = ""
            while at < signs.count, signs[at] != "|", signs[at] != ")" {
                let start = at
                guard let first = atom() else { return nil }
                let end = at
                guard let times = repeats() else { return nil }
                if times > 0 { text += first }
                let behind = at
                for _ in 1..<max(1, times) {
                    at = start
                    guard let next = atom() else { return nil }
                    text += next
                    at = end
                }
                at = behind
            }
            return text
        }

        private mutating func repeats() -> Int? {
            if take("?") || take("*") {
                _ = take("?")
                return 0
            }
            if take("+") {
                _ = take("?")
                return 1
            }
            guard take("{") else { return 1 }
            var digits = ""
            while at < signs.count, signs[at].isNumber {
                digits.append(signs[at])
                at += 1
            }
            while at < signs.count, signs[at] != "}" { at += 1 }
            guard take("}"), let least = Int(digits), least <= 100 else { return nil }
            return least
        }

        private mutating func atom() -> String? {
            let sign = signs[at]
            at += 1
            switch sign {
            case "^", "$": return ""
            case ".": return options(Array("abcdefghijklmnopqrstuvwxyz"))
            case "[": return one()
            case "(":
                if take("?"), !take(":") { return nil }
                guard let inner = alternatives(), take(")") else { return nil }
                return inner
            case "\\":
                guard at < signs.count else { return nil }
                at += 1
                switch signs[at - 1] {
                case "d": return options(Array("0123456789"))
                case "w": return options(Array("abcdefghijklmnopqrstuvwxyz"))
                case "s": return " "
                case "m", "M", "y", "b": return ""
                case let other where other.isLetter || other.isNumber: return nil
                case let other: return String(other)
                }
            case "*", "+", "?", "{": return nil
            default: return String(sign)
            }
        }

        private mutating func options(_ list: [Character]) -> String { String(list[choice(list.count)]) }

        /// One of the signs in brackets.
        private mutating func one() -> String? {
            let isNot = take("^")
            var list: [Character] = []
            var isFirst = true
            while at < signs.count, signs[at] != "]" || isFirst {
                isFirst = false
                if signs[at] == "[", at + 1 < signs.count, signs[at + 1] == ":" {
                    guard let end = signs[at...].firstIndex(of: "]") else { return nil }
                    let name = String(signs[(at + 2)..<max(at + 2, end - 1)])
                    list += name == "digit" ? Array("0123456789") : name == "space" ? [" "] : Array("abcdefghij")
                    at = end + 1
                    continue
                }
                let low = signs[at]
                at += 1
                if low == "\\", at < signs.count {
                    list += signs[at] == "d" ? Array("0123456789") : signs[at] == "w" ? Array("abcdef") : [signs[at]]
                    at += 1
                } else if at + 1 < signs.count, signs[at] == "-", signs[at + 1] != "]",
                    let from = low.unicodeScalars.first?.value, let to = signs[at + 1].unicodeScalars.first?.value,
                    from <= to, to - from < 200
                {
                    list += (from...to).compactMap(UnicodeScalar.init).map(Character.init)
                    at += 2
                } else {
                    list.append(low)
                }
            }
            guard take("]") else { return nil }
            if isNot { list = Array("abcdefghijklmnopqrstuvwxyz0123456789").filter { !list.contains($0) } }
            return list.isEmpty ? nil : options(list)
        }
    }
}
