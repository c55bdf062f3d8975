import Testing

@testable import ReenactFixtures

/// Four tables, some rows, and a handful of statements of every form that people write.
struct World {
    var schema: String
    var data = ""
    var statements: [String] = []

    init(_ random: inout Random, _ dialect: SQLDialect) {
        let optional = random.below(2) == 0
        schema = """
            CREATE TABLE town (id INTEGER PRIMARY KEY, name VARCHAR(20) NOT NULL\(random.below(2) == 0 ? " UNIQUE" : ""));
            CREATE TABLE person (id INTEGER PRIMARY KEY, town_id INTEGER\(optional ? "" : " NOT NULL") REFERENCES town(id),
              boss_id INTEGER REFERENCES person(id), name VARCHAR(20), age INTEGER, born DATE);
            CREATE TABLE thing (person_id INTEGER NOT NULL REFERENCES person(id), number INTEGER NOT NULL,
              price INTEGER NOT NULL, note VARCHAR(20), PRIMARY KEY (person_id, number));
            CREATE TABLE part (id INTEGER PRIMARY KEY, person_id INTEGER NOT NULL, number INTEGER NOT NULL, label VARCHAR(20),
              maker_id INTEGER REFERENCES town(id), FOREIGN KEY (person_id, number) REFERENCES thing(person_id, number));
            """
        let towns = 1 + random.below(4)
        let people = 1 + random.below(9)
        for id in 1...towns { data += "INSERT INTO town VALUES (\(id), 't\(id)');\n" }
        for id in 1...people {
            let town = optional && random.below(5) == 0 ? "NULL" : String(1 + random.below(towns))
            let boss = id == 1 || random.below(3) == 0 ? "NULL" : String(1 + random.below(id - 1))
            let age = random.below(6) == 0 ? "NULL" : String(20 + random.below(40))
            data +=
                "INSERT INTO person VALUES (\(id), \(town), \(boss), 'p\(random.below(5))', \(age), '\(1960 + random.below(40))-0\(1 + random.below(9))-1\(random.below(9))');\n"
        }
        var parts = 0
        for number in 0..<random.below(14) {
            let owner = 1 + random.below(people)
            data +=
                "INSERT INTO thing VALUES (\(owner), \(number), \(random.below(50)), \(random.below(3) == 0 ? "NULL" : "'n\(random.below(3))'"));\n"
            for _ in 0..<random.below(3) {
                parts += 1
                let maker = random.below(3) == 0 ? "NULL" : String(1 + random.below(towns))
                data += "INSERT INTO part VALUES (\(parts), \(owner), \(number), 'l\(random.below(4))', \(maker));\n"
            }
        }
        let forms = Self.forms(dialect)
        for _ in 0..<(1 + random.below(4)) {
            let form = forms[random.below(forms.count)]
            statements.append(
                form.replacing("#", with: String(1 + random.below(6))).replacing(
                    "@", with: String(20 + random.below(40))))
        }
    }

    static func forms(_ dialect: SQLDialect) -> [String] {
        let year = dialect == .sqlite ? "CAST(strftime('%Y', born) AS INTEGER)" : "EXTRACT(YEAR FROM born)"
        return [
            "SELECT * FROM person WHERE id = #", "SELECT name FROM person WHERE age > @ ORDER BY age, id",
            "SELECT p.name, t.name FROM person p JOIN town t ON t.id = p.town_id WHERE t.id = #",
            "SELECT p.name, t.name FROM person p LEFT JOIN town t ON t.id = p.town_id ORDER BY p.id",
            "SELECT p.id, x.number FROM person p FULL JOIN thing x ON x.person_id = p.id",
            "SELECT t.name FROM person p RIGHT JOIN town t ON t.id = p.town_id WHERE p.id IS NULL",
            "SELECT id FROM person p WHERE NOT EXISTS (SELECT 1 FROM thing x WHERE x.person_id = p.id)",
            "SELECT id, name FROM person p WHERE EXISTS (SELECT 1 FROM thing x WHERE x.person_id = p.id AND x.price > @)",
            "SELECT name FROM town WHERE id IN (SELECT town_id FROM person WHERE age < @)",
            "SELECT COUNT(*) FROM person", "SELECT COUNT(*), SUM(price), MIN(price), MAX(price) FROM thing",
            "SELECT AVG(age) FROM person WHERE name = 'p#'",
            "SELECT town_id, COUNT(*) FROM person WHERE town_id IS NOT NULL GROUP BY town_id HAVING COUNT(*) >= 2",
            "SELECT t.name, COUNT(p.id) FROM town t LEFT JOIN person p ON p.town_id = t.id GROUP BY t.id, t.name ORDER BY t.id",
            "SELECT COUNT(DISTINCT name) FROM person", "SELECT DISTINCT note FROM thing",
            "SELECT name FROM person UNION SELECT name FROM town",
            "SELECT id FROM person EXCEPT SELECT person_id FROM thing",
            "SELECT id FROM person INTERSECT SELECT person_id FROM thing",
            "WITH busy AS (SELECT person_id, COUNT(*) AS n FROM thing GROUP BY person_id) SELECT p.id, b.n FROM busy b JOIN person p ON p.id = b.person_id",
            "WITH RECURSIVE up(id, boss_id) AS (SELECT id, boss_id FROM person WHERE id = # UNION ALL SELECT p.id, p.boss_id FROM person p JOIN up ON p.id = up.boss_id) SELECT id FROM up",
            "SELECT id, age, ROW_NUMBER() OVER (ORDER BY age, id) FROM person WHERE age IS NOT NULL",
            "SELECT name FROM person WHERE age > (SELECT AVG(age) FROM person)",
            "SELECT name FROM person WHERE age = (SELECT MAX(age) FROM person)",
            "SELECT id, CASE WHEN age > 40 THEN 'old' ELSE 'young' END FROM person",
            "SELECT \(year) FROM person WHERE id = #",
            "SELECT CAST(price AS VARCHAR(10)) FROM thing WHERE price < @",
            "SELECT UPPER(name) FROM person ORDER BY id LIMIT 2",
            "SELECT label FROM part WHERE number = # ORDER BY id",
            "SELECT q.id, x.note FROM part q JOIN thing x ON x.person_id = q.person_id AND x.number = q.number",
            "SELECT x.number, COUNT(q.id) FROM thing x LEFT JOIN part q ON q.person_id = x.person_id AND q.number = x.number GROUP BY x.person_id, x.number",
            "SELECT t.name, COUNT(*) FROM part q JOIN town t ON t.id = q.maker_id GROUP BY t.name ORDER BY 2 DESC, 1 LIMIT 2",
            "SELECT COUNT(*) FROM part WHERE label = 'l#'", "SELECT id, label FROM part WHERE maker_id IS NULL",
            "UPDATE person SET age = age + 1 WHERE id = #", "DELETE FROM thing WHERE person_id = #",
            "INSERT INTO town VALUES (#, 't9')",
        ]
    }

    /// What the engine says to each statement, as a recording.
    static func record(
        _ engine: any FixtureEngine, _ data: String, _ statements: [String], _ dialect: SQLDialect
    ) throws -> [RecordedStatement] {
        let bare = statements.map {
            RecordedStatement(sql: $0, parameters: [], rows: nil, rowCount: nil, lastRow: nil, error: nil)
        }
        // An error expected or not, what stands behind it must go on.
        let ready = bare.map { statement in
            var guarded = statement
            if !statement.sql.hasPrefix("SELECT"), !statement.sql.hasPrefix("WITH") { guarded.error = nil }
            return ReadyStatement(recorded: guarded, parsed: try? SQLParser.parse(statement.sql, [], dialect))
        }
        let run = try engine.prove(data, ready)
        try #require(run.refusedRows == [])
        return zip(bare, run.outcomes).map { statement, outcome in
            var statement = statement
            switch outcome {
            case .rows(let rows, let count, _):
                if statement.sql.hasPrefix("SELECT") || statement.sql.hasPrefix("WITH") {
                    statement.rows = rows
                } else {
                    statement.rowCount = count
                }
            case .refused(let why): statement.error = why
            case .skipped: break
            }
            return statement
        }
    }
}
