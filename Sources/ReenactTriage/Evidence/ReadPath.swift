import ReenactTimeline

/// A variable with what a source line reads of it: `poll["votes"]`, `user.email`, `row[3]`, `data.get('a')`.
struct ReadPath: Equatable {
    enum Step: Equatable {
        case key(String)
        case index(Int)
        /// What an expression picks; its text.
        case lookup(String)
    }

    /// A variable; empty for what a call gave.
    var root: String
    var steps: [Step]
    /// The method of it that the line calls.
    var called: String?

    /// The last name in it: of the value that it reads.
    var name: String {
        for step in steps.reversed() { if case .key(let key) = step { return key } }
        return root
    }

    /// Everything that a line of source reads, in its order. The last reading may be that of a value that is nothing:
    /// of `a.b.c` it gives `a.b.c`, of `a.b.run(x)` it gives `a.b` and `x`.
    static func all(in line: String) -> [ReadPath] {
        let length = line.utf8.count
        guard length > 0 else { return [] }
        // Long lines are seldom read twice.
        guard length <= 500 else { return scanned(line) }
        return known.value(of: line, spread: length) { scanned(line) }
    }

    private static let known = Remembered<String, [ReadPath]>()

    private static func scanned(_ line: String) -> [ReadPath] {
        var scanner = Scanner(rest: Substring(line.prefix(2000)))
        return scanner.paths()
    }

    /// What the path leads to inside the value, or nil where that does not tell.
    func value(in root: JSONValue) -> JSONValue? {
        var value = root
        for step in steps {
            let next: JSONValue? =
                switch step {
                case .key(let key): value[key]
                case .index(let index): value[index < 0 ? (value.array?.count ?? 0) + index : index]
                case .lookup: nil
                }
            guard let next else { return nil }
            value = next
        }
        return value
    }

    private struct Scanner {
        /// Methods that give the member of that name.
        static let readers: Set<String> = [
            "get", "fetch", "dig", "getString", "getItem", "getParameter", "getHeader", "get_argument", "input",
            "query",
            "header", "param", "post",
        ]

        var rest: Substring
        var found: [ReadPath] = []

        static func isStart(_ character: Character) -> Bool {
            character.isLetter || character == "_" || character == "$" || character == "@"
        }

        static func isPart(_ character: Character) -> Bool {
            character.isLetter || character.isNumber || character == "_" || character == "$"
        }

        mutating func paths() -> [ReadPath] {
            while let first = rest.first, found.count < 60 {
                if first == "#" || rest.hasPrefix("//") { break }
                if first == "`" {
                    formatted(SourceText.takeLiteral(from: &rest), opener: "${")
                } else if "'\"".contains(first) {
                    _ = SourceText.takeLiteral(from: &rest)
                } else if first.isNumber {
                    rest = rest.drop(while: Self.isPart)
                } else if Self.isStart(first) {
                    path()
                } else {
                    rest = rest.dropFirst()
                }
            }
            return found
        }

        mutating func word() -> String {
            let word = rest.prefix { Self.isPart($0) || $0 == "@" }
            rest = rest.dropFirst(word.count)
            return String(word)
        }

        mutating func path() {
            let root = word()
            // A string with a prefix, or a call: no variable.
            if let next = rest.first, "'\"".contains(next), root.count <= 2 {
                if root.lowercased().contains("f") { formatted(SourceText.takeLiteral(from: &rest), opener: "{") }
                return
            }
            if ["await", "return", "if", "not", "in", "for", "and", "or", "new"].contains(root) { return }
            if rest.first == "(" { return afterCall() }
            follow(ReadPath(root: root, steps: []))
        }

        /// Expressions inside of a text: Python's `f"{total:.2f}"`, JavaScript's `${total}`.
        private mutating func formatted(_ text: String, opener: String) {
            var inside = text[...]
            while let open = inside.range(of: opener), found.count < 60 {
                inside = inside[open.upperBound...]
                guard let close = inside.firstIndex(of: "}") else { return }
                // Doubled braces stand for themselves; what follows `:` or `!` is the format.
                if opener == "{", inside.first == "{" {
                    inside = inside.dropFirst()
                    continue
                }
                let expression = inside[..<close]
                let end = opener == "{" ? expression.firstIndex { ":!".contains($0) } : nil
                found += ReadPath.all(in: String(expression[..<(end ?? expression.endIndex)]))
                inside = inside[close...].dropFirst()
            }
        }

        /// What is read of what a path leads to.
        private mutating func follow(_ start: ReadPath) {
            var path = start
            steps: while true {
                let before = rest
                if rest.hasPrefix("?.") {
                    rest = rest.dropFirst(2)
                } else if rest.hasPrefix("->") {
                    rest = rest.dropFirst(2)
                } else if rest.first == "." {
                    rest = rest.dropFirst()
                } else if rest.first == "[" {
                    rest = rest.dropFirst()
                    guard let step = bracket() else {
                        rest = before.dropFirst()
                        break
                    }
                    path.steps.append(step)
                    continue
                } else {
                    break
                }
                guard let next = rest.first, Self.isStart(next) else { break }
                let member = word()
                guard rest.first == "(" else {
                    path.steps.append(.key(member))
                    continue
                }
                if Self.readers.contains(member), let key = argument() {
                    path.steps.append(.key(key))
                    continue
                }
                path.called = member
                break steps
            }
            if !path.root.isEmpty || !path.steps.isEmpty { found.append(path) }
            if path.called != nil { afterCall() }
        }

        /// Arguments are readings of their own; what the call gave is read on behind them.
        private mutating func afterCall() {
            guard rest.first == "(" else { return }
            rest = rest.dropFirst()
            var depth = 1
            while let next = rest.first, depth > 0, found.count < 60 {
                if "'\"`".contains(next) {
                    _ = SourceText.takeLiteral(from: &rest)
                } else if Self.isStart(next) {
                    path()
                } else {
                    rest = rest.dropFirst()
                    if "([{".contains(next) { depth += 1 }
                    if ")]}".contains(next) { depth -= 1 }
                }
            }
            if let next = rest.first, "[.?".contains(next) || rest.hasPrefix("->") {
                follow(ReadPath(root: "", steps: []))
            }
        }

        /// The only or first argument, where it is a string literal; the call is passed over.
        private mutating func argument() -> String? {
            let inside = rest.dropFirst().drop { $0.isWhitespace }
            guard let quote = inside.first, "'\"".contains(quote) else { return nil }
            rest = inside
            let key = SourceText.takeLiteral(from: &rest)
            var depth = 1
            while let next = rest.first, depth > 0 {
                rest = rest.dropFirst()
                if next == "(" { depth += 1 }
                if next == ")" { depth -= 1 }
            }
            return key
        }

        private mutating func bracket() -> Step? {
            guard let first = rest.first else { return nil }
            var step: Step?
            if "'\"".contains(first) {
                step = .key(SourceText.takeLiteral(from: &rest))
            } else if first == ":" {
                rest = rest.dropFirst()
                step = .key(word())
            } else {
                let number = rest.prefix { $0.isNumber || $0 == "-" }
                if let place = Int(number), rest.dropFirst(number.count).first == "]" {
                    rest = rest.dropFirst(number.count)
                    step = .index(place)
                } else {
                    return lookup()
                }
            }
            guard rest.first == "]" else { return nil }
            rest = rest.dropFirst()
            return step
        }

        /// `i` of `[i]`, `t.state` of `[t.state]`; what stands in the brackets is read on by itself.
        private mutating func lookup() -> Step? {
            var depth = 1
            var end = rest.startIndex
            while end < rest.endIndex {
                if "([{".contains(rest[end]) { depth += 1 }
                if ")]}".contains(rest[end]) { depth -= 1 }
                if depth == 0 { break }
                end = rest.index(after: end)
            }
            let inner = rest[..<end]
            guard end < rest.endIndex, !inner.isEmpty, inner.count <= 100, !inner.contains(":") else { return nil }
            found += ReadPath.all(in: String(inner))
            rest = rest[rest.index(after: end)...]
            return .lookup(String(inner))
        }
    }
}
