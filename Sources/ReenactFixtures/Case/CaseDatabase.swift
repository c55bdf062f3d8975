import ReenactTimeline

/// A database that the program of a case spoke to, with all that was said.
public struct CaseDatabase: Sendable {
    public enum Engine: String, Sendable {
        case sqlite, postgres, mysql

        /// In which SQL it is solved; nil: nothing here can prove it.
        var dialect: SQLDialect? {
            switch self {
            case .sqlite: .sqlite
            case .postgres: .postgres
            case .mysql: nil
            }
        }

        public var title: String {
            switch self {
            case .sqlite: "SQLite"
            case .postgres: "PostgreSQL"
            case .mysql: "MySQL"
            }
        }
    }

    /// A server's address, or the path of an SQLite file.
    public var name: String
    public var engine: Engine
    var statements: [CaseStatement]
    /// SQLite: the file as the case has it, from before the failing trigger.
    var file: [UInt8]?
    /// What was not looked at, and why.
    var remarks: [String] = []

    public var statementCount: Int { statements.count }

    /// The databases of a case, servers first, each with its statements in order of time.
    public static func all(of failure: Case) -> [CaseDatabase] {
        postgres(failure) + mysql(failure) + sqlite(failure)
    }

    /// - Throws: `FixtureError.noDatabase` where the case has none, or none of that name.
    public static func named(_ name: String?, of failure: Case) throws(FixtureError) -> [CaseDatabase] {
        let all = all(of: failure)
        guard !all.isEmpty else {
            throw .noDatabase(
                "the case \(failure.id) holds no SQL statement, of PostgreSQL, MySQL or SQLite, so there is nothing to "
                    + "make a fixture of")
        }
        guard let name else { return all }
        let found = all.filter { $0.name == name || $0.engine.rawValue == name }
        guard found.isEmpty else { return found }
        throw .noDatabase(
            "the case \(failure.id) knows no database \(name); it knows \(all.map(\.name).joined(separator: ", "))")
    }

}
