extension CaseFixture {
    /// The rows, statement by statement.
    public var rowStatements: [String] {
        engine.dialect.map { SQLScript.statements(rows, $0) } ?? []
    }

    /// The fixture as an SQLite file.
    ///
    /// - Throws: `FixtureError.schema` where SQLite refuses a part; `FixtureError.document` for what a file can't do.
    public func sqliteFile() throws(FixtureError) -> [UInt8] {
        if moment == .start, hasEarlierPhases {
            throw .document(
                line: 1, column: 1,
                what: "an SQLite file stands for the moment of the failure: leave `at start` out, and give those rows")
        }
        if let write = document.laterWrites.first {
            throw .document(
                line: write.place.line, column: write.place.column,
                what: "`after` is for servers: nobody else writes to an SQLite file in the sandbox")
        }
        let scratch = try SchemaScratch()
        for statement in schema {
            if let why = scratch.run(statement) { throw .schema("\(why): \(statement.prefix(80))") }
        }
        if let why = scratch.run("BEGIN;" + rows + "COMMIT") { throw .schema("the rows were refused: \(why)") }
        return scratch.bytes
    }
}
