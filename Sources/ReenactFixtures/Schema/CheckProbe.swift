/// Asks the engine which of many plain texts pass a condition that only it can judge: a pattern, a function.
enum CheckProbe {
    /// A query for those of the texts that pass; the condition is as the schema has it.
    static func query(
        _ column: String, _ condition: String, _ dialect: SQLDialect, _ texts: [String] = CheckProbe.texts,
        as kind: String = "text"
    ) -> String {
        let type = dialect == .postgres ? "::\(kind)" : ""
        let values = texts.map { "(\(SQLValue.quoted($0))\(type))" }.joined(separator: ",")
        return "WITH probe(\(quotedName(column))) AS (VALUES \(values)) SELECT * FROM probe WHERE (\(condition))"
    }

    /// More texts of the forms of those that passed: a key needs one for each row.
    static func more(_ passing: [SQLValue]) -> [String] {
        var last: [(form: String, text: String)] = []
        for case .text(let text) in passing {
            let form = TextForm.form(text)
            if let place = last.firstIndex(where: { $0.form == form }) {
                last[place].text = text
            } else if last.count < 3 {
                last.append((form, text))
            }
        }
        return last.flatMap { TextForm.following($0.text, 400) }
    }

    /// Days of many months: the first, the second, one in the middle and a late one.
    static let days: [String] = (1998...2035).flatMap { year in
        (1...12).flatMap { month in
            ["01", "02", "15", "28"].map { "\(year)-\(month < 10 ? "0" : "")\(month)-\($0)" }
        }
    }

    /// Letters, digits and common forms, of many lengths, several of each.
    static let texts: [String] = {
        var list: [String] = []
        let alphabets = ["abcdefghij", "ABCDEFGHIJ", "1234567890"].map(Array.init)
        for length in 1...16 {
            for (number, alphabet) in alphabets.enumerated() {
                for turn in 0..<(length == 1 ? 10 : 12) {
                    var text = String(repeating: alphabet[0], count: max(0, length - 2))
                    if length > 1 { text.append(alphabet[turn / 10]) }
                    text.append(alphabet[turn % 10])
                    if number < 3 { list.append(text) }
                }
            }
        }
        for turn in 1...9 {
            list += [
                "A\(turn)", "AB\(turn)", "a\(turn)", "a-\(turn)", "A-\(turn)00", "AB-\(turn)00", "ABC-\(turn)00",
                "ABC\(turn)00",
                "AB\(turn)000", "a\(turn)@example.org", "https://example.org/\(turn)", "http://example.org/\(turn)",
                "+1000000000\(turn)", "+1 555 010\(turn)", "555-010\(turn)", "1000\(turn)-0000", "#00000\(turn)",
                "10.0.0.\(turn)",
                "2000-01-0\(turn)", "2000-01-0\(turn) 00:00:00", "0\(turn):00", "0\(turn):00:00", "\(turn).5",
                "/a\(turn)", "a_\(turn)",
                "Aaa\(turn)", "Aaaa", "Aaab",
            ]
        }
        var seen: Set<String> = []
        return list.filter { seen.insert($0).inserted }
    }()
}
