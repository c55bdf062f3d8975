/// A message without the values that differ from run to run: numbers, hexadecimal, paths, quoted text stays.
enum TextTemplate {
    /// Runs of digits become `0`, long hexadecimal `#`, paths their last part.
    static func of(_ text: String) -> String {
        text.split(whereSeparator: \.isWhitespace).map { word(String($0)) }.joined(separator: " ")
    }

    private static func word(_ word: String) -> String {
        var result = ""
        var run = ""
        func flush() {
            result += token(run)
            run = ""
        }
        for character in word {
            if character.isLetter || character.isNumber || "/._-".contains(character) {
                run.append(character)
            } else {
                flush()
                result.append(character)
            }
        }
        flush()
        return result
    }

    private static func token(_ token: String) -> String {
        var token = token
        if token.hasPrefix("/") || token.filter({ $0 == "/" }).count > 1 {
            token = "/" + (token.split(separator: "/").last.map(String.init) ?? "")
        }
        let bare = token.hasPrefix("0x") ? String(token.dropFirst(2)) : token
        let hexadecimal = bare.filter { $0 != "-" }
        if hexadecimal.count >= 8 || token.hasPrefix("0x"), hexadecimal.allSatisfy(\.isHexDigit),
            hexadecimal.contains(where: \.isNumber)
        {
            return "#"
        }
        var result = ""
        var inNumber = false
        for character in token {
            if character.isNumber {
                if !inNumber { result.append("0") }
                inNumber = true
            } else {
                result.append(character)
                inNumber = false
            }
        }
        return result
    }
}
