/// Text on its way to a terminal.
enum Terminal {
    /// Recorded data must not move the cursor, change colours or ring bells: control characters, and marks that turn
    /// the direction of writing, become visible or go.
    static func neutral(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: isUnsafe) else { return text }
        var result = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            if !isUnsafe(scalar) {
                result.append(scalar)
            } else if scalar.value < 0x20, let picture = Unicode.Scalar(0x2400 + scalar.value) {
                result.append(picture)
            } else {
                result.append("\u{FFFD}")
            }
        }
        return String(result)
    }

    private static func isUnsafe(_ scalar: Unicode.Scalar) -> Bool {
        scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value) || (0x202A...0x202E).contains(scalar.value)
            || (0x2066...0x2069).contains(scalar.value)
            || [0x200E, 0x200F, 0x2028, 0x2029, 0xFEFF].contains(scalar.value)
    }

    /// One line of it, with runs of white space as one space.
    static func oneLine(_ text: String) -> String {
        neutral(text.prefix(4000).split(whereSeparator: \.isWhitespace).joined(separator: " "))
    }

    /// Columns that the text takes.
    static func width(_ text: String) -> Int { text.reduce(0) { $0 + width($1) } }

    private static func width(_ character: Character) -> Int {
        guard let scalar = character.unicodeScalars.first else { return 0 }
        switch scalar.value {
        case 0x1100...0x115F, 0x2E80...0xA4CF, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F, 0xFF00...0xFF60,
            0xFFE0...0xFFE6, 0x1F300...0x1FAFF, 0x20000...0x3FFFD:
            return 2
        default: return 1
        }
    }

    /// The text cut to so many columns, with an ellipsis where something is missing.
    static func fit(_ text: String, _ columns: Int) -> String {
        guard width(text) > columns else { return text }
        guard columns > 1 else { return String(text.prefix(max(columns, 0))) }
        var result = ""
        var used = 0
        for character in text {
            let next = width(character)
            if used + next > columns - 1 { break }
            result.append(character)
            used += next
        }
        return result + "…"
    }

    /// The text filled with spaces to so many columns.
    static func pad(_ text: String, _ columns: Int, right: Bool = false) -> String {
        let spaces = String(repeating: " ", count: max(columns - width(text), 0))
        return right ? spaces + text : text + spaces
    }

    /// Lines of at most so many columns, broken at spaces where possible.
    static func wrap(_ text: String, _ columns: Int) -> [String] {
        var lines: [String] = []
        var line = ""
        for word in text.split(separator: " ") {
            var word = String(word)
            if !line.isEmpty, width(line) + 1 + width(word) > columns {
                lines.append(line)
                line = ""
            }
            while width(word) > columns {
                let head = String(word.prefix(columns))
                if !line.isEmpty { lines.append(line) }
                line = ""
                lines.append(head)
                word = String(word.dropFirst(columns))
            }
            line += line.isEmpty ? word : " " + word
        }
        if !line.isEmpty { lines.append(line) }
        return lines
    }
}
