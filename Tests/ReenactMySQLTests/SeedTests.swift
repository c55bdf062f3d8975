import ReenactWire
import Testing

@testable import ReenactMySQL

/// What a recorded conversation tells of the tables that were there.
struct SeedTests {
    private func seed(_ sql: String) -> String {
        let run = MySQLTape.Run(
            sql: SQLText(Array(sql.utf8)[...]), results: [.init(columns: [], values: [])], database: "shop",
            request: .use("shop"), effect: .none, connection: 1, phase: .failing)
        return MySQLSeed.of([run]).statements.map(\.text).joined(separator: "\n")
    }

    @Test func `tables of the server's own catalogue are none of the program's`() {
        #expect(seed("SELECT a FROM users WHERE id = 1").contains("`users`"))
        #expect(
            !seed("SELECT table_name FROM information_schema.tables WHERE table_schema = 'shop'").contains("tables"))
        #expect(!seed("SELECT * FROM INFORMATION_SCHEMA.COLUMNS c WHERE c.TABLE_NAME = 'x'").contains("COLUMNS"))
        #expect(seed("SELECT a FROM archive.users WHERE id = 1").contains("`archive`.`users`"))
    }
}
