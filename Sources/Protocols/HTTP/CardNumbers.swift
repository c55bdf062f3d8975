/// Payment card numbers in text: digits of an issuer's range that pass the check digit. Source: ISO/IEC 7812-1.
enum CardNumbers {
    /// The places of card numbers; groups of digits may be parted by single blanks or dashes.
    static func ranges(in bytes: [UInt8]) -> [Range<Int>] {
        var result: [Range<Int>] = []
        var index = 0
        while index < bytes.count {
            guard ASCII.isDigit(bytes[index]) else {
                index += 1
                continue
            }
            let start = index
            var digits: [UInt8] = []
            var end = index
            while index < bytes.count {
                if ASCII.isDigit(bytes[index]) {
                    if digits.count < 20 { digits.append(bytes[index] - 0x30) }
                    index += 1
                    end = index
                } else if bytes[index] == ASCII.space || bytes[index] == 0x2d, index + 1 < bytes.count,
                    ASCII.isDigit(bytes[index + 1])
                {
                    index += 1
                } else {
                    break
                }
            }
            // Part of a longer word or behind a decimal point: an identifier or a fraction, not a card.
            if start > 0, isWord(bytes[start - 1]) || bytes[start - 1] == 0x2e { continue }
            if end < bytes.count, isWord(bytes[end]) { continue }
            if isCard(digits) { result.append(start..<end) }
        }
        return result
    }

    private static func isWord(_ byte: UInt8) -> Bool { ASCII.isLetter(byte) || byte == 0x5f }

    private static func isCard(_ digits: [UInt8]) -> Bool {
        guard (13...19).contains(digits.count) else { return false }
        let prefix = digits.prefix(4).reduce(0) { $0 * 10 + Int($1) }
        let isIssued =
            switch digits.count {
            case 13: prefix / 1000 == 4
            case 14: prefix / 100 == 36 || prefix / 100 == 38 || (300...305).contains(prefix / 10)
            case 15: prefix / 100 == 34 || prefix / 100 == 37
            case 16:
                prefix / 1000 == 4 || (51...55).contains(prefix / 100) || (2221...2720).contains(prefix)
                    || prefix == 6011 || prefix / 100 == 65 || (644...649).contains(prefix / 10)
                    || (3528...3589).contains(prefix) || prefix / 100 == 62
            case 19: prefix / 1000 == 4 || prefix / 100 == 62
            default: prefix / 100 == 62
            }
        guard isIssued else { return false }
        var sum = 0
        for (place, digit) in digits.reversed().enumerated() {
            let doubled = place % 2 == 1 ? Int(digit) * 2 : Int(digit)
            sum += doubled > 9 ? doubled - 9 : doubled
        }
        return sum % 10 == 0
    }
}
