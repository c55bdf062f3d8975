/// A user's own rules of what belongs together, one a line:
///
///     # matchers => the issue's name
///     type:requests.exceptions.* operation:"GET /tax/*" => tax service
///     message:*deadline* !file:*/tests/* => timeouts
///
/// All matchers of a line must match; the first line that matches counts. `*` stands for any characters, `?` for one;
/// `!` before a matcher turns it round. Fingerprints stay as they are: a rule joins issues above them.
public struct GroupingRules: Sendable, Equatable {
    /// What rules look at.
    public struct Subject: Sendable {
        /// The exception and what it was raised from.
        public var types: [String]
        public var message: String
        /// `function file`, as in signatures.
        public var frames: [String]
        public var operation: String
        public var outcome: String
        public var causeClass: String

        public init(
            types: [String], message: String, frames: [String], operation: String, outcome: String, causeClass: String
        ) {
            self.types = types
            self.message = message
            self.frames = frames
            self.operation = operation
            self.outcome = outcome
            self.causeClass = causeClass
        }
    }

    /// A line that can't be read.
    public struct Malformed: Error, Sendable, Equatable, CustomStringConvertible {
        /// From 1.
        public var line: Int
        public var reason: String
        public var description: String { "line \(line): \(reason)" }
    }

    /// What a rule made of a failure.
    public struct Match: Sendable, Equatable {
        public var name: String
        /// From 1.
        public var line: Int
    }

    enum Field: String, CaseIterable {
        case type, message, function, file, operation, outcome, cause
    }

    private struct Matcher: Sendable, Equatable {
        var field: Field
        var pattern: [UInt8]
        var isNegated: Bool
    }

    private struct Rule: Sendable, Equatable {
        var line: Int
        var matchers: [Matcher]
        var name: String
    }

    private static let rulesMax = 10_000
    private var rules: [Rule] = []

    public init() {}

    public init(_ text: String) throws(Malformed) {
        for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            let line = line.trimmed
            guard !line.isEmpty, !line.hasPrefix("#") else { continue }
            guard rules.count < Self.rulesMax else {
                throw Malformed(line: index + 1, reason: "more than \(Self.rulesMax) rules; put some together")
            }
            rules.append(try Self.rule(line, index + 1))
        }
    }

    public var isEmpty: Bool { rules.isEmpty }

    /// The first rule that matches.
    public func match(_ subject: Subject) -> Match? {
        rules.first { rule in rule.matchers.allSatisfy { Self.matches($0, subject) } }
            .map { Match(name: $0.name, line: $0.line) }
    }

    private static func matches(_ matcher: Matcher, _ subject: Subject) -> Bool {
        let texts: [String] =
            switch matcher.field {
            case .type: subject.types
            case .message: [subject.message]
            case .function: subject.frames.map { frame in String(frame.prefix { $0 != " " }) }
            case .file: subject.frames.map { frame in String(frame.drop { $0 != " " }.dropFirst()) }
            case .operation: [subject.operation]
            case .outcome: [subject.outcome]
            case .cause: [subject.causeClass]
            }
        return texts.contains { Glob.matches(matcher.pattern, Array($0.utf8)) } != matcher.isNegated
    }

    private static func rule(_ text: Substring, _ line: Int) throws(Malformed) -> Rule {
        guard let arrow = text.lastRange(of: "=>") else {
            throw Malformed(line: line, reason: "no `=>`; write: type:SomeError message:*text* => name of the issue")
        }
        let name = String(text[arrow.upperBound...].trimmed)
        guard !name.isEmpty else { throw Malformed(line: line, reason: "no name behind `=>`") }
        var matchers: [Matcher] = []
        for word in try words(text[..<arrow.lowerBound], line) {
            let isNegated = word.hasPrefix("!")
            let parts = word.dropFirst(isNegated ? 1 : 0).split(
                separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2, let field = Field(rawValue: String(parts[0])) else {
                let known = Field.allCases.map(\.rawValue).joined(separator: ", ")
                throw Malformed(line: line, reason: "`\(word)` is no matcher; there are \(known), each followed by `:`")
            }
            matchers.append(Matcher(field: field, pattern: Array(parts[1].utf8), isNegated: isNegated))
        }
        guard matchers.contains(where: { !$0.isNegated }) else {
            throw Malformed(line: line, reason: "no matcher before `=>`: it would join everything")
        }
        return Rule(line: line, matchers: matchers, name: name)
    }

    /// Words between white space; quotes hold a word together.
    private static func words(_ text: Substring, _ line: Int) throws(Malformed) -> [String] {
        var words: [String] = []
        var word = ""
        var isQuoted = false
        for character in text {
            if character == "\"" {
                isQuoted.toggle()
            } else if character.isWhitespace, !isQuoted {
                if !word.isEmpty { words.append(word) }
                word = ""
            } else {
                word.append(character)
            }
        }
        guard !isQuoted else { throw Malformed(line: line, reason: "a quote is not closed") }
        return word.isEmpty ? words : words + [word]
    }
}

/// Patterns with `*` and `?`, in time linear in the text for each star.
enum Glob {
    static func matches(_ pattern: [UInt8], _ text: [UInt8]) -> Bool {
        let (star, any) = (UInt8(ascii: "*"), UInt8(ascii: "?"))
        var (place, position) = (0, 0)
        var back: (place: Int, position: Int)?
        while position < text.count {
            if place < pattern.count, pattern[place] == star {
                back = (place + 1, position)
                place += 1
            } else if place < pattern.count, pattern[place] == any || pattern[place] == text[position] {
                place += 1
                position += 1
            } else if let last = back {
                back = (last.place, last.position + 1)
                (place, position) = (last.place, last.position + 1)
            } else {
                return false
            }
        }
        return pattern[place...].allSatisfy { $0 == star }
    }
}
