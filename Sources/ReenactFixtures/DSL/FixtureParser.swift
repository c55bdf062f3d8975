extension FixtureDocument {
    /// Reads a fixture's text.
    ///
    /// - Throws: `FixtureError.document` with line, column, what was expected and what was found.
    public init(text: String) throws(FixtureError) {
        var parser = FixtureParser()
        var number = 0
        var bytes = Array(text.utf8)[...]
        // The last line's end ends no further line.
        if bytes.last == 0x0A { bytes.removeLast() }
        if !text.utf8.isEmpty {
            for line in bytes.split(separator: 0x0A, omittingEmptySubsequences: false) {
                number += 1
                try parser.take(line.last == 0x0D ? line.dropLast() : line, number)
            }
        }
        items = parser.finished()
    }
}

/// Line by line: what begins in the first column begins something, what is indented belongs to the last table.
private struct FixtureParser {
    private var items: [FixtureDocument.Item] = []
    private var table: FixtureDocument.Table?
    /// Comments and blank lines that belong to the table if another row follows.
    private var waiting: [FixtureDocument.Item] = []

    mutating func take(_ bytes: ArraySlice<UInt8>, _ number: Int) throws(FixtureError) {
        var scanner = FixtureScanner(bytes, line: number)
        let isIndented = scanner.startsWithBlank
        scanner.skipBlanks()
        if scanner.isAtEnd { return note(.blank) }
        if scanner.isAtComment { return note(.comment(scanner.comment())) }
        if isIndented { return try takeRow(&scanner) }
        endTable()
        if let item = try item(&scanner) { items.append(item) }
    }

    mutating func finished() -> [FixtureDocument.Item] {
        endTable()
        return items
    }

    private mutating func note(_ item: FixtureDocument.Item) {
        if table == nil { items.append(item) } else { waiting.append(item) }
    }

    private mutating func endTable() {
        if let table { items.append(.table(table)) }
        table = nil
        items += waiting
        waiting = []
    }

    /// Nil where a table begins: it is whole only when something else does.
    private mutating func item(_ scanner: inout FixtureScanner) throws(FixtureError) -> FixtureDocument.Item? {
        let place = scanner.place
        if scanner.take("table") {
            table = .init(name: try scanner.name("a table's name"), columns: [], lines: [], place: place)
            try end(&scanner)
            return nil
        }
        if scanner.take("absent") { return .absent(try absence(&scanner, place)) }
        if scanner.take("next") {
            let name = try scanner.name("a table's name")
            scanner.skipBlanks()
            let next = try scanner.integer("the next row's number")
            try end(&scanner)
            return .next(.init(table: name, next: next, place: place))
        }
        if scanner.take("after") {
            let event = try scanner.integer("an event's number")
            scanner.skipBlanks()
            guard event >= 0, event <= Int64(Int32.max) else { throw scanner.failure("an event's number") }
            guard !scanner.isAtEnd else { throw scanner.failure("an SQL statement") }
            return .after(.init(event: Int(event), sql: FixtureParser.trimmed(scanner.rest()), place: place))
        }
        if scanner.take("at") {
            for moment in FixtureDocument.Moment.allCases where scanner.take(moment.rawValue) {
                try end(&scanner)
                return .moment(moment)
            }
            throw scanner.failure("start or failure")
        }
        if scanner.take("database") {
            let name = try scanner.string("the database's address or path in quotes")
            try end(&scanner)
            return .database(name, place)
        }
        throw scanner.failure("table, absent, next, after, at, database or # (rows are indented)")
    }

    private func absence(
        _ scanner: inout FixtureScanner, _ place: FixtureDocument.Place
    ) throws(FixtureError) -> FixtureDocument.Absence {
        var fact = FixtureDocument.Absence(table: try scanner.name("a table's name"), place: place)
        scanner.skipBlanks()
        if scanner.take("as") {
            fact.alias = try scanner.name("the name that the condition has for the table")
            scanner.skipBlanks()
        }
        if scanner.isAtEnd { return fact }
        guard scanner.take("where") else { throw scanner.failure("where, as, or the end of the line") }
        guard !scanner.isAtEnd else { throw scanner.failure("a condition") }
        fact.condition = FixtureParser.trimmed(scanner.rest())
        return fact
    }

    private mutating func takeRow(_ scanner: inout FixtureScanner) throws(FixtureError) {
        guard var current = table else { throw scanner.failure("a table's line before its rows") }
        let place = scanner.place
        if current.columns.isEmpty {
            guard waiting.isEmpty else { throw scanner.failure("the columns right below the table's line") }
            var places: [FixtureDocument.Place] = []
            while !scanner.isAtEnd, !scanner.isAtComment {
                places.append(scanner.place)
                let start = scanner
                let name = try scanner.name("a column's name")
                guard !current.columns.contains(name) else { throw start.failure("each column once") }
                current.columns.append(name)
                scanner.skipBlanks()
            }
            guard scanner.isAtEnd else {
                throw scanner.failure("a column's name (comments have lines of their own here)")
            }
            current.columnPlaces = .init(places)
            table = current
            return
        }
        var row = FixtureDocument.Row(cells: [], place: place)
        for column in current.columns {
            guard !scanner.isAtEnd, !scanner.isAtComment else {
                throw scanner.failure("a value for \(FixtureText.name(column)) (\(current.columns.count) columns)")
            }
            row.cells.append(try scanner.cell("a value for \(FixtureText.name(column))"))
            scanner.skipBlanks()
        }
        if scanner.isAtComment { row.remark = scanner.comment() }
        guard scanner.isAtEnd else {
            throw scanner.failure("the end of the row (\(current.columns.count) columns)")
        }
        for item in waiting {
            if case .comment(let text) = item {
                current.lines.append(.comment(text))
            } else {
                current.lines.append(.blank)
            }
        }
        waiting = []
        current.lines.append(.row(row))
        table = current
    }

    private func end(_ scanner: inout FixtureScanner) throws(FixtureError) {
        scanner.skipBlanks()
        guard scanner.isAtEnd else { throw scanner.failure("the end of the line") }
    }

    private static func trimmed(_ text: String) -> String {
        var scalars = text.unicodeScalars[...]
        while let last = scalars.last, last == " " || last == "\t" { scalars.removeLast() }
        return String(scalars)
    }
}
