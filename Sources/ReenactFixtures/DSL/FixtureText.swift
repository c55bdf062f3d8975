/// Words of the fixture's text form: how a name or a value is written.
enum FixtureText {
    static func name(_ name: String) -> String {
        isPlain(name) ? name : quoted(name, "\"")
    }

    /// A letter or `_`, then letters, digits, `_` and `$`, all ASCII.
    static func isPlain(_ name: String) -> Bool {
        guard let first = name.utf8.first, isLetter(first) else { return false }
        return name.utf8.allSatisfy { isLetter($0) || isDigit($0) || $0 == UInt8(ascii: "$") }
    }

    static func cell(_ cell: FixtureDocument.Cell) -> String {
        guard let value = cell.value else { return "default" }
        return (cell.isInvented ? "~" : "") + self.value(value) + (cell.isForced ? "!" : "")
    }

    static func value(_ value: SQLValue) -> String {
        switch value {
        case .null: "null"
        case .bool(let flag): flag ? "true" : "false"
        case .int(let number): String(number)
        case .real(let number):
            number.isFinite ? "\(number)" : number.isNaN ? "nan" : number < 0 ? "-inf" : "inf"
        case .number(let text): isDecimal(text) ? text + "d" : "d" + quoted(text, "'")
        case .text(let text): quoted(text, "'")
        case .blob(let bytes): "x'" + SQLValue.hex(bytes) + "'"
        }
    }

    /// Digits with at most one point among them, and a sign.
    static func isDecimal(_ text: String) -> Bool {
        var bytes = Array(text.utf8)[...]
        if bytes.first == UInt8(ascii: "-") { bytes = bytes.dropFirst() }
        let parts = bytes.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        return (1...2).contains(parts.count) && parts.allSatisfy { !$0.isEmpty && $0.allSatisfy(isDigit) }
    }

    /// With the quote doubled; where there are control characters, with escapes and an `e` before it.
    private static func quoted(_ text: String, _ quote: Unicode.Scalar) -> String {
        let escapes = text.unicodeScalars.contains { $0.value < 0x20 || $0.value == 0x7F }
        var out = String.UnicodeScalarView()
        if escapes { out.append("e") }
        out.append(quote)
        for scalar in text.unicodeScalars {
            switch scalar {
            case quote:
                out.append(quote)
                out.append(quote)
            case "\\" where escapes: out.append(contentsOf: "\\\\".unicodeScalars)
            case "\n": out.append(contentsOf: "\\n".unicodeScalars)
            case "\r": out.append(contentsOf: "\\r".unicodeScalars)
            case "\t": out.append(contentsOf: "\\t".unicodeScalars)
            case _ where scalar.value < 0x20 || scalar.value == 0x7F:
                out.append(contentsOf: "\\u{\(String(scalar.value, radix: 16))}".unicodeScalars)
            default: out.append(scalar)
            }
        }
        out.append(quote)
        return String(out)
    }

    static func isDigit(_ byte: UInt8) -> Bool { byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9") }

    static func isLetter(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: "_") || (byte | 0x20 >= UInt8(ascii: "a") && byte | 0x20 <= UInt8(ascii: "z"))
    }
}
