import ReenactSandbox

/// What came of a re-enactment: of one attempt, or of several together.
public enum Outcome: String, Codable, Sendable {
    /// The same failure at the same place, along the recorded path.
    case reproduced
    /// The recorded path was gone to its end, and the failure did not come.
    case notReproduced
    /// The program left the recorded path.
    case diverged
    /// Nothing can be said: see the reason.
    case inconclusive

    /// What `reenact run` exits with.
    public var exitCode: Int32 {
        switch self {
        case .reproduced: 0
        case .notReproduced: 1
        case .diverged: 2
        case .inconclusive: 3
        }
    }
}

/// The result of `reenact run`, and what `--json` prints; its fields stand in `docs/run-json.md`.
public struct RunResult: Codable, Sendable {
    /// A failure as a person compares it.
    public struct SignatureText: Codable, Sendable, Equatable {
        /// `TypeError`, or `http:500`, `exit:1`.
        public var type: String
        public var message: String
        /// `function file-name` of the throw site; empty where there is none.
        public var site: String
        public var outcome: String
    }

    /// How much of the recorded path before the failure was gone.
    public struct Prefix: Codable, Sendable, Equatable {
        public var matched: Int
        public var total: Int
    }

    /// Where the program left the recorded path.
    public struct Divergence: Codable, Sendable, Equatable {
        /// The recorded event that was due; nil where none was.
        public var event: Int?
        public var expected: String
        public var came: String
    }

    /// A question that nothing recorded answers.
    public struct Miss: Codable, Sendable, Equatable {
        public var server: String
        public var question: String
        public var reason: String
        public var nearestEvent: Int?
        public var phase: String
    }

    /// A database of the program, and where its answers came from.
    public struct Database: Codable, Sendable, Equatable {
        /// What it holds in the sandbox.
        public enum State: String, Codable, Sendable {
            /// A fixture that was solved from the recording.
            case solved
            /// The fixture that `--fixture` names.
            case given
            /// The copy of the file that the case has.
            case copy
            /// A real server with the rows that the recording shows.
            case recordedRows = "recorded-rows"
            /// Nothing: recorded answers are replayed.
            case replay
        }

        /// A recorded statement that the fixture does not answer as recorded.
        public struct Gap: Codable, Sendable, Equatable {
            public var event: Int
            public var reason: String
        }

        /// A server's address or a file's path.
        public var name: String
        /// `PostgreSQL 15.18`; empty where no real one answered.
        public var engine: String
        public var state: State
        /// Every statement that was put to the proof gave what was recorded.
        public var exact: Bool?
        public var rows: Int?
        /// Recorded statements that were put to the proof, and those that gave what was recorded.
        public var statements: Int?
        public var satisfied: Int?
        /// How many of the program's statements were answered from where.
        public var fromRecording = 0
        public var fromFixture = 0
        public var fromSpecification = 0
        public var unanswered = 0
        /// How many of those from the fixture the recording does not hold, and the first of them.
        public var beyondRecording = 0
        public var questions: [String] = []
        public var unsatisfied: [Gap] = []
        public var assumptions: [String] = []

        init(name: String, engine: String, state: State) {
            self.name = name
            self.engine = engine
            self.state = state
        }
    }

    /// What the program answered to the trigger.
    public struct Answer: Codable, Sendable, Equatable {
        /// HTTP's status; nil where there was none.
        public var status: Int?
        /// The beginning of the body, as text.
        public var bodyPreview: String
        /// `timeout`, `reset`, `closed` where no whole answer came.
        public var missing: String?
        /// The program's exit status, or 128 and the signal, where it ended.
        public var exit: Int?
    }

    /// Milliseconds.
    public struct Phases: Codable, Sendable, Equatable {
        public var plan = 0.0
        public var sandbox = 0.0
        /// From the first process's start to stubs that listen.
        public var stubs = 0.0
        /// The application's own start.
        public var ready = 0.0
        /// The application's own work on the trigger.
        public var trigger = 0.0
        /// Waiting for what the hooks still have to tell.
        public var observe = 0.0
        public var destroy = 0.0
        public var total = 0.0
        /// All but `ready` and `trigger`.
        public var ownShare = 0.0
        public init() {}
    }

    /// One attempt.
    public struct Attempt: Codable, Sendable {
        public var outcome: Outcome
        /// One sentence.
        public var reason: String
        public var withHistory: Bool
        /// Requests in flight came together, with their answers in that order: 0 is the recorded one, others were
        /// explored; nil: the failing request came by itself.
        public var interleaving: Int?
        public var seen: SignatureText?
        public var messageMatches: Bool
        public var prefix: Prefix
        public var relaxations: [String: Int]
        public var misses: [Miss]
        public var divergence: Divergence?
        public var answer: Answer?
        public var notes: [String]
        public var databases: [Database] = []
        public var phases: Phases
        /// The program's last output.
        public var outputTail: String
    }

    public var caseID: String
    public var outcome: Outcome
    /// One sentence.
    public var reason: String
    /// False where the recording has a hole on the failing path: what was reproduced is likely, not proven.
    public var confirmed: Bool
    public var reproduced: Int
    public var expected: SignatureText
    public var seen: SignatureText?
    public var prefix: Prefix
    public var relaxations: [String: Int]
    public var misses: [Miss]
    public var divergence: Divergence?
    public var answer: Answer?
    /// True where the failure needs the earlier requests of the recording to be sent first.
    public var neededHistory: Bool
    /// The recorded directory and the one that stood for it, with `--code`.
    public var code: CodeReplacement?
    /// With `--code`, where the failure is gone: what the recorded code did here. Nil where it was not tried.
    public var control: Control?
    public var isolation: Isolation
    /// What the recording does not hold, on the failing path.
    public var holes: [String]
    public var notes: [String]
    public var databases: [Database]
    public var phases: Phases
    public var attempts: [Attempt]

    /// 0 reproduced, 1 not reproduced, 2 diverged, 3 inconclusive.
    public var exitCode: Int32 { outcome.exitCode }
}
