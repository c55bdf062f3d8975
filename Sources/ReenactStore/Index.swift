import FoundationEssentials
import ReenactCaseFile
import ReenactTimeline

/// The index of a store: one row a case file. Not shared between threads; each use opens its own.
final class Index {
    private let database: SQLiteConnection

    private static let schema = """
        CREATE TABLE IF NOT EXISTS entry (file TEXT PRIMARY KEY, state TEXT NOT NULL, issue TEXT NOT NULL, \
        cause TEXT NOT NULL, count INTEGER NOT NULL, last_time TEXT NOT NULL, samples TEXT NOT NULL, \
        entry TEXT NOT NULL);
        CREATE INDEX IF NOT EXISTS entry_cause ON entry (cause)
        """
    private static let version = 1

    /// Opens or makes it. One that is damaged or of another version is thrown away: it can be made anew.
    convenience init(_ path: String) throws {
        do {
            try self.init(path, .readWrite)
        } catch let error as SQLiteError where [11, 26].contains(error.primary) {
            try? FileManager.default.removeItem(atPath: path)
            try self.init(path, .readWrite)
        }
    }

    static func inMemory() throws -> Index { try Index("", .memory) }

    private init(_ path: String, _ mode: SQLiteConnection.Mode) throws {
        database = try SQLiteConnection(path: path, mode: mode)
        database.wait(milliseconds: 20_000)
        var found = 0
        try database.query("PRAGMA user_version") { found = Int($0.integer(0) ?? 0) }
        guard found != Self.version else { return }
        try database.transaction {
            try database.execute("DROP TABLE IF EXISTS entry")
            try database.execute(Self.schema)
            try database.execute("PRAGMA user_version = \(Self.version)")
        }
    }

    /// File names with what was known of each file.
    func states() throws -> [String: String] {
        var states: [String: String] = [:]
        try database.query("SELECT file, state FROM entry") { states[$0.text(0) ?? ""] = $0.text(1) ?? "" }
        return states
    }

    func forget(_ files: Set<String>) throws {
        for file in files.sorted() { try database.query("DELETE FROM entry WHERE file = ?", .init(file)) }
    }

    /// The entries; `path` is the file's name.
    func entries() throws -> [StoredCase] {
        var entries: [StoredCase] = []
        try database.query("SELECT file, entry, count, last_time, samples FROM entry") { row in
            guard var entry = try? JSONText.decode(StoredCase.self, from: (row.text(1) ?? "").utf8) else { return }
            entry.path = row.text(0) ?? ""
            entry.count = Int(row.integer(2) ?? 1)
            entry.lastTime = row.text(3) ?? entry.time
            entry.samples = (row.text(4) ?? "").split(separator: " ").map(String.init)
            entries.append(entry)
        }
        return entries
    }

    /// Adds one to the case of the same issue and cause; nil where there is none.
    func countUp(_ entry: StoredCase, samplesMax: Int) throws -> Store.Addition? {
        try database.transaction { try countUpInTransaction(entry, samplesMax: samplesMax) }
    }

    /// Enters a new file, unless another process has entered the same failure meanwhile.
    func insert(_ entry: StoredCase, _ file: String, _ state: String, samplesMax: Int) throws -> Store.Addition? {
        try database.transaction {
            // Another process may have found our file in the directory already, and even have counted it up.
            var own: Int64?
            try database.query("SELECT count FROM entry WHERE file = ?", .init(file)) { own = $0.integer(0) }
            if let known = try countUpInTransaction(entry, samplesMax: samplesMax, by: own ?? 1, except: file) {
                try database.query("DELETE FROM entry WHERE file = ?", .init(file))
                return known
            }
            if own == nil { try write(entry, file, state) }
            return nil
        }
    }

    /// Enters what a file holds; a count that is known stays.
    func replace(_ entry: StoredCase, _ file: String, _ state: String) throws {
        try database.transaction {
            var count: Int64?
            var rest = (last: entry.lastTime, samples: entry.samples.joined(separator: " "))
            try database.query("SELECT count, last_time, samples FROM entry WHERE file = ?", .init(file)) { row in
                count = row.integer(0)
                rest = (row.text(1) ?? rest.last, row.text(2) ?? rest.samples)
            }
            try write(entry, file, state)
            guard let count else { return }
            try database.query(
                "UPDATE entry SET count = ?, last_time = ?, samples = ? WHERE file = ?", .integer(count),
                .init(rest.last), .init(rest.samples), .init(file))
        }
    }

    private func write(_ entry: StoredCase, _ file: String, _ state: String) throws {
        try database.query(
            "INSERT OR REPLACE INTO entry VALUES (?, ?, ?, ?, ?, ?, ?, ?)", .init(file), .init(state),
            .init(entry.fingerprint), .init(entry.causeFingerprint), .init(entry.count), .init(entry.lastTime),
            .init(entry.samples.joined(separator: " ")), .init(try JSONText.encode(entry)))
    }

    private func countUpInTransaction(
        _ entry: StoredCase, samplesMax: Int, by more: Int64 = 1, except file: String = ""
    ) throws -> Store.Addition? {
        var known: (file: String, count: Int64, samples: [String], last: String)?
        try database.query(
            """
            SELECT file, count, samples, last_time FROM entry WHERE issue = ? AND cause = ? AND file <> ? \
            ORDER BY file LIMIT 1
            """, .init(entry.fingerprint), .init(entry.causeFingerprint), .init(file)
        ) { row in
            let samples = (row.text(2) ?? "").split(separator: " ").map(String.init)
            known = (row.text(0) ?? "", row.integer(1) ?? 1, samples, row.text(3) ?? "")
        }
        guard let known else { return nil }
        let samples = (known.samples + (known.samples.contains(entry.id) ? [] : [entry.id])).prefix(samplesMax)
        try database.query(
            "UPDATE entry SET count = count + ?, last_time = ?, samples = ? WHERE file = ?", .integer(more),
            .init(max(known.last, entry.lastTime)), .init(samples.joined(separator: " ")), .init(known.file))
        return .same(as: known.samples.first ?? known.file, count: Int(known.count + more))
    }
}
