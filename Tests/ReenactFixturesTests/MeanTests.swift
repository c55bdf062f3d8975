import Testing

@testable import ReenactFixtures

/// Means beside counts, and of numbers that are kept as texts.
@Suite struct MeanTests {
    private static let schema = """
        CREATE TABLE film (id INTEGER PRIMARY KEY, runtime TEXT, seats INT, genre TEXT);
        """

    private func films(_ runtimes: [String?], _ seats: [Int?] = []) -> String {
        runtimes.enumerated().map { place, runtime in
            let seat = place < seats.count ? seats[place].map(String.init) ?? "NULL" : "NULL"
            let text = runtime.map { "'\($0)'" } ?? "NULL"
            return "INSERT INTO film VALUES (\(place + 1),\(text),\(seat),'\(place % 3 == 0 ? "war" : "love")');"
        }.joined()
    }

    @Test(arguments: [
        ["96", "104", "89"], ["12.5", "13.1", "12.7"], ["7", "8"], ["90", "90", "x", "91", "93", "88", "70"],
    ])
    func `A text does not hold the digits of a mean; several do`(runtimes: [String]) throws {
        let report = try FixtureTrial.report(["SELECT AVG(runtime) FROM film"], Self.schema, films(runtimes))
        #expect(report.isExact, "\(report.failures)")
    }

    @Test func `Rows that are counted and have no value take no part in the mean`() throws {
        let seats: [Int?] = (0..<90).map { $0 % 7 == 0 ? nil : 20 + ($0 * 37) % 61 }
        let report = try FixtureTrial.report(
            ["SELECT genre, COUNT(*), AVG(seats) FROM film GROUP BY genre"], Self.schema,
            films(Array(repeating: nil, count: 90), seats))
        #expect(report.isExact, "\(report.failures)")
        #expect(report.rows == 90)
    }

    @Test func `A walk beside a write keeps the last id`() throws {
        let report = try FixtureTrial.report(
            [
                "SELECT id, genre FROM film WHERE genre IN ('war', 'noir') ORDER BY id DESC LIMIT 2",
                "SELECT COUNT(*) FROM film WHERE genre = 'war'", "INSERT INTO film (genre) VALUES ('noir')",
            ], Self.schema, films(Array(repeating: nil, count: 12)))
        #expect(report.isExact, "\(report.failures)")
    }
}
