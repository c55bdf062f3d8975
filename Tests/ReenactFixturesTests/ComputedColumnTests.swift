import Testing

@testable import ReenactFixtures

/// Columns that the engine computes, several functions of one column, and sums of products.
@Suite struct ComputedColumnTests {
    static let schema = """
        CREATE TABLE drug (id INTEGER PRIMARY KEY, name TEXT NOT NULL, price REAL NOT NULL, off INTEGER NOT NULL DEFAULT 0);
        CREATE TABLE visit (id INTEGER PRIMARY KEY, begun DATETIME NOT NULL, ended DATETIME NOT NULL, paid DATE,
          billed DATE NOT NULL, CHECK (ended > begun));
        CREATE TABLE dose (visit_id INTEGER NOT NULL REFERENCES visit(id), step INTEGER NOT NULL CHECK (step % 10 = 0),
          drug_id INTEGER NOT NULL REFERENCES drug(id), days INTEGER NOT NULL CHECK (days > 0), daily INTEGER NOT NULL CHECK (daily BETWEEN 1 AND 12),
          units INTEGER GENERATED ALWAYS AS (days * daily) STORED, PRIMARY KEY (visit_id, step));
        CREATE TABLE vote (id INTEGER PRIMARY KEY, visit_id INTEGER REFERENCES visit(id), drug_id INTEGER REFERENCES drug(id),
          value INTEGER NOT NULL CHECK (value IN (-1, 1)), cast_at DATETIME NOT NULL, CHECK ((visit_id IS NULL) <> (drug_id IS NULL)));
        CREATE TABLE move (id INTEGER PRIMARY KEY, bin TEXT, qty INTEGER NOT NULL CHECK (qty <> 0));
        CREATE VIEW spent AS SELECT v.id, SUM(d.units) AS units FROM visit v JOIN dose d ON d.visit_id = v.id GROUP BY v.id;
        """

    static let data: String = {
        var text = "INSERT INTO drug VALUES (1,'a',2.5,0),(2,'b',4.25,10),(3,'c',11,0);"
        for id in 1...40 {
            let day = "202\(id % 3 + 1)-0\(id % 9 + 1)-1\(id % 7)"
            let paid = id % 4 == 0 ? "NULL" : "'202\(id % 3 + 2)-0\(id % 8 + 1)-20'"
            text +=
                "INSERT INTO visit VALUES (\(id),'\(day) 0\(id % 9):15:00','\(day) 1\(id % 9):45:00',\(paid),'\(day)');"
            for step in 1...(id % 3 + 1) {
                text +=
                    "INSERT INTO dose VALUES (\(id),\(step * 10),\((id + step) % 3 + 1),\(id % 9 + 1),\(step % 5 + 1));"
            }
            let (visit, drug) = id % 3 == 0 ? ("NULL", "\(id % 2 + 1)") : ("\(id)", "NULL")
            text += "INSERT INTO vote VALUES (\(id),\(visit),\(drug),\(id % 4 == 0 ? -1 : 1),'\(day) 10:00:00');"
            let sign = id % 5 < 2 && id % 4 != 3 ? "-" : ""
            text += "INSERT INTO move VALUES (\(id),\(id % 4 == 0 ? "NULL" : "'B\(id % 4)'"),\(sign)\(id));"
        }
        return text
    }()

    @Test(arguments: [
        "SELECT r.name, SUM(d.units), ROUND(SUM(d.units * r.price), 2) FROM dose d JOIN drug r ON r.id = d.drug_id GROUP BY r.id ORDER BY r.id",
        "SELECT visit_id, units FROM dose WHERE units > 30 ORDER BY units DESC, visit_id, step",
        "SELECT * FROM dose WHERE visit_id < 4 ORDER BY visit_id, step",
        "SELECT id, units FROM spent WHERE units > 40 ORDER BY id",
        "SELECT r.name, SUM(d.days), ROUND(SUM(d.days * r.price * (100 - r.off) / 100.0), 2) FROM dose d JOIN drug r ON r.id = d.drug_id GROUP BY r.id ORDER BY r.name",
        "SELECT strftime('%w', begun) AS day, SUM(CASE WHEN CAST(strftime('%H', begun) AS INTEGER) BETWEEN 3 AND 6 THEN 1 ELSE 0 END), COUNT(*) FROM visit GROUP BY day ORDER BY day",
        "SELECT strftime('%m', begun) AS month, COUNT(*) FILTER (WHERE strftime('%Y', begun) = '2022'), COUNT(*) FILTER (WHERE strftime('%Y', begun) = '2023') FROM visit GROUP BY month ORDER BY month",
        "SELECT COUNT(*), ROUND(SUM((julianday(ended) - julianday(begun)) * 24), 1) FROM visit WHERE id < 9",
        "SELECT CASE WHEN julianday(paid) - julianday(billed) <= 300 THEN 'soon' WHEN paid IS NULL THEN 'open' ELSE 'late' END AS bucket, COUNT(*) FROM visit GROUP BY 1 ORDER BY 1",
        "SELECT strftime('%Y', paid) AS year, COUNT(*), SUM(CASE WHEN paid <= billed THEN 1 ELSE 0 END) FROM visit WHERE paid IS NOT NULL GROUP BY year ORDER BY year",
        "SELECT strftime('%Y', cast_at) AS year, COUNT(visit_id), COUNT(drug_id), TOTAL(value) FROM vote GROUP BY year ORDER BY year",
        "SELECT COALESCE(bin, '-'), SUM(qty) FILTER (WHERE qty > 0), -SUM(qty) FILTER (WHERE qty < 0) FROM move GROUP BY bin ORDER BY bin",
        "SELECT strftime('%Y-%m', billed) AS month, COUNT(DISTINCT id) FROM visit WHERE billed LIKE '2022%' GROUP BY month ORDER BY month",
        "SELECT drug_id, COUNT(*), COUNT(DISTINCT visit_id) FROM dose GROUP BY drug_id ORDER BY drug_id",
    ]) func `what is computed comes out`(_ statement: String) throws {
        let report = try FixtureTrial.report([statement], Self.schema, Self.data)
        #expect(report.isExact, "\(report.failures)")
    }

    @Test func `a formula is found by the name of its column, and stands for it wherever it is named`() throws {
        let sql =
            "CREATE TABLE t (a INT, \"b c\" INT AS (a * 2) VIRTUAL, d TEXT CHECK (d <> 'AS (x)'), e GENERATED ALWAYS AS (\"b c\" + 1))"
        #expect(SQLParser.formula(sql, "b c", .sqlite) != nil)
        #expect(SQLParser.formula(sql, "e", .sqlite) != nil)
        #expect(SQLParser.formula(sql, "d", .sqlite) == nil)
        let schema = try SQLiteEngine(schema: sql).schema
        let form = GeneratedForm(schema: schema)
        func made(_ text: String) throws -> SQLStatement {
            guard case .select(let query) = try SQLParser.parse(text, [], .sqlite) else {
                throw FixtureError.schema("")
            }
            return .select(form.of(query))
        }
        guard
            case .select(let one) = try made(
                "SELECT x.e FROM t x WHERE EXISTS (SELECT 1 FROM t y WHERE y.a = x.\"b c\")"),
            case .select(let other) = try SQLParser.parse(
                "SELECT x.a * 2 + 1 AS e FROM t x WHERE EXISTS (SELECT 1 FROM t y WHERE y.a = x.a * 2)", [], .sqlite)
        else { return }
        #expect(one == other)
    }

    @Test func `days that begin so are a year, a month or a day`() {
        func span(_ pattern: String) -> [String]? {
            Days.span(of: LikePattern(pattern, "\\"), .date).map { [$0.first, $0.end] }
        }
        #expect(span("2023%") == ["2023-01-01", "2024-01-01"])
        #expect(span("2023-12%") == ["2023-12-01", "2024-01-01"])
        #expect(span("2023-02-28%") == ["2023-02-28", "2023-03-01"])
        #expect(span("20%") == nil)
        #expect(span("2023-13%") == nil)
        #expect(span("%2023") == nil)
    }
}
