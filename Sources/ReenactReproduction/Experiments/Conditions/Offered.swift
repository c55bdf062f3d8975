/// Values that a message offers in place of the one that it complains of: `choose from 'a', 'b'`, `did you mean 'a'?`.
enum Offered {
    private static let phrases = [
        "choose from", "is not one of", "must be one of", "should be one of", "expected one of", "expects one of",
        "possible values", "allowed values", "valid values", "valid options", "valid choices", "valid choices are",
        "supported values", "did you mean", "perhaps you meant", " are:", " are ",
    ]
    private static let valuesMax = 8
    private static let lengthMax = 40

    /// In the message's own order.
    static func values(in message: String) -> [String] {
        var found: [String] = []
        for line in message.split(separator: "\n") {
            let low = line.lowercased()
            // Another length than the line's would put places where they are not.
            guard low.count == line.count else { continue }
            for phrase in phrases {
                guard let range = low.firstRange(of: phrase) else { continue }
                let start = low.distance(from: low.startIndex, to: range.upperBound)
                let list = list(line.dropFirst(start), isLoose: phrase.hasPrefix(" "))
                found += list.filter { !found.contains($0) }
            }
        }
        return Array(found.prefix(valuesMax))
    }

    /// - Parameter isLoose: the phrase stands before all sorts of things: one word alone is no list.
    private static func list(_ text: Substring, isLoose: Bool) -> [String] {
        var rest = text.drop { " :([{".contains($0) }
        if rest.hasPrefix("are") { rest = rest.dropFirst(3).drop { " :([{".contains($0) } }
        var words: [String] = []
        for item in rest.replacing(" or ", with: ",").replacing(" and ", with: ",").split(separator: ",") {
            var word = item[...].drop { $0 == " " }
            let quote = word.first.flatMap { "'\"`".contains($0) ? $0 : nil }
            var isLast = false
            if let quote {
                word = word.dropFirst()
                guard let end = word.firstIndex(of: quote) else { break }
                isLast = word[end...].dropFirst().contains { !" ".contains($0) }
                word = word[..<end]
            } else {
                if let end = word.firstIndex(where: { ")]}".contains($0) }) {
                    isLast = true
                    word = word[..<end]
                }
                while let last = word.last, " .?!;".contains(last) {
                    isLast = isLast || last != " "
                    word.removeLast()
                }
            }
            guard !word.isEmpty, word.count <= lengthMax, quote != nil || !word.contains(" ") else { break }
            words.append(String(word))
            if isLast { break }
        }
        return isLoose && words.count < 2 ? [] : words
    }
}
