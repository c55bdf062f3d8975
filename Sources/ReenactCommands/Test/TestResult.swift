import ReenactCaseFile
import ReenactReproduction
import ReenactStore
import ReenactTimeline

/// What came of one case as a regression test; a member of `reenact test --json`.
struct TestResult: Codable, Sendable, Equatable {
    enum State: String, Codable, Sendable {
        case passed, failed
        /// The re-enactment left the recorded path, could not start, or disagreed with itself.
        case undecided
    }

    var path: String
    /// The case's id; the path where it can't be read.
    var id: String
    /// `JSONDecodeError in GET /demo/add (20261121-081502-4f2a)`
    var name: String
    /// The trigger without its values.
    var operation: String
    var state: State
    /// `run`'s outcome; `unreadable` where the case can't be read or re-enacted at all.
    var outcome: String
    /// One sentence.
    var reason: String
    var milliseconds: Int
    /// Why it failed, as triage says.
    var sentence: String

    init(
        path: String, id: String, name: String, operation: String = "", state: State, outcome: String, reason: String,
        milliseconds: Int = 0, sentence: String = ""
    ) {
        self.path = path
        self.id = id
        self.name = name
        self.operation = operation
        self.state = state
        self.outcome = outcome
        self.reason = reason
        self.milliseconds = milliseconds
        self.sentence = sentence
    }

    /// A case that can't be read or re-enacted is a result as well: the others are still to be tested.
    init(path: String, store: Store, expect: RunCommand.Expectation, _ reenact: () throws -> RunResult) throws {
        do {
            let value = try CaseFile.read(path)
            let signature = value.signature
            let what = signature.exceptionType.isEmpty ? signature.outcome.rawValue : signature.exceptionType.lastName
            let result = try reenact()
            self.init(
                path: path, id: value.id, name: "\(what) in \(signature.operation) (\(value.id))",
                operation: signature.operation, state: Self.state(result.outcome, expect),
                outcome: result.outcome.rawValue, reason: result.reason,
                milliseconds: Int(result.attempts.reduce(0) { $0 + $1.phases.total }.rounded()),
                sentence: StoredCase(value, path: path).verdict.sentence)
        } catch {
            let own = CommandError(error)
            if own.status == .internal { throw error }
            self.init(
                path: path, id: path, name: path, state: .undecided, outcome: "unreadable", reason: own.description)
        }
    }

    static func state(_ outcome: Outcome, _ expect: RunCommand.Expectation) -> State {
        switch (outcome, expect) {
        case (.notReproduced, .fixed), (.reproduced, .reproduced): .passed
        case (.reproduced, .fixed), (.notReproduced, .reproduced): .failed
        case (.diverged, _), (.inconclusive, _): .undecided
        }
    }
}
