/// Why a fixture, or a part of one, can't be had.
public enum FixtureError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The file is not what docs/fixtures.md describes.
    case badInput(String)
    /// No parser of ours accepts the statement; the offset counts bytes.
    case unparsable(offset: Int, expected: String)
    /// A fixture's text, or what it says, is wrong at that place, counted from 1.
    case document(line: Int, column: Int, what: String)
    /// The case has no such database.
    case noDatabase(String)
    /// The schema can't be created in the real engine.
    case schema(String)
    /// The engine can't be started or does not answer.
    case engine(String)

    public var description: String {
        switch self {
        case .badInput(let what): "the input is not a recording: \(what)"
        case .unparsable(let offset, let expected): "SQL not understood at byte \(offset): expected \(expected)"
        case .document(let line, let column, let what): "line \(line), column \(column): \(what)"
        case .noDatabase(let what): what
        case .schema(let what): "the schema was refused: \(what)"
        case .engine(let what): "the database engine failed: \(what)"
        }
    }
}
