/// Values in messages that `MessageTemplate` does not tell by a word's characters alone: random identifiers, addresses,
/// dates in words, markup, lists, what a minifier named.
enum MessageValues {
    /// The end of a quotation: a quote within a word, or twice, ends none.
    static func closing(_ line: MessageLine, _ start: Int) -> Int? {
        let open = line[start]
        var place = start + 1
        while place < min(start + 401, line.count) {
            let isClosing = line[place] == open || open == "`" && line[place] == "'"
            if isClosing {
                let next = place + 1
                if next < line.count, line[next] == open, open == "'" {
                    place += 2
                    continue
                }
                if next == line.count || open != "'" || !isLetterOrNumber(line, next) { return place }
            }
            place += 1
        }
        return nil
    }

    /// What begins here and is more than a word.
    static func special(_ line: MessageLine, _ place: Int) -> (text: String, end: Int)? {
        switch line[place] {
        case "[": bracketed(line, place)
        case "<": markup(line, place)
        case ":": address(line, place)
        case "(": parameter(line, place)
        default: nil
        }
    }

    /// - Parameters:
    ///   - word: with the marks at its ends.
    ///   - core: without them.
    static func word(_ line: MessageLine, _ word: Range<Int>, _ core: Range<Int>) -> (text: String, end: Int)? {
        // Most words are letters alone.
        guard core.count <= 3 || core.contains(where: { line.isNumber($0) || line.holds($0, ".:") }) else { return nil }
        let rest = line.text(core.upperBound..<word.upperBound)
        let text = line.text(core)
        if let end = dateWord(line, text, word, core) { return ("<n>", end) }
        if isRandom(text) {
            var end = word.upperBound
            while end < line.count, line[end] == "=" { end += 1 }
            return ("<n>" + rest, end)
        }
        if text == "nil:NilClass" { return ("nil" + rest, word.upperBound) }
        // A variable of a bundle, or a value of one letter.
        if text.utf8.count == 1, text.utf8.first.map(isLetter) ?? false { return ("<v>" + rest, word.upperBound) }
        if let dot = text.firstIndex(of: "."), text[..<dot].utf8.count <= 2, text[..<dot].utf8.allSatisfy(isLetter),
            text[..<dot].utf8.count > 0, text[dot...].utf8.count > 2
        {
            return ("<v>" + text[dot...] + rest, word.upperBound)
        }
        if text.hasPrefix("com.") || text.contains("."), core.lowerBound >= 17,
            line.text(core.lowerBound - 17..<core.lowerBound) == "No enum constant ", let dot = text.lastIndex(of: ".")
        {
            return (text[..<dot] + ".<v>", word.upperBound)
        }
        return host(text).map { ($0 + rest, word.upperBound) }
    }

    /// Numbers, and quotations, in a row are one.
    static func joined(_ text: String) -> String {
        var text = text
        for (pattern, value) in [
            ("<n>, <n>", "<n>"), ("<n>,<n>", "<n>"), ("<quoted>, <quoted>", "<quoted>"), ("<n> <n>", "<n>"),
        ] {
            while let range = text.range(of: pattern) { text.replaceSubrange(range, with: value) }
        }
        return text
    }

    /// Letters of both cases and digits, mixed as no writer mixes them.
    private static func isRandom(_ text: String) -> Bool {
        if text.hasPrefix("eyJ"), text.utf8.count > 20 { return true }
        guard text.utf8.count >= 10 else { return false }
        var (upper, lower, digits, changes) = (0, 0, 0, 0)
        var wasNumber = false
        for byte in text.utf8 {
            let isNumber = (0x30...0x39).contains(byte)
            if isNumber {
                digits += 1
            } else if (0x41...0x5A).contains(byte) {
                upper += 1
            } else if (0x61...0x7A).contains(byte) {
                lower += 1
            } else if byte != UInt8(ascii: "_"), byte != UInt8(ascii: "-") {
                return false
            }
            if isNumber != wasNumber { changes += 1 }
            wasNumber = isNumber
        }
        return digits >= 2 && upper >= 2 && lower >= 2 && changes >= 3
    }

    /// `db-7f9c.internal`: parts of a name that were made anew.
    private static func host(_ text: String) -> String? {
        guard text.utf8.contains(where: { (0x30...0x39).contains($0) }), text.contains("-"), text.utf8.count != 36,
            text.utf8.first.map(isLetter) ?? false, !text.contains("/"),
            !text.contains("@"), !text.contains(":")
        else { return nil }
        var isChanged = false
        let name = text.split(separator: ".", omittingEmptySubsequences: false).map { label in
            label.split(separator: "-", omittingEmptySubsequences: false).map { part -> String in
                let digits = part.utf8.count { (0x30...0x39).contains($0) }
                let isMade =
                    digits > 0 && digits < part.utf8.count && part.utf8.count >= 4
                    && part.utf8.allSatisfy {
                        (0x30...0x39).contains($0) || (0x61...0x7A).contains($0)
                    }
                if isMade { isChanged = true }
                return isMade ? "<n>" : String(part)
            }.joined(separator: "-")
        }.joined(separator: ".")
        guard isChanged else { return nil }
        // What a cluster adds to a name has a form by itself: two parts, of which the last may look like a word.
        if let mark = name.range(of: "-<n>") { return String(name[..<mark.upperBound]) + domain(name, mark) }
        return name
    }

    private static func domain(_ name: String, _ mark: Range<String.Index>) -> String {
        name[mark.upperBound...].firstIndex(of: ".").map { String(name[$0...]) } ?? ""
    }

    private static let dateWords: Set<String> = [
        "Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun", "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep",
        "Oct", "Nov", "Dec",
    ]

    /// The end of a day's or month's name beside a number.
    private static func dateWord(_ line: MessageLine, _ text: String, _ word: Range<Int>, _ core: Range<Int>) -> Int? {
        guard text.utf8.count == 3, dateWords.contains(text) else { return nil }
        var next = core.upperBound
        while next < line.count, line.isSpace(next) || line[next] == "," { next += 1 }
        let isBefore = core.lowerBound >= 2 && line.isNumber(core.lowerBound - 2)
        guard isBefore || next < line.count && line.isNumber(next) || isDateWord(line, next) else { return nil }
        return line.count > core.upperBound && line[core.upperBound] == "," ? core.upperBound + 1 : word.upperBound
    }

    private static func isDateWord(_ line: MessageLine, _ place: Int) -> Bool {
        place + 3 <= line.count && dateWords.contains(line.text(place..<(place + 3)))
    }

    /// `[1, 2, 3]`, `[7]`, `[::1]:5432`; codes that stand at a word stay.
    private static func bracketed(_ line: MessageLine, _ place: Int) -> (text: String, end: Int)? {
        if place > 0, isLetterOrNumber(line, place - 1) { return nil }
        guard let close = (place..<min(place + 200, line.count)).first(where: { line[$0] == "]" }), close > place + 1
        else {
            return nil
        }
        let inner = place + 1..<close
        if inner.allSatisfy({ line.isHex($0) || line[$0] == ":" }), inner.contains(where: { line[$0] == ":" }) {
            var end = close + 1
            while end < line.count, line[end] == ":" || line.isNumber(end) { end += 1 }
            // What ends a clause is none of it.
            if line[end - 1] == ":" { return ("<ip>:", end) }
            return ("<ip>", end)
        }
        guard inner.allSatisfy({ line.isNumber($0) || line.isSpace($0) || line.holds($0, ",.-") }),
            inner.contains(where: { line.isNumber($0) })
        else { return nil }
        return ("<list>", close + 1)
    }

    /// `::1:5432`.
    private static func address(_ line: MessageLine, _ place: Int) -> (text: String, end: Int)? {
        guard place + 2 < line.count, line[place + 1] == ":", line.isHex(place + 2),
            place == 0 || line.isSpace(place - 1)
        else { return nil }
        var end = place
        while end < line.count, line.isHex(end) || line[end] == ":" { end += 1 }
        return line[end - 1] == ":" ? ("<ip>:", end) : ("<ip>", end)
    }

    /// A document of tags: from the first to the last.
    private static func markup(_ line: MessageLine, _ place: Int) -> (text: String, end: Int)? {
        guard place + 1 < line.count, isLetterOrNumber(line, place + 1) || line[place + 1] == "!",
            let close = (place..<line.count).last(where: { line[$0] == ">" }),
            line.find("</", in: place..<close + 1) || line.find("/>", in: place..<close + 1)
                || line.starts(place..<close + 1, "<!DOCTYPE")
        else { return nil }
        return ("<markup>", close + 1)
    }

    /// .NET says the parameter behind the message, or on a line of its own.
    private static func parameter(_ line: MessageLine, _ place: Int) -> (text: String, end: Int)? {
        guard line.starts(place..<line.count, "(Parameter "),
            let close = (place..<line.count).first(where: { line[$0] == ")" })
        else { return nil }
        return ("", close + 1)
    }

    private static func isLetter(_ byte: UInt8) -> Bool { (0x61...0x7A).contains(byte | 0x20) }

    private static func isLetterOrNumber(_ line: MessageLine, _ place: Int) -> Bool {
        line.isWord(place) && !line.holds(place, "_-./:@+%~\\")
    }
}
