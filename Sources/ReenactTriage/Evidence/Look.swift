import ReenactTimeline

/// A case as rules look at it: the failure, the exchanges that can have led to it, and what the failing code held.
public struct Look: Sendable {
    /// A local variable or a text of the failing code, with its place.
    public struct Holding: Sendable {
        private let variable: String
        private let function: String?
        /// 0 is the throw site, 1 its caller…; nil for the message.
        public let depth: Int?
        public let value: String
        private let words: LazyWords

        /// - Parameter function: whose local it is; nil for a text.
        init(_ variable: String, function: String? = nil, depth: Int? = nil, value: String) {
            self.variable = variable
            self.function = function
            self.depth = depth
            self.value = value
            words = LazyWords(value)
        }

        /// `fk in expand_foreign_keys`, `the message`.
        public var name: String { function.map { "\(variable) in \($0)" } ?? variable }

        /// True where that is one of the words in it, for value flow.
        func has(word: String) -> Bool { words.contains(word) }
    }

    public let failure: Case
    /// The exception that explains the failure, where one was seen.
    public let exception: ExceptionRecord?
    /// That exception and what it was raised from, nearest first.
    public let chain: [ExceptionRecord]
    /// When the failing code gave up.
    public let time: Instant
    /// Exchanges that the failing code had seen by then, the last one first, without housekeeping.
    public let answers: [Answer]
    /// Calls that had no answer yet when the failing code gave up, the last one first.
    let unanswered: [Answer]
    /// What the failing part reads that was put away before.
    let stored: StoredValue
    /// Calls of earlier triggers: what was normal.
    public let earlier: [Answer]
    /// The request or job that set the failing code off.
    public let trigger: Answer?
    /// What that brought.
    var inputs: Inputs {
        broughtOnce.of { Inputs(failure, trigger: trigger, frames: exception.map { $0.frames.reversed() } ?? []) }
    }
    private let broughtOnce = Once<Inputs>()
    /// Message and locals, nearest first.
    public var holdings: [Holding] { held.list }
    /// Those of the message and of calls no further from the throw than that.
    func holdings(near depth: Int) -> [Holding] { held.near(depth) }
    private let held: LazyHoldings
    /// The key or field that an exception says was not there.
    let missingKey: String?
    /// What the failing line looked up in vain.
    var failedLookup: FailedLookup? { lookupOnce.of { FailedLookup.of(chain) } }
    private let lookupOnce = Once<FailedLookup?>()
    /// The value that the failing part choked on, and where it came from.
    var failedRead: FailedRead? { readOnce.of { FailedRead.of(chain) } }
    var readPlace: ReadPlace? { placeOnce.of { failedRead.flatMap { ReadPlace.find($0, self) } } }
    private let readOnce = Once<FailedRead?>()
    private let placeOnce = Once<ReadPlace?>()
    /// What was recorded before, by how closely it is tied to the failure.
    var ties: Ties { tiesOnce.of { Ties(self) } }
    private let tiesOnce = Once<Ties>()
    /// What the exceptions complain about.
    let complaint: Complaint
    /// Which value was nothing, where that is the complaint.
    let nullTrail: NullTrail
    /// Messages of the exceptions, nearest first; where none was seen, what the program printed when it failed.
    public let messages: [String]

    /// Exchanges further back than this explain nothing.
    private static let answersMax = 300
    /// Answers from before the failing work that a stored value may have come from.
    private static let keptMax = 100
    /// The recorder may note an answer a moment after the program has read it.
    private static let slack: Instant = 20_000_000
    /// A longer burst is a log of other things, too.
    private static let complaintBytesMax = 4000

    public init(_ failure: Case) {
        self.failure = failure
        let exception = failure.exceptions.last.map(AccessLogLine.stripped)
        self.exception = exception
        let told = (exception.map { [$0] + $0.causes } ?? []).map { SpokenPart.told(Frames.marked($0)) }
        // The innermost first: theirs are read in any case.
        sawLocals = told.contains { $0.frames.reversed().contains { !$0.locals.isEmpty } }
        let chain = told.map { NarrowedFrame.of($0) }
        self.chain = chain
        let time = exception.flatMap { $0.handling == .printed ? nil : $0.time } ?? failure.failureTime
        self.time = time
        let io = failure.events.filter { $0.kind == .call || $0.kind == .statement || $0.kind == .transport }
        // A peer that pushes may go on with its answer after the program has failed over the beginning.
        func goesOn(_ event: Event) -> Bool { event.protocolName == "raw" || event.detail["websocket"] != nil }
        func seen(_ event: Event) -> Bool {
            event.start <= time
                && ((event.end ?? event.start) <= time + Self.slack || goesOn(event)
                    || Self.isQuoted(event, exception))
        }
        var phases: Set<Event.Phase> = [.failing, .ambiguous]
        // Without a request there is no start-up apart from the failing work.
        if failure.trigger.kind != .request || !io.contains(where: { phases.contains($0.phase) && seen($0) }) {
            if failure.trigger.event == nil { phases.formUnion([.startup, .history]) }
        }
        func isLater(_ one: Event, _ other: Event) -> Bool {
            (one.end ?? one.start, one.id) > (other.end ?? other.start, other.id)
        }
        stored = StoredValue(chain.first)
        let own = Self.ownFirst(io.filter { phases.contains($0.phase) && seen($0) }.sorted(by: isLater), exception)
        let failing = Transactions.answers(own, of: failure, max: Self.answersMax)
        let before =
            stored.isEmpty
            ? []
            : io.filter { !phases.contains($0.phase) && seen($0) && $0.start < failure.trigger.time }
                .sorted(by: isLater).prefix(Self.answersMax)
        let kept = Transactions.answers(before, of: failure, max: Self.keptMax)
        answers = failing + kept
        let taken = Set(kept.map(\.event.id))
        earlier = io.filter {
            !phases.contains($0.phase) && $0.start < failure.failureTime && !taken.contains($0.id)
        }.suffix(Self.answersMax).map(Answer.init)
        unanswered = io.filter {
            phases.contains($0.phase) && $0.kind == .call && $0.start <= time && !seen($0)
        }.sorted { $0.start > $1.start }.prefix(20).map(Answer.init).filter { !$0.waits }
        trigger = failure.trigger.event.flatMap { failure.event($0) }.map(Answer.init)
        let messages = chain.isEmpty ? [Self.complaint(of: failure)] : chain.map(\.message)
        self.messages = messages
        held = LazyHoldings(chain, messages)
        let types = chain.isEmpty ? failure.signature.exceptionType : chain.map(\.type).joined(separator: " ")
        let message = messages.filter { !$0.isEmpty }.joined(separator: "\n")
        self.types = types
        self.message = message
        missingKey = MissingKey.named(chain, signature: failure.signature.exceptionType, message)
        complaint = Complaint(types: types, words: types + "\n" + message)
        nullTrail =
            complaint.isAboutNull
            ? told.lazy.map { NarrowedFrame.of($0, keepsVariables: true) }.map {
                NullTrail($0.frames.reversed(), attribute: MissingKey.read($0.message))
            }.first {
                !$0.origins.isEmpty || $0.readsNothing
            } ?? NullTrail([])
            : NullTrail([])
        let frames = chain.flatMap { $0.frames.reversed() }
        let site = chain.lazy.compactMap { Frames.site($0.frames) }.first
        self.frames = frames
        throwFrames = chain.prefix(3).flatMap { $0.frames.suffix(3).reversed() }
        self.site = site
        sourceLines = (frames.prefix(3).map(\.source) + [site?.source ?? ""]).filter { !$0.isEmpty }
        innerLines = (NarrowedFrame.sources(frames.prefix(3)) + [site?.source ?? ""]).filter { !$0.isEmpty }
    }

    /// What the failing process asked comes before what its siblings did meanwhile.
    private static func ownFirst(_ events: [Event], _ exception: ExceptionRecord?) -> [Event] {
        guard let exception, exception.handling != .printed else { return events }
        func isOwn(_ event: Event) -> Bool { event.process == nil || event.process == exception.process }
        let own = events.filter(isOwn)
        return own.isEmpty || own.count == events.count ? events : own + events.filter { !isOwn($0) }
    }

    /// The exception repeats what a server complained of: then its answer was there before, whenever it was noted.
    private static func isQuoted(_ event: Event, _ exception: ExceptionRecord?) -> Bool {
        guard let exception, let message = event.detail["error"]?["message"]?.string, message.count >= 8 else {
            return false
        }
        return ([exception] + exception.causes).contains { $0.message.contains(message) }
    }

    /// The line that stands for the failure, with those that were printed at once with it: causes often follow the
    /// complaint line by line. Of a command that ended badly the last lines count, for the very last may only be a hint
    /// on how to call it.
    private static func complaint(of failure: Case) -> String {
        let line = failure.signature.message
        guard !line.isEmpty else { return "" }
        let logs = failure.events.filter { $0.kind == .log }
        let burst = logs.last { ($0.detail["text"]?.string ?? "").contains(line) }
        let text = burst?.detail["text"]?.string ?? line
        guard failure.trigger.kind == .command, failure.exceptions.isEmpty, text.utf8.count < complaintBytesMax / 4
        else {
            if text.utf8.count <= complaintBytesMax { return text }
            return failure.trigger.kind == .command && failure.exceptions.isEmpty
                ? String(text.prefix(complaintBytesMax)) : line
        }
        var whole = ""
        for event in logs.suffix(20).reversed() where event.start >= failure.failureTime - lastWords {
            let text = event.detail["text"]?.string ?? ""
            guard whole.utf8.count + text.utf8.count <= complaintBytesMax else { break }
            whole = text + "\n" + whole
        }
        return whole.contains(String(line.prefix(lineMin))) ? whole : text
    }

    /// What a command prints so shortly before its end may be about that.
    private static let lastWords: Instant = 300_000_000
    /// Lines are cut somewhere.
    private static let lineMin = 60

    /// What the failing request was answered with, as a person reads it; empty where an exception says more.
    var page: String {
        guard exception == nil, let text = BodyText.read(trigger?.event.detail["responseBody"]) else { return "" }
        return PageText.plain(text)
    }

    /// Variables of the failing code were seen, whether or not the failing lines read them.
    let sawLocals: Bool
    /// Environment variables of the program, with those that its own command line sets: `env NAME=value program`.
    var variables: [String: String] {
        var variables = failure.environment.seenVariables
        let command = failure.environment.command
        guard command.first?.split(separator: "/").last == "env" else { return variables }
        for word in command.dropFirst() {
            let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            if parts.count == 2, !word.hasPrefix("-") {
                variables[String(parts[0])] = String(parts[1])
            } else if !word.hasPrefix("-") {
                break
            }
        }
        return variables
    }
    /// `messages`, joined.
    public let message: String
    /// Exception types, joined.
    public let types: String

    /// Types and messages: where fixed phrases of runtimes and libraries are looked for.
    public var words: String { types + "\n" + message }

    /// Frames of the exception and of what it was raised from, the innermost first.
    public let frames: [ExceptionRecord.Frame]
    /// The innermost frames of each exception of the chain.
    let throwFrames: [ExceptionRecord.Frame]
    /// Where a person starts to read.
    public let site: ExceptionRecord.Frame?
    /// Source lines near the throw: of the throw site, the program's own site and its callers.
    let sourceLines: [String]
    /// As before, without what stands around a comprehension in which it failed.
    let innerLines: [String]

    public var throwSite: ExceptionRecord.Frame? { chain.first?.throwSite }

    /// True where the source of the failing code names one of the variables, or was not seen.
    func reads(_ names: [String]) -> Bool {
        sourceLines.isEmpty
            || names.contains { name in sourceLines.contains { SourceText.contains($0, word: name) } }
    }

    /// The program writes that word into its message itself: the throwing line's own text has it, outside of what it fills in.
    func writesItself(_ word: String) -> Bool {
        let line = chain.first?.throwSite?.source ?? ""
        return SourceText.quoted(line).contains { text in
            var depth = 0
            let fixed = text.filter { character in
                if character == "{" { depth += 1 }
                defer { if character == "}" { depth = max(0, depth - 1) } }
                return depth == 0
            }
            return SourceText.contains(fixed, word: word)
        }
    }

    /// The runtime, a driver or a library says one of these phrases: it stands neither in the program's own throwing line
    /// (then it is the program's own rule, whatever it sounds like) nor in a value that the message only quotes.
    func isTold(_ phrases: [String]) -> Bool {
        guard complaint.mentions(phrases) else { return false }
        let heard = phrases.filter { complaint.mentions([$0]) }
        let source = Wording(frames.first?.source ?? "")
        let own = heard.filter { source.contains($0) }
        var rest = words
        for part in SourceText.quoted(message, limit: 16) where part.utf8.count > 3 {
            while let range = rest.range(of: part) { rest.removeSubrange(range) }
        }
        let plain = Wording(rest)
        return heard.contains { !own.contains($0) && plain.contains($0) }
    }

    /// A plain mistake in the program by its type: nothing that happened outside raises these by itself.
    var isOwnMistake: Bool {
        guard let type = exception?.type.split(whereSeparator: { $0 == "." || $0 == "\\" || $0 == ":" }).last else {
            return false
        }
        return Self.mistakes.contains(String(type))
    }

    private static let mistakes: Set<String> = [
        "ZeroDivisionError", "IndexError", "KeyError", "NameError", "UnboundLocalError", "AssertionError",
        "RecursionError", "NotImplementedError", "OverflowError", "ReferenceError", "RangeError", "ArithmeticException",
        "ArrayIndexOutOfBoundsException", "IndexOutOfBoundsException", "StringIndexOutOfBoundsException",
        "StackOverflowError", "DivideByZeroException", "IndexOutOfRangeException", "KeyNotFoundException",
        "DivisionByZeroError", "ArithmeticError", "FloatDomainError", "ArgumentCountError",
    ]

    /// How many exchanges lie between that event and the throw: 0 for the last one.
    func distance(_ event: Event) -> Int { answers.firstIndex { $0.event.id == event.id } ?? answers.count }

    /// True where nothing at all is known of an exception: only an answer of 500, or an exit.
    var isBlind: Bool { chain.isEmpty && failure.signature.exceptionType.isEmpty }
}
