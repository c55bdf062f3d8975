/// A message with everything taken out that changes from one occurrence to the next.
///
/// `user 47 not found in /srv/a.db` becomes `user <n> not found in <path>`. One pass, linear time.
public enum MessageTemplate {
    /// Longer messages are cut: what tells them apart stands at their beginning.
    private static let lengthMax = 1000

    public static func of(_ message: String) -> String { of(message, isFormer: false) }

    /// - Parameter isFormer: as fingerprints of version 3 have it.
    static func of(_ message: String, isFormer: Bool) -> String {
        let line = MessageLine(message, lengthMax: lengthMax, isFormer: isFormer)
        var result = TemplateText()
        var place = 0
        while place < line.count {
            let code = line[place]
            if let close = partner(code), let end = closing(line, place, close) {
                result.append("<quoted>")
                place = end + 1
            } else if code == "'" || code == "\"" || code == "`", !result.endsInWord,
                let end = isFormer ? closing(line, place) : MessageValues.closing(line, place)
            {
                result.append("<quoted>")
                place = end + 1
            } else if !isFormer, let (text, end) = MessageValues.special(line, place) {
                result.append(text)
                place = end
            } else if code == "{" || code == "[", let end = bracketEnd(line, place) {
                result.append(code == "{" ? "<object>" : "<list>")
                place = end + 1
            } else if line.isWord(place) {
                let start = place
                while place < line.count, line.isWord(place) { place += 1 }
                let word = start..<place
                // A query belongs to its address.
                if line.find("://", in: word) {
                    while place < line.count, !line.isSpace(place), !line.holds(place, "\"'<>()") { place += 1 }
                }
                var core = word
                while let last = core.last, line.holds(last, ".,:") { core = core.lowerBound..<last }
                while let first = core.first, line.holds(first, ".,:") { core = (first + 1)..<core.upperBound }
                if core.isEmpty {
                    result.append(line.text(word))
                } else if !isFormer, let (text, end) = MessageValues.word(line, word, core) {
                    result.append(text)
                    place = max(place, end)
                } else {
                    result.append(classify(line, core))
                    result.append(line.text(core.upperBound..<word.upperBound))
                }
            } else {
                if line.isSpace(place) { result.appendSpace() } else { result.append(line.text(place..<(place + 1))) }
                place += 1
            }
        }
        return isFormer ? result.text : MessageValues.joined(result.text)
    }

    /// What closes a quotation of other languages.
    private static func partner(_ code: Unicode.Scalar) -> [Unicode.Scalar]? {
        switch code {
        case "\u{201C}", "\u{201E}": ["\u{201D}", "\u{201C}"]
        case "\u{2018}", "\u{201A}": ["\u{2019}", "\u{2018}"]
        case "\u{AB}": ["\u{BB}"]
        case "\u{BB}": ["\u{AB}"]
        case "\u{300C}": ["\u{300D}"]
        case "\u{300E}": ["\u{300F}"]
        default: nil
        }
    }

    private static func closing(_ line: MessageLine, _ start: Int, _ close: [Unicode.Scalar]) -> Int? {
        (start + 1..<max(start + 1, min(start + 401, line.count))).first { close.contains(line[$0]) }
    }

    private static func closing(_ line: MessageLine, _ start: Int) -> Int? {
        let end = min(start + 401, line.count)
        var place = start + 1
        while place < end {
            if line[place] == line[start] { return place }
            place += 1
        }
        return nil
    }

    /// The end of what looks like printed data; brackets around a word or two are left alone.
    private static func bracketEnd(_ line: MessageLine, _ start: Int) -> Int? {
        var depth = 0
        for place in start..<line.count {
            switch line[place] {
            case "{", "[": depth += 1
            case "}", "]":
                depth -= 1
                if depth == 0 { return (start...place).contains { line.holds($0, ":,\"'=") } ? place : nil }
            default: break
            }
        }
        return (start..<line.count).contains { line.holds($0, ":\"") } ? line.count - 1 : nil
    }

    /// Values that tell themselves by their form.
    private static func known(_ line: MessageLine, _ word: Range<Int>) -> String {
        let first = line[word.lowerBound]
        if first != "@", line.find("@", in: word), line.find(".", in: word) { return "<email>" }
        if line.find("://", in: word) { return "<url>" }
        let rest = (word.lowerBound + 1)..<word.upperBound
        if first == "/" && line.find("/", in: rest) || line.starts(word, "./") || line.starts(word, "~/")
            || line.starts(word, "\\\\") || line.starts(rest, ":\\")
        {
            return "<path>"
        }
        if isUUID(line, word) { return "<uuid>" }
        let digits = word.count { line.isNumber($0) }
        guard digits > 0 else { return line.text(word) }
        if isDate(line, word) { return "<date>" }
        if word.allSatisfy({ line.isNumber($0) || line.holds($0, "+-.,:%_") }) {
            return word.count { line[$0] == "." } == 3 ? "<ip>" : "<n>"
        }
        if line.starts(word, "0x"), word.dropFirst(2).allSatisfy({ line.isHex($0) }) { return "<hex>" }
        if word.count >= 8, word.allSatisfy({ line.isHex($0) }) { return "<hex>" }
        // Identifiers such as order-4711 or a7f3k9q2: keep the letters that lead.
        let lead = word.lowerBound..<(word.first { line.isNumber($0) } ?? word.upperBound)
        let isNumbered = line.isNumber(word.upperBound - 1) && (lead.last.map { line.holds($0, "-_:.") } ?? false)
        if digits >= 3 || isNumbered { return line.find("/", in: lead) ? "<path>" : "\(line.text(lead))<n>" }
        return line.text(word)
    }

    private static func classify(_ line: MessageLine, _ word: Range<Int>) -> String {
        let known = known(line, word)
        switch known {
        // One field's values may look like any of these.
        case "<hex>": return "<n>"
        case "<email>", "<url>", "<path>", "<uuid>", "<date>", "<ip>", "<n>": return known
        default: break
        }
        if isFilePath(line, word) { return "<path>" }
        let digits = word.count { line.isNumber($0) }
        guard digits > 0 else { return line.text(word) }
        // In writing without spaces a word is a sentence.
        if word.contains(where: { line[$0].value >= 0x80 }) { return withoutNumbers(line, word) }
        if line.isNumber(word.lowerBound) {
            // 200ms, 1.5GiB, 12kB, 1h2m3s, 3rd.
            if word.count - digits <= 4 || alternations(line, word) >= 3 { return "<n>" }
        } else if alternations(line, word) >= 3, digits * 4 >= word.count {
            // k3j9x2: no letter of it means anything.
            if !word.contains(where: { line.holds($0, "_.:/-") }) { return "<n>" }
        }
        return known
    }

    /// `uploads/a.csv`: a relative path with an ending.
    private static func isFilePath(_ line: MessageLine, _ word: Range<Int>) -> Bool {
        guard let slash = word.last(where: { line[$0] == "/" }),
            let dot = word.last(where: { line[$0] == "." }), dot > slash + 1, word.upperBound - dot <= 6,
            dot + 1 < word.upperBound
        else { return false }
        return (dot + 1..<word.upperBound).allSatisfy { line.isWord($0) && !line.holds($0, "-:@+%~") }
    }

    private static func withoutNumbers(_ line: MessageLine, _ word: Range<Int>) -> String {
        var text = ""
        var place = word.lowerBound
        while place < word.upperBound {
            let start = place
            while place < word.upperBound, line.isNumber(place) { place += 1 }
            if place > start {
                text += "<n>"
            } else {
                text += line.text(place..<(place + 1))
                place += 1
            }
        }
        return text
    }

    /// How often letters and digits follow each other.
    private static func alternations(_ line: MessageLine, _ word: Range<Int>) -> Int {
        zip(word, word.dropFirst()).count { line.isNumber($0) != line.isNumber($1) }
    }

    private static func isUUID(_ line: MessageLine, _ word: Range<Int>) -> Bool {
        guard word.count == 36 else { return false }
        return word.allSatisfy { place in
            [8, 13, 18, 23].contains(place - word.lowerBound) ? line[place] == "-" : line.isHex(place)
        }
    }

    /// Ten characters that begin the word: 2026-11-21, 21/11/2026.
    private static func isDate(_ line: MessageLine, _ word: Range<Int>) -> Bool {
        guard word.count >= 10 else { return false }
        let start = word.lowerBound
        func isDate(_ separators: [Int]) -> Bool {
            (0..<10).allSatisfy {
                separators.contains($0) ? line.holds(start + $0, "-/.") : line.isNumber(start + $0)
            }
        }
        return isDate([4, 7]) || isDate([2, 5])
    }
}

/// What a template is put together in: runs of spaces are one, and none stands at an end.
private struct TemplateText {
    private(set) var text = ""
    private var isSpaceDue = false
    /// True where a quote that follows is an apostrophe.
    private(set) var endsInWord = false

    mutating func append(_ part: String) {
        guard let last = part.last else { return }
        if isSpaceDue, !text.isEmpty { text.append(" ") }
        isSpaceDue = false
        text += part
        endsInWord = last.isLetter || last.isNumber
    }

    mutating func appendSpace() {
        isSpaceDue = true
        endsInWord = false
    }
}
