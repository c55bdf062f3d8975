import Testing

@testable import ReenactFixtures

/// Groups mixed from kinds of rows that overlapping conditions tell apart.
@Suite struct MixtureTests {
    static let schema = """
        CREATE TABLE class (id INTEGER PRIMARY KEY, term TEXT NOT NULL);
        CREATE TABLE mark (id INTEGER PRIMARY KEY, class_id INTEGER NOT NULL REFERENCES class(id),
          grade TEXT CHECK (grade IN ('A','B','F','W')), points REAL CHECK (points BETWEEN 0 AND 4),
          score INTEGER CHECK (score BETWEEN 1 AND 5), is_open INTEGER NOT NULL CHECK (is_open IN (0, 1)),
          mail TEXT NOT NULL UNIQUE CHECK (mail LIKE '%@%'), begun DATE NOT NULL, ended DATE);
        """

    static let data: String = {
        var text = "INSERT INTO class VALUES (1,'fall'),(2,'spring'),(3,'summer');"
        for id in 1...150 {
            let grade = id % 11 == 0 ? "NULL" : "'\(["A", "B", "F", "W", "A"][id % 5])'"
            let ended = id % 3 == 0 ? "NULL" : "'2023-0\(id % 5 + 3)-1\(id % 7)'"
            text += "INSERT INTO mark VALUES (\(id),\(id % 3 + 1),\(grade),\(Double(id * 7 % 41) / 10),"
            text += "\(id % 4 == 0 ? "NULL" : String(id * 3 % 5 + 1)),\(id % 7 == 0 ? 0 : 1),'m\(id)@x.test',"
            text += "'202\(id % 2 + 1)-02-0\(id % 9 + 1)',\(ended));"
        }
        return text
    }()

    @Test(arguments: [
        "SELECT class_id, SUM(CASE WHEN grade = 'F' THEN 1 ELSE 0 END), SUM(CASE WHEN grade = 'W' THEN 1 ELSE 0 END), ROUND(AVG(CASE WHEN grade IN ('F', 'W') THEN 100.0 ELSE 0 END), 1) FROM mark GROUP BY class_id ORDER BY class_id",
        "SELECT c.term, ROUND(AVG(m.points), 3), COUNT(*) FILTER (WHERE m.points >= 3.7), COUNT(*) FILTER (WHERE m.points < 1) FROM mark m JOIN class c ON c.id = m.class_id GROUP BY c.term ORDER BY c.term",
        "SELECT grade, COUNT(*), ROUND(AVG(is_open) * 100, 1) FROM mark WHERE grade IS NOT NULL GROUP BY grade ORDER BY grade",
        "SELECT c.id, COUNT(m.id), SUM(m.grade = 'A'), ROUND(AVG(m.score), 2) FROM class c JOIN mark m ON m.class_id = c.id GROUP BY c.id ORDER BY c.id",
        "SELECT SUM(CASE WHEN points > 3 THEN 1 ELSE 0 END), SUM(CASE WHEN points > 2 THEN 1 ELSE 0 END), SUM(CASE WHEN points > 1 THEN points ELSE 0 END), COUNT(*) FROM mark",
        "SELECT class_id, ROUND(AVG(julianday(ended) - julianday(begun)), 1), COUNT(ended) FROM mark GROUP BY class_id ORDER BY class_id",
        "SELECT strftime('%Y', begun) AS year, COUNT(*), COUNT(ended), ROUND(AVG(julianday(ended) - julianday(begun)) / 365.25, 2) FROM mark GROUP BY year ORDER BY year",
        "SELECT MIN(points), MAX(points), SUM(CASE WHEN points >= 2 THEN 1 ELSE 0 END), ROUND(AVG(points), 2) FROM mark WHERE score = 2",
        "SELECT grade, COUNT(*), MIN(begun) FROM mark GROUP BY grade ORDER BY grade",
        "SELECT CASE WHEN SUM(is_open) > 40 THEN 'many' ELSE 'few' END, SUM(score BETWEEN 2 AND 4), SUM(score > 3), COUNT(score) FROM mark",
    ]) func `overlapping conditions come out together`(_ statement: String) throws {
        let report = try FixtureTrial.report([statement], Self.schema, Self.data)
        #expect(report.isExact, "\(report.failures)")
    }

    @Test func `a mean of very many whole numbers is had from as many`() throws {
        var data = ""
        for id in 1...619 { data += "INSERT INTO leg VALUES (\(id), \(id % 12 == 0 ? "NULL" : String(id * 31 % 47)));" }
        let report = try FixtureTrial.report(
            ["SELECT AVG(delay) FROM leg"], "CREATE TABLE leg (id INTEGER PRIMARY KEY, delay INTEGER);", data)
        #expect(report.isExact, "\(report.failures)")
    }

    // MARK: the programme

    private static func form(_ fixed: [Double], _ open: [Double] = [], _ constant: Double = 0) -> GroupMixture.Form {
        var form = GroupMixture.Form(constant, kinds: fixed.count, opens: open.count)
        (form.fixed, form.open) = (fixed, open)
        return form
    }

    @Test func `the fewest rows are taken that meet all bounds`() throws {
        // Two and two of three kinds, four of those nineteen in a hundred.
        let programme = GroupMixture(
            kinds: 3, opens: [],
            bounds: [
                .init(form: Self.form([1, 0, 0]), low: 2, high: 2), .init(form: Self.form([0, 1, 0]), low: 2, high: 2),
                .init(form: Self.form([81.05, 81.05, -18.95]), low: 0, high: .infinity),
                .init(form: Self.form([80.95, 80.95, -19.05]), low: -.infinity, high: 0),
            ])
        let answer = try #require(programme.solve(least: 1, most: 500))
        #expect(answer.rows == [2, 2, 17])
    }

    @Test func `open numbers add up between their edges`() throws {
        let opens = [
            GroupMixture.Open(kind: 0, low: 0, high: 0.99, unit: 0.01),
            GroupMixture.Open(kind: 1, low: 1, high: 4, unit: 0.01),
        ]
        let programme = GroupMixture(
            kinds: 2, opens: opens,
            bounds: [
                .init(form: Self.form([1, 0], [0, 0]), low: 3, high: 3),
                .init(form: Self.form([0, 0], [1, 1]), low: 20.5, high: 20.5),
                .init(form: Self.form([1, 1], [0, 0]), low: 9, high: 9),
            ])
        let answer = try #require(programme.solve(least: 0, most: 100))
        #expect(answer.rows == [3, 6])
        #expect(abs(answer.sums.reduce(0, +) - 20.5) < 1e-9)
        for (place, open) in opens.enumerated() {
            let shares = GroupMixture.shares(of: answer.sums[place], open, answer.rows[place])
            #expect(shares.allSatisfy { $0 >= open.low - 1e-9 && $0 <= open.high + 1e-9 })
            #expect(abs(shares.reduce(0, +) - answer.sums[place]) < 1e-9)
        }
    }

    @Test(arguments: [1e300, -1e300, .infinity, 9.3e18, -3, .nan])
    func `totals beyond all bounds are missed, not the end`(_ total: Double) throws {
        let statement =
            "SELECT SUM(CASE WHEN points > 3 THEN 1 ELSE 0 END), COUNT(*), ROUND(AVG(points), 1), SUM(points) FROM mark"
        var recorded = RecordedStatement(
            sql: statement, parameters: [], rows: nil, rowCount: nil, lastRow: nil, error: nil)
        recorded.rows = [[.real(total), .real(total), .real(total), .real(total)]]
        var limits = SolverLimits()
        limits.seconds = 0.5
        let report = try FixtureBuilder(schema: Self.schema, dialect: .sqlite, limits: limits).build(
            RecordedTimeline(id: "t", statements: [recorded])
        ).report
        #expect(!report.isExact)
        let programme = GroupMixture(
            kinds: 1, opens: [],
            bounds: [
                .init(form: Self.form([1]), low: total, high: total), .init(form: Self.form([total]), low: 1, high: 1),
            ])
        #expect(programme.solve(least: 1, most: 2500) == nil)
    }

    @Test func `bounds that nothing meets have no mixture`() {
        let programme = GroupMixture(
            kinds: 2, opens: [],
            bounds: [
                .init(form: Self.form([1, 0]), low: 3, high: 3), .init(form: Self.form([1, 1]), low: 2, high: 2),
            ])
        #expect(programme.solve(least: 0, most: 50) == nil)
    }
}
