import Testing

@testable import ReenactFixtures

/// Functions that nothing inverts, keys with a form, and many rows.
@Suite struct TrialTests {
    static let schema = """
        CREATE TABLE port (code TEXT PRIMARY KEY CHECK (length(code) = 3 AND code = upper(code)), country TEXT NOT NULL);
        CREATE TABLE line (id INTEGER PRIMARY KEY, origin TEXT NOT NULL REFERENCES port(code),
          target TEXT NOT NULL REFERENCES port(code), CHECK (origin <> target));
        CREATE TABLE trip (id INTEGER PRIMARY KEY, number TEXT NOT NULL, line_id INTEGER NOT NULL REFERENCES line(id),
          leaves DATETIME NOT NULL, lands DATETIME NOT NULL, late INTEGER, UNIQUE (number, leaves), CHECK (lands > leaves));
        CREATE TABLE guest (id INTEGER PRIMARY KEY, name TEXT NOT NULL, since DATE);
        CREATE TABLE seat (id INTEGER PRIMARY KEY, trip_id INTEGER NOT NULL REFERENCES trip(id),
          guest_id INTEGER NOT NULL REFERENCES guest(id), place TEXT, price REAL NOT NULL,
          UNIQUE (trip_id, guest_id), UNIQUE (trip_id, place));
        """

    static let data: String = {
        var text = "INSERT INTO port VALUES ('AMS','NL'),('BER','DE'),('CDG','FR'),('DUB','IE');"
        text += "INSERT INTO line VALUES (1,'AMS','BER'),(2,'BER','CDG'),(3,'CDG','AMS'),(4,'DUB','AMS');"
        for trip in 1...30 {
            let (month, day) = (trip % 12 + 1, trip % 27 + 1)
            let date = "\(2022 + trip % 3)-\(Days.padded(month, 2))-\(Days.padded(day, 2))"
            let late = trip % 5 == 0 ? "NULL" : String(trip * 7 % 90 - 10)
            text += "INSERT INTO trip VALUES (\(trip),'T\(trip % 4)',\(trip % 4 + 1),'\(date) 0\(trip % 9):10:00',"
            text += "'\(date) 1\(trip % 9):\(Days.padded(trip * 2, 2)):30',\(late));"
        }
        for guest in 1...25 {
            let since = guest % 6 == 0 ? "NULL" : "'19\(60 + guest)-0\(guest % 9 + 1)-11'"
            text += "INSERT INTO guest VALUES (\(guest),'g\(guest)',\(since));"
        }
        for seat in 1...700 {
            let (trip, guest) = ((seat - 1) / 25 + 1, (seat - 1) % 25 + 1)
            let place = seat % 9 == 0 ? "NULL" : "'\(guest)\(["A", "B", "C"][guest % 3])'"
            text += "INSERT INTO seat VALUES (\(seat),\(trip),\(guest),\(place),\(Double(seat % 40) * 2.5 + 0.25));"
        }
        return text
    }()

    private func report(_ statements: [String]) throws -> FixtureReport {
        try FixtureTrial.report(statements, Self.schema, Self.data)
    }

    @Test(arguments: [
        "SELECT COUNT(*) FROM line", "SELECT origin, COUNT(*) FROM line GROUP BY origin ORDER BY origin",
        "SELECT country FROM port ORDER BY country",
        "SELECT COUNT(*), COUNT(late), COUNT(*) - COUNT(late) FROM trip",
        "SELECT strftime('%Y', leaves), COUNT(*) FROM trip GROUP BY 1 ORDER BY 1",
        "SELECT strftime('%w', leaves), COUNT(*) FROM trip GROUP BY 1 ORDER BY 1",
        "SELECT CAST(strftime('%H', leaves) AS INTEGER) AS hour, COUNT(*) FROM trip GROUP BY hour ORDER BY hour",
        "SELECT id, ROUND((julianday(lands) - julianday(leaves)) * 24, 2) FROM trip WHERE id < 6 ORDER BY id",
        "SELECT COUNT(*) FROM trip WHERE julianday(lands) - julianday(leaves) > 0.45",
        "SELECT (CAST(strftime('%Y', since) AS INTEGER) / 10) * 10 AS decade, COUNT(*) FROM guest WHERE since IS NOT NULL GROUP BY decade ORDER BY decade",
        "SELECT strftime('%Y', since) || '-Q' || ((CAST(strftime('%m', since) AS INTEGER) + 2) / 3) AS q, COUNT(*) FROM guest WHERE since > '1975-01-01' GROUP BY q ORDER BY q",
        "SELECT SUBSTR(place, -1) AS letter, COUNT(*) FROM seat WHERE place IS NOT NULL AND trip_id < 3 GROUP BY letter ORDER BY letter",
        "SELECT IIF(late > 20, 'late', 'fine') AS how, COUNT(*) FROM trip WHERE late IS NOT NULL GROUP BY how ORDER BY how",
        "SELECT number, SUM(late) AS all_late FROM trip GROUP BY number ORDER BY all_late DESC, number LIMIT 2 OFFSET 2",
        "SELECT s.id, s.price FROM seat s JOIN guest g ON g.id = s.guest_id WHERE g.id BETWEEN 3 AND 5 AND s.trip_id < 4 ORDER BY s.trip_id, s.id",
        "WITH RECURSIVE m(d) AS (SELECT '2022-01-01' UNION ALL SELECT date(d, '+1 month') FROM m WHERE d < '2022-12-01') SELECT d FROM m WHERE d LIKE '2022-0%' ORDER BY d",
    ]) func `what functions give is found by trying`(_ statement: String) throws {
        let report = try report([statement])
        #expect(report.isExact, "\(report.failures)")
    }

    @Test func `many rows under two composite keys are counted`() throws {
        let report = try report(["SELECT COUNT(*) FROM seat"])
        #expect(report.isExact, "\(report.failures)")
    }

    @Test(arguments: [
        ("2024-01-31", ["+1 month"], "2024-03-02"), ("2024-02-29", ["-1 year"], "2023-03-01"),
        ("2024-05-17 10:20:30", ["start of month", "+1 month", "-1 day"], "2024-05-31"),
        ("2024-05-17T23:30", ["+45 minutes"], "2024-05-18"), ("2024-05-17", ["weekday 0"], "2024-05-19"),
        ("2024-12-31 23:59:59.900", ["+0.2 seconds"], "2025-01-01"),
        ("1969-12-31 12:00:00", ["start of year"], "1969-01-01"),
    ]) func `moments move as SQLite moves them`(_ text: String, _ modifiers: [String], _ wanted: String) throws {
        let moment = SQLiteMoment(.text(text), modifiers.map(SQLValue.text))
        #expect(moment?.dateText == wanted)
        #expect(try asked("date", text, modifiers) == .text(wanted))
    }

    private func asked(_ function: String, _ text: String, _ rest: [String]) throws -> SQLValue? {
        let engine = try SQLiteEngine(schema: "CREATE TABLE t (a)")
        let arguments = ([text] + rest).map(SQLValue.quoted).joined(separator: ", ")
        guard case .rows(let rows, _, _) = engine.execute("SELECT \(function)(\(arguments))", []) else { return nil }
        return rows.first?.first
    }

    @Test(arguments: ["%Y-%m-%d %H:%M:%S", "%f", "%j", "%w", "%W", "%s", "%%d %u"])
    func `moments are written as SQLite writes them`(_ format: String) throws {
        var seed = 77
        for _ in 0..<200 {
            seed = (seed &* 1_103_515_245 &+ 12_345) & 0x7FFF_FFFF
            let day = try #require(Days.text(seed % 40_000 - 9000))
            let text =
                "\(day) \(Days.padded(seed / 7 % 24, 2)):\(Days.padded(seed / 11 % 60, 2)):\(Days.padded(seed / 13 % 60, 2)).\(Days.padded(seed / 17 % 1000, 3))"
            let mine = SQLiteMoment(.text(text))
            if format == "%%d %u", try asked("strftime", "%u", [text]) == .null { continue }
            #expect(try asked("strftime", format, [text]) == mine?.formatted(format).map(SQLValue.text), "\(text)")
            #expect(try asked("julianday", text, []) == mine.map { .real($0.julian) }, "\(text)")
        }
    }
}
