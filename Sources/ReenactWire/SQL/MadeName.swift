/// Names of tables and the like that programs draw at random for one run: `yoyo_tmp_dVxJKsq9i8`, `tmp_3fa9c2d17e`.
public enum MadeName {
    /// What is left out by `nameless`.
    public static let relaxation = "names that were made up"

    private static let lengthMax = 4096

    /// The statement with `?` for what is random in its names; nil where nothing is.
    ///
    /// - Parameter sql: without comments, with single spaces.
    public static func nameless(_ sql: String) -> String? {
        guard sql.utf8.count <= lengthMax else { return nil }
        let bytes = Array(sql.utf8)
        let isDefinition = ["CREATE ", "DROP ", "ALTER ", "TRUNCATE "].contains {
            sql.prefix(9).uppercased().hasPrefix($0)
        }
        var result: [UInt8] = []
        var isChanged = false
        var index = 0
        while index < bytes.count {
            let byte = bytes[index]
            if byte == UInt8(ascii: "'") {
                // Literals have rules of their own.
                let end = bytes[(index + 1)...].firstIndex(of: byte) ?? bytes.count - 1
                result += bytes[index...end]
                index = end + 1
                continue
            }
            var end = index
            while end < bytes.count, isNamePart(bytes[end]) { end += 1 }
            guard end > index else {
                result.append(byte)
                index += 1
                continue
            }
            let part = bytes[index..<end]
            if isMade(part, isDefinition: isDefinition) || isMixed(part) && isPassing(bytes[..<index]) {
                result.append(UInt8(ascii: "?"))
                isChanged = true
            } else {
                result += part
            }
            index = end
        }
        return isChanged ? String(decoding: result, as: UTF8.self) : nil
    }

    /// `tmp_` stands before it: what is drawn at random for such a name has all sorts of forms.
    private static func isPassing(_ text: ArraySlice<UInt8>) -> Bool {
        guard text.last == UInt8(ascii: "_") else { return false }
        let word = text.dropLast().reversed().prefix(while: isNamePart).reversed()
        return ["tmp", "temp", "scratch"].contains(String(decoding: word, as: UTF8.self).lowercased())
    }

    private static func isMixed(_ word: ArraySlice<UInt8>) -> Bool {
        (8...40).contains(word.count) && Set(word.map { $0 < 58 ? 0 : $0 < 91 ? 1 : 2 }).count > 1
    }

    private static func isNamePart(_ byte: UInt8) -> Bool { byte | 0x20 &- 97 < 26 || byte &- 48 < 10 }

    /// Of words without underscores: digits among letters of both cases, or hexadecimal; in a definition both cases may do.
    private static func isMade(_ word: ArraySlice<UInt8>, isDefinition: Bool) -> Bool {
        guard (6...40).contains(word.count) else { return false }
        var (changes, last) = (0, -1)
        var seen: Set<Int> = []
        for byte in word {
            let sort = byte < 58 ? 0 : byte < 91 ? 1 : 2
            if last >= 0, sort != last { changes += 1 }
            (last, _) = (sort, seen.insert(sort))
        }
        if seen.count == 3 { return changes >= 4 }
        if seen == [1, 2] { return isDefinition && changes >= 4 && word.count >= 8 }
        let isHex = word.allSatisfy { $0 < 58 || ($0 | 0x20) < 103 }
        return isHex && seen.count == 2 && seen.contains(0) && word.count >= 8 && changes >= 2
    }
}
