import ReenactHTTP
import ReenactTimeline

/// Secrets that stand by their names in what passes, whatever the protocol: `"password": "x"` in a Redis value, a
/// message, a body within a body; and what shows itself: a JSON Web Token (RFC 7519).
enum SecretMembers {
    /// More in one stream is not credible, and would only cost.
    private static let countMax = 4096
    private static let valueBytesMax = 16384

    /// Where they stand, in order, apart from each other.
    static func ranges(in bytes: [UInt8]) -> [Range<Int>] {
        var found: [Range<Int>] = []
        for place in bytes.indices where bytes[place] == UInt8(ascii: ":") && found.count < countMax {
            guard place >= (found.last?.upperBound ?? 0), let value = value(around: place, in: bytes) else { continue }
            found.append(value)
        }
        let tokens = webTokens(in: bytes).filter { token in !found.contains { $0.overlaps(token) } }
        return tokens.isEmpty ? found : (found + tokens).sorted { $0.lowerBound < $1.lowerBound }
    }

    /// Of an event's view: its strings, and rows of columns that are named like secrets.
    static func values(in view: JSONValue) -> Set<String> {
        var found: Set<String> = []
        collect(view, &found)
        return found
    }

    /// Whether it may be looked for elsewhere: a word or two would be found by chance.
    static func isTelling(_ value: some Collection<UInt8>) -> Bool {
        value.count >= 16 && !value.contains(32) || value.contains { $0 &- 48 < 10 }
            || value.contains { $0 != 32 && $0 < 0x80 && ($0 | 32) &- 97 >= 26 }
    }

    private static func collect(_ view: JSONValue, _ found: inout Set<String>) {
        guard found.count < countMax else { return }
        switch view {
        case .string(let text):
            let bytes = Array(text.utf8)
            for range in ranges(in: bytes) where isTelling(bytes[range]) {
                let value = String(decoding: bytes[range], as: UTF8.self)
                if !isHidden(value) { found.insert(value) }
            }
        case .array(let elements): for element in elements { collect(element, &found) }
        case .object(let members):
            for (name, value) in members {
                if let text = value.string, SecretName(name.utf8) != nil, isTelling(text.utf8), !isHidden(text) {
                    found.insert(text)
                }
                collect(value, &found)
            }
            for index in secretColumns(members["columns"]) {
                for row in members["rows"]?.array ?? [] {
                    guard let cell = row.array.flatMap({ index < $0.count ? $0[index].string : nil }),
                        cell.utf8.count >= Redaction.searchedMin
                    else { continue }
                    found.insert(cell)
                }
            }
        default: break
        }
    }

    /// Views of some protocols hide secrets themselves.
    private static func isHidden(_ text: String) -> Bool { text.hasPrefix("<redacted ") || text.hasPrefix("***") }

    /// Columns are told as names, or as objects with a name.
    private static func secretColumns(_ columns: JSONValue?) -> [Int] {
        (columns?.array ?? []).enumerated().compactMap { index, column in
            let name = column.string ?? column["name"]?.string
            return name.flatMap { SecretName($0.utf8) } == nil ? nil : index
        }
    }

    /// The value of a member with a secret's name whose colon stands here. Within a string its quotes are escaped, as
    /// often as it is nested.
    private static func value(around colon: Int, in bytes: [UInt8]) -> Range<Int>? {
        var end = colon
        while end > 0, isBlank(bytes[end - 1]) { end -= 1 }
        guard end > 0, isQuote(bytes[end - 1]) else { return nil }
        let quote = bytes[end - 1]
        end -= 1
        var depth = 0
        while end > 0, bytes[end - 1] == UInt8(ascii: "\\") {
            end -= 1
            depth += 1
        }
        var start = end
        while start > 0, end - start <= 64, isWord(bytes[start - 1]) { start -= 1 }
        guard start > 0, start < end, bytes[start - 1] == quote, SecretName(bytes[start..<end]) != nil else {
            return nil
        }
        var place = colon + 1
        while place < bytes.count, isBlank(bytes[place]) { place += 1 }
        // A number is left: letters in its place would be no JSON.
        return text(at: place, quote, depth, in: bytes)
    }

    private static func text(at start: Int, _ quote: UInt8, _ depth: Int, in bytes: [UInt8]) -> Range<Int>? {
        let backslash = UInt8(ascii: "\\")
        var place = start
        while place < bytes.count, place - start < depth, bytes[place] == backslash { place += 1 }
        guard place - start == depth, place < bytes.count, bytes[place] == quote else { return nil }
        place += 1
        let first = place
        // An escaped quote has more backslashes before it than the one that ends the string.
        var run = 0
        while place < bytes.count, place - first < valueBytesMax, bytes[place] >= 0x20 {
            if bytes[place] == quote, depth == 0 ? run % 2 == 0 : run <= depth {
                let end = place - min(run, depth)
                return end - first >= 3 ? first..<end : nil
            }
            run = bytes[place] == backslash ? run + 1 : 0
            place += 1
        }
        return nil
    }

    /// Three parts of base64url, the first two of which begin as JSON objects do.
    private static func webTokens(in bytes: [UInt8]) -> [Range<Int>] {
        let begin = Array("eyJ".utf8)
        var found: [Range<Int>] = []
        var from = 0
        while found.count < countMax, let start = ByteSearch.first(begin, in: bytes, from: from) {
            var ends: [Int] = []
            var place = start
            while place < bytes.count, ends.count < 3 {
                while place < bytes.count, isWord(bytes[place]), bytes[place] != UInt8(ascii: ".") { place += 1 }
                ends.append(place)
                guard place < bytes.count, bytes[place] == UInt8(ascii: ".") else { break }
                place += 1
            }
            from = max(start + 3, ends.last ?? 0)
            guard ends.count == 3, ends[0] - start >= 10, bytes[(ends[0] + 1)...].starts(with: begin),
                ends[2] - ends[1] > 10
            else { continue }
            found.append(start..<ends[2])
        }
        return found
    }

    private static func isBlank(_ byte: UInt8) -> Bool { byte == 32 || byte == 9 || byte == 10 || byte == 13 }

    private static func isQuote(_ byte: UInt8) -> Bool { byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") }

    private static func isWord(_ byte: UInt8) -> Bool {
        byte &- 48 < 10 || (byte | 32) &- 97 < 26 || byte == UInt8(ascii: "_") || byte == UInt8(ascii: "-")
            || byte == UInt8(ascii: ".")
    }
}
