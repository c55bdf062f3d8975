/// A fixture as a person reads, edits and compares it; docs/fixture-dsl.md has the grammar.
///
/// What stands in the text stands here, comments and blank lines too, so that printing gives the text back.
public struct FixtureDocument: Sendable, Equatable {
    /// Where something stands in the text, from 1. No part of what it says: all places are equal.
    public struct Place: Sendable, Equatable {
        public var line: Int
        /// In Unicode scalars.
        public var column: Int

        public init(line: Int = 0, column: Int = 0) {
            self.line = line
            self.column = column
        }

        public static func == (left: Place, right: Place) -> Bool { true }
    }

    /// Which moment of the recording the rows are from.
    public enum Moment: String, Codable, Sendable, CaseIterable {
        /// Before the first recorded statement.
        case start
        /// Before the failing trigger's first statement; for a command, which fails as a whole, that is its start.
        case failure
    }

    public enum Item: Sendable, Equatable {
        case blank
        /// What follows the `#`.
        case comment(String)
        case moment(Moment)
        /// What follows belongs to this database: a server's address, an SQLite file's path.
        case database(String, Place)
        case table(Table)
        case absent(Absence)
        case next(Counter)
        case after(Later)
    }

    /// Rows of a table; columns that are not named take their defaults.
    public struct Table: Sendable, Equatable {
        public enum Line: Sendable, Equatable {
            case blank
            case comment(String)
            case row(Row)
        }

        public var name: String
        public var columns: [String]
        public var lines: [Line]
        public var place = Place()
        /// Where each column's name stands.
        public var columnPlaces: Always<[Place]> = .init([])

        public init(name: String, columns: [String], lines: [Line], place: Place = Place()) {
            self.name = name
            self.columns = columns
            self.lines = lines
            self.place = place
        }

        public var rows: [Row] { lines.compactMap { if case .row(let row) = $0 { row } else { nil } } }
    }

    public struct Row: Sendable, Equatable {
        public var cells: [Cell]
        /// What follows the `#` behind the cells.
        public var remark: String?
        public var place = Place()

        public init(cells: [Cell], remark: String? = nil, place: Place = Place()) {
            self.cells = cells
            self.remark = remark
            self.place = place
        }
    }

    public struct Cell: Sendable, Equatable {
        /// Nil leaves the column to its default.
        public var value: SQLValue?
        /// `~`: the recording nowhere holds this value; another would do as well.
        public var isInvented: Bool
        /// `!`: meant so, though the column's type says otherwise (SQLite).
        public var isForced: Bool
        public var place = Place()

        public init(_ value: SQLValue?, isInvented: Bool = false, isForced: Bool = false, place: Place = Place()) {
            self.value = value
            self.isInvented = isInvented
            self.isForced = isForced
            self.place = place
        }
    }

    /// No row of the table passes the condition.
    public struct Absence: Sendable, Equatable {
        public var table: String
        /// How the condition calls the table.
        public var alias: String?
        /// SQL of the database's own dialect; nil: the table is empty.
        public var condition: String?
        public var place = Place()

        public init(table: String, alias: String? = nil, condition: String? = nil, place: Place = Place()) {
            self.table = table
            self.alias = alias
            self.condition = condition
            self.place = place
        }
    }

    /// The number that the next row of the table gets.
    public struct Counter: Sendable, Equatable {
        public var table: String
        public var next: Int64
        public var place = Place()

        public init(table: String, next: Int64, place: Place = Place()) {
            self.table = table
            self.next = next
            self.place = place
        }
    }

    /// What another program wrote after an event of the recording.
    public struct Later: Sendable, Equatable {
        public var event: Int
        public var sql: String
        public var place = Place()

        public init(event: Int, sql: String, place: Place = Place()) {
            self.event = event
            self.sql = sql
            self.place = place
        }
    }

    public var items: [Item]

    public init(_ items: [Item] = []) { self.items = items }

    public var tables: [Table] { items.compactMap { if case .table(let table) = $0 { table } else { nil } } }
    public var absences: [Absence] { items.compactMap { if case .absent(let fact) = $0 { fact } else { nil } } }
    public var counters: [Counter] { items.compactMap { if case .next(let counter) = $0 { counter } else { nil } } }
    public var laterWrites: [Later] { items.compactMap { if case .after(let write) = $0 { write } else { nil } } }

    /// `failure` where the text does not say.
    public var moment: Moment {
        for case .moment(let moment) in items { return moment }
        return .failure
    }

    /// The document of each database: what stands before the first `database` line belongs to all of them.
    public var databases: [(name: String?, place: Place, document: FixtureDocument)] {
        var common: [Item] = []
        var parts: [(name: String?, place: Place, document: FixtureDocument)] = []
        for item in items {
            if case .database(let name, let place) = item {
                parts.append((name, place, FixtureDocument(common)))
            } else if parts.isEmpty {
                common.append(item)
            } else {
                parts[parts.count - 1].document.items.append(item)
            }
        }
        return parts.isEmpty ? [(nil, Place(), self)] : parts
    }
}

/// A value that takes no part in comparisons.
public struct Always<Value: Sendable>: Sendable, Equatable {
    public var value: Value
    public init(_ value: Value) { self.value = value }
    public static func == (left: Always, right: Always) -> Bool { true }
}

extension FixtureDocument {
    /// The document's parts with the databases that they are for.
    ///
    /// - Throws: `FixtureError.document` where a part names none of them, or names none and there are several.
    public func matched(
        to databases: [CaseDatabase]
    ) throws(FixtureError) -> [(database: CaseDatabase, document: FixtureDocument)] {
        let known = databases.map(\.name).joined(separator: ", ")
        var result: [(database: CaseDatabase, document: FixtureDocument)] = []
        for part in self.databases {
            if let name = part.name {
                guard let database = databases.first(where: { $0.name == name }) else {
                    throw .document(
                        line: part.place.line, column: part.place.column,
                        what: "the case knows no database \(name); it knows \(known)")
                }
                result.append((database, part.document))
            } else {
                guard databases.count == 1 else {
                    throw .document(
                        line: 1, column: 1,
                        what:
                            "the case has several databases, so a line `database '…'` must say which is meant: \(known)"
                    )
                }
                result.append((databases[0], part.document))
            }
        }
        return result
    }
}
