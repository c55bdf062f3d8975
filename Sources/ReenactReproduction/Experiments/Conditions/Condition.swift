import ReenactTimeline
import ReenactWire

/// Something that was recorded and could have been otherwise, with the form in which it might have been well.
public struct Condition: Sendable, Equatable {
    /// What sort of thing is changed.
    public enum Kind: String, Codable, Sendable {
        /// A dependency's whole answer: its status, an error, a value that is there or not.
        case answer
        /// One member of an answer's document.
        case field
        /// A row of a database: present or absent.
        case row
        /// One value of a row.
        case cell
        /// A connection that was refused, cut or silent.
        case fault
        /// An environment variable.
        case variable
        /// A part of the request, an argument, or a part of the standard input that set the failing code off.
        case input
        /// A part of a file that the program read.
        case file
        /// The program's clock.
        case time
        /// When an answer came, by itself or beside another.
        case timing
    }

    /// How likely such a thing is to be the cause; the first stage that shows something ends the search.
    enum Stage: Int, Sendable, CaseIterable {
        /// It was no success, NULL, empty, or is named by the failure itself.
        case suspect
        /// Plain, but it could have been otherwise.
        case possible
        /// Another form of what was changed before; the clock.
        case remote
    }

    enum Change: Sendable, Equatable {
        /// Changes in an event's answer.
        case edit(event: Int, AnswerEdit)
        /// Changes in several answers that hang together.
        case edits([Edit])
        /// A peer that could not be reached is there, and answers so what nothing recorded answers.
        case reach(server: String, protocolName: String, answer: [UInt8])
        /// A name that nobody knew is that of a host, which answers so what it is asked.
        case host(name: String, server: String, isTLS: Bool, answer: [UInt8])
        /// Nil takes it out.
        case variable(name: String, value: String?)
        /// Statements on a database file of the program.
        case database(path: String, sql: String, values: [JSONValue])
        /// Nobody has the database file locked when that statement runs.
        case unlocked(event: Int)
        case input(InputEdit)
        /// What the program reads from its standard input.
        case standardInput(TextEdit)
        /// A file that the program reads; nil: it is not there.
        case file(path: String, TextEdit?)
        /// Nanoseconds that the clock is moved by.
        case clock(Int64)
        /// The answer comes so many nanoseconds after its request.
        case delay(event: Int, nanoseconds: Int64)
        /// A request that was in flight at the same time does not come.
        case alone(event: Int)
        /// Of two questions that were open together, the one that was answered last is answered first.
        case swap(early: Int, late: Int)
        /// Answers to requests in flight come in that order of events.
        case order([Int])
    }

    struct Edit: Sendable, Equatable {
        var event: Int
        var edit: AnswerEdit
    }

    /// `GET api.example/latest answered http:521`.
    public var recorded: String
    /// `200 with {}`.
    public var changed: String
    public var kind: Kind
    /// The event; nil for what is no event.
    public var event: Int?
    /// Of two conditions with the same target only one can be changed at a time.
    var target: String
    var stage: Stage
    /// How likely it is to be the cause: `suspect`, `possible` or `remote`.
    public var likelihood: String { "\(stage)" }
    /// How much speaks for it: of several suspects the higher is tried first. See `Likelihood`.
    var score = 0
    let change: Change
    /// Triage speaks of just this.
    var isTold = false
    /// What it becomes nobody said or held: it may only lead around the failure.
    var isArbitrary = false
    /// It gives what the failure's message asks for: a file that was not there, a value that it offers.
    var isAskedFor = false

    /// More are not looked at; the likelier ones, then the latest count.
    static let countMax = 60

    init(
        _ kind: Kind, recorded: String, changed: String, event: Int? = nil, target: String, stage: Stage = .suspect,
        change: Change
    ) {
        self.kind = kind
        self.recorded = recorded
        self.changed = changed
        self.event = event
        self.target = target
        self.stage = stage
        self.change = change
    }
}

extension Condition {
    /// It can be changed for a program that has been started: answers, databases, the request, the clock.
    var isLive: Bool {
        switch change {
        case .edit, .edits, .clock, .delay, .alone, .swap, .order, .database: true
        case .input(.argument): false
        case .input: true
        case .reach, .host, .variable, .standardInput, .file, .unlocked: false
        }
    }

    /// What can be changed in a case: by stage, in each stage what the verdict names, then the latest first.
    public static func all(in failure: Case, healthy others: [Case] = []) -> [Condition] {
        all(Subject(failure, others))
    }

    static func all(_ subject: Subject) -> [Condition] {
        let found =
            HTTPConditions.find(subject) + RedisConditions.find(subject) + MessageConditions.find(subject)
            + RowConditions.find(subject)
            + FileDatabaseConditions.find(subject) + SchemaConditions.find(subject)
            + StatementErrorConditions.find(subject) + LockConditions.find(subject) + FaultConditions.find(subject)
            + VariableConditions.find(subject)
            + InputConditions.find(subject) + StandardInputConditions.find(subject) + KeptFileConditions.find(subject)
            + WholeTextConditions.find(subject) + NameConditions.find(subject)
            + TimingConditions.find(subject)
        // What this machine lacked (room, descriptors) no answer took from it: a shorter one only needs less.
        let isOfMachine = ["disk-full", "too-many-open-files", "out-of-threads"].contains(subject.verdict.causeClass)
        let isHealthy = { (condition: Condition) in
            condition.stage != .suspect && [.answer, .field, .row, .cell, .file].contains(condition.kind)
        }
        // Two forms of the same change, found twice, would be tried twice.
        var seen: Set<String> = []
        var changes: [Change] = []
        let once = found.filter { condition in
            guard !(isOfMachine && isHealthy(condition)),
                seen.insert("\(condition.target)\u{0}\(condition.changed)").inserted,
                !changes.contains(condition.change), condition.isApplicable(to: subject.failure)
            else { return false }
            changes.append(condition.change)
            return true
        }
        let evidence = Set(subject.verdict.evidence)
        func rank(_ condition: Condition) -> (Int, Int, Int, Int) {
            let isEvidence = condition.event.map(evidence.contains) ?? false
            // What the verdict says of another event, it does not say of this one.
            let score =
                isEvidence || condition.score < Likelihood.told ? condition.score : condition.score - Likelihood.told
            return (condition.stage.rawValue, isEvidence ? 0 : 1, -score, -(condition.event ?? 0))
        }
        let ordered = once.enumerated().sorted {
            let (first, second) = (rank($0.element), rank($1.element))
            return first == second ? $0.offset < $1.offset : first < second
        }
        return ordered.prefix(countMax).map { one in
            var condition = one.element
            let isMain = condition.event.map { $0 == subject.verdict.evidence.first } ?? false
            let isChain = if case .edits = condition.change { true } else { false }
            let isEvidence = condition.event.map(evidence.contains) == true
            condition.isTold =
                isChain && isEvidence || isMain && [.answer, .fault].contains(condition.kind)
                || (isMain || isEvidence && condition.kind == .field) && condition.score >= Likelihood.told
            return condition
        }
    }
}
