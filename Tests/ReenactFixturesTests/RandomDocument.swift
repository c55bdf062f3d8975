import ReenactTesting

@testable import ReenactFixtures

/// Documents as the parser would give them: no comment or blank line last in a table, no trailing blanks.
enum RandomDocument {
    static func make(_ random: inout SeededGenerator) -> FixtureDocument {
        FixtureDocument((0..<Int.random(in: 0...8, using: &random)).map { _ in item(&random) })
    }

    private static func item(_ random: inout SeededGenerator) -> FixtureDocument.Item {
        switch Int.random(in: 0..<10, using: &random) {
        case 0: return .blank
        case 1: return .comment(line(&random))
        case 2: return .moment(.allCases.randomElement(using: &random)!)
        case 3: return .database(text(&random), .init())
        case 4:
            return .absent(
                .init(
                    table: name(&random), alias: Bool.random(using: &random) ? name(&random) : nil,
                    condition: Bool.random(using: &random) ? "x" + line(&random) + "y" : nil))
        case 5: return .next(.init(table: name(&random), next: .random(in: .min ... .max, using: &random)))
        case 6: return .after(.init(event: .random(in: 0...9999, using: &random), sql: "U" + line(&random) + ")"))
        default: return .table(table(&random))
        }
    }

    private static func table(_ random: inout SeededGenerator) -> FixtureDocument.Table {
        var columns: [String] = []
        for _ in 0..<Int.random(in: 0...4, using: &random) {
            let name = name(&random)
            if !columns.contains(name) { columns.append(name) }
        }
        var lines: [FixtureDocument.Table.Line] = []
        guard !columns.isEmpty else { return .init(name: name(&random), columns: [], lines: []) }
        for _ in 0..<Int.random(in: 0...5, using: &random) {
            if Int.random(in: 0..<6, using: &random) == 0 { lines.append(.blank) }
            if Int.random(in: 0..<6, using: &random) == 0 { lines.append(.comment(line(&random))) }
            let cells = columns.map { _ in cell(&random) }
            lines.append(.row(.init(cells: cells, remark: Bool.random(using: &random) ? line(&random) : nil)))
        }
        return .init(name: name(&random), columns: columns, lines: lines)
    }

    private static func cell(_ random: inout SeededGenerator) -> FixtureDocument.Cell {
        if Int.random(in: 0..<8, using: &random) == 0 { return .init(nil) }
        return .init(
            value(&random), isInvented: Int.random(in: 0..<4, using: &random) == 0,
            isForced: Int.random(in: 0..<6, using: &random) == 0)
    }

    private static func value(_ random: inout SeededGenerator) -> SQLValue {
        switch Int.random(in: 0..<9, using: &random) {
        case 0: return .null
        case 1: return .bool(.random(using: &random))
        case 2: return .int(.random(in: .min ... .max, using: &random))
        case 3: return .int(.random(in: -9...99, using: &random))
        case 4:
            let number = Double(bitPattern: .random(in: 0 ... .max, using: &random))
            return .real(number.isNaN ? -.infinity : number)
        case 5: return .real(Double(Int.random(in: -900...900, using: &random)) / 8)
        case 6:
            return .number(["0", "-1.50", "12345678901234567890.000", "NaN", "1e5", ""].randomElement(using: &random)!)
        case 7:
            return .blob((0..<Int.random(in: 0...9, using: &random)).map { _ in .random(in: 0...255, using: &random) })
        default: return .text(text(&random))
        }
    }

    private static let scalars: [Unicode.Scalar] = Array(
        "ab'\"\\#~! \n\r\t,={}\u{0}\u{7f}\u{85}\u{2028}äé\u{301}🎈$xde01-".unicodeScalars)

    private static func text(_ random: inout SeededGenerator) -> String {
        var view = String.UnicodeScalarView()
        for _ in 0..<Int.random(in: 0...10, using: &random) { view.append(scalars.randomElement(using: &random)!) }
        return String(view)
    }

    private static func name(_ random: inout SeededGenerator) -> String {
        Bool.random(using: &random) ? ["users", "id", "_x9", "Order$"].randomElement(using: &random)! : text(&random)
    }

    private static func line(_ random: inout SeededGenerator) -> String {
        String(String.UnicodeScalarView(text(&random).unicodeScalars.filter { $0.value >= 0x20 }))
    }
}
