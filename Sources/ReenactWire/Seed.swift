/// What brings a fresh server into the state that a recording proves: statements or commands, in order.
///
/// Made by whoever knows how; the protocol's own naive reading of the recording is one maker.
public struct Seed: Codable, Sendable, Equatable {
    /// One statement of SQL with its values, or one command with its arguments.
    public struct Statement: Codable, Sendable, Equatable {
        public var text: String
        /// In text form; nil is SQL's NULL.
        public var values: [[UInt8]?]
        /// The types of the values as PostgreSQL numbers them, as far as known.
        public var types: [Int32]
        public init(_ text: String, values: [[UInt8]?] = [], types: [Int32] = []) {
            self.text = text
            self.values = values
            self.types = types
        }
    }

    /// A statement that the database's other users made after an event of the recording.
    public struct Later: Codable, Sendable, Equatable {
        public var event: Int
        public var text: String
        public init(event: Int, text: String) {
            self.event = event
            self.text = text
        }
    }

    /// The state before the program's first question.
    public var statements: [Statement]
    /// The state is that before the failing trigger instead: what was recorded earlier has happened in it.
    public var isLate = false
    /// In order of their events.
    public var later: [Later] = []
    /// What the recording does not prove and was assumed, a sentence each.
    public var assumptions: [String]

    public init(_ statements: [Statement] = [], assumptions: [String] = []) {
        self.statements = statements
        self.assumptions = assumptions
    }

    /// How many assumptions are told.
    public static let assumptionsMax = 12

    /// Notes an assumption, if there is room for it.
    public mutating func assume(_ sentence: String) {
        if assumptions.count < Self.assumptionsMax { assumptions.append(sentence) }
    }
}
