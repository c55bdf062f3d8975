import ReenactTimeline

extension EmbeddedJSON {
    /// An answer in a protocol that nobody reads, with other members in the JSON that stands in it (`member`), or another
    /// one as a whole (`whole`).
    ///
    /// A document that becomes shorter is filled up with spaces, which JSON allows, so that lengths stay true. For a longer
    /// one all lengths in front of it that reach to its end are told anew: decimal ones in a line (NATS, memcached,
    /// STOMP), and those of four or eight bytes (AMQP, framed JSON). Documents that fill lines have none.
    ///
    /// - Returns: nil where a place is not there, or the length of a longer document cannot be told.
    public static func edited(_ answer: [UInt8], by edits: [AnswerEdit]) -> [UInt8]? {
        var answer = answer
        if let whole = edits.lazy.compactMap({ edit in if case .whole(let bytes) = edit { bytes } else { nil } }).first
        {
            guard edits.count == 1 else { return nil }
            return whole
        }
        let found = find(in: answer)
        guard let document = document(of: found) else { return nil }
        var changed = document
        for edit in edits {
            guard case .member(let path, let value) = edit, !path.isEmpty,
                let next = AnswerEdit.replacing(path[...], in: changed, by: value)
            else { return nil }
            changed = next
        }
        var parts = [changed]
        if found.count > 1 {
            // One that is gone as a whole would have to leave its message, too.
            guard case .array(let list) = changed, list.count == found.count else { return nil }
            parts = list
        }
        for (one, new) in zip(found, parts).reversed() where one.json != new {
            guard let text = try? JSONText.encode(new),
                let next = replacing(one.range, by: Array(text.utf8), in: answer)
            else { return nil }
            answer = next
        }
        return answer
    }

    private static func replacing(_ range: Range<Int>, by document: [UInt8], in answer: [UInt8]) -> [UInt8]? {
        var document = document
        if document.count <= range.count {
            document.insert(
                contentsOf: [UInt8](repeating: 0x20, count: range.count - document.count), at: document.count - 1)
            return Array(answer[..<range.lowerBound]) + document + answer[range.upperBound...]
        }
        guard
            let front = lengthened(Array(answer[..<range.lowerBound]), range, by: document.count - range.count, answer)
        else { return nil }
        return front + document + answer[range.upperBound...]
    }

    /// What stands in front of a document, with its lengths that much longer; nil where none is found, and one is needed.
    private static func lengthened(
        _ front: [UInt8], _ range: Range<Int>, by more: Int, _ answer: [UInt8]
    ) -> [UInt8]? {
        if let inLine = decimal(front, end: range.upperBound, by: more) { return inLine }
        if let binary = binary(front, range, by: more) { return binary }
        let isLine = front.last.map { $0 == 10 } ?? true
        let ends = answer[range.upperBound...].first.map { $0 == 10 || $0 == 13 } ?? true
        return isLine && ends ? front : nil
    }

    private static let lineBytesMax = 1024

    /// The last number of a line behind whose end it reaches to the end of the document: `MSG subject 1 42`.
    private static func decimal(_ front: [UInt8], end: Int, by more: Int) -> [UInt8]? {
        var lineEnd = front.count
        while lineEnd > 0, front.count - lineEnd < lineBytesMax {
            guard let newline = front[..<lineEnd].lastIndex(of: 10) else { return nil }
            let start = front[..<newline].lastIndex(of: 10).map { $0 + 1 } ?? 0
            var at = newline
            while at > start {
                let digits = front[start..<at].reversed().prefix { (0x30...0x39).contains($0) }.count
                if digits > 0, digits < 10,
                    let number = Int(String(decoding: front[(at - digits)..<at], as: UTF8.self)),
                    newline + 1 + number == end
                {
                    return Array(front[..<(at - digits)]) + Array("\(number + more)".utf8) + front[at...]
                }
                at -= max(digits, 1)
            }
            lineEnd = newline
        }
        return nil
    }

    private static let headBytesMax = 512

    /// Numbers of four bytes that reach to the document's end, and of eight that are its length (AMQP's content header).
    private static func binary(_ front: [UInt8], _ range: Range<Int>, by more: Int) -> [UInt8]? {
        var changed = front
        var isFound = false
        for place in max(0, front.count - headBytesMax)..<max(front.count, 0) {
            for (size, isLittle) in [(8, false), (4, false), (4, true)] where place + size <= front.count {
                let bytes = front[place..<(place + size)]
                let number = (isLittle ? Array(bytes.reversed()) : Array(bytes)).reduce(UInt64(0)) {
                    $0 << 8 | UInt64($1)
                }
                let isLength =
                    size == 8
                    ? number == UInt64(range.count) : number == UInt64(range.upperBound - place - size)
                guard isLength else { continue }
                let new = number + UInt64(more)
                let written = (0..<size).map { UInt8(truncatingIfNeeded: new >> UInt64(8 * (size - 1 - $0))) }
                changed.replaceSubrange(place..<(place + size), with: isLittle ? written.reversed() : written)
                isFound = true
                break
            }
        }
        return isFound ? changed : nil
    }
}
