import ReenactTimeline

/// A start line with its header fields, as bytes with places in them: secrets are found again by place.
struct HTTPHead: Sendable, Equatable {
    struct Field: Sendable, Equatable {
        /// In lower case.
        var name: String
        var nameRange: Range<Int>
        /// Without blanks around it.
        var valueRange: Range<Int>
    }

    /// From the start line's first byte to the empty line's last.
    let bytes: [UInt8]
    /// Where `bytes` begin in their direction's stream.
    let offset: Int
    private(set) var method = ""
    private(set) var targetRange = 0..<0
    private(set) var status = 0
    private(set) var reason = ""
    /// The x of `HTTP/1.x`.
    private(set) var minorVersion = 1
    private(set) var fields: [Field] = []

    var range: StreamRange { StreamRange(offset: offset, length: bytes.count) }
    var target: String { text(targetRange) }

    func text(_ range: Range<Int>) -> String { ASCII.text(bytes[range]) }

    /// The value of the first field of that name, which is in lower case.
    func value(_ name: String) -> String? {
        fields.first { $0.name == name }.map { text($0.valueRange) }
    }

    /// The length that is told, where it is told once and in digits, as it nearly always is.
    var plainLength: Int? {
        guard let place = fields.firstIndex(where: { $0.name == "content-length" }) else { return nil }
        let range = fields[place].valueRange
        guard 1...18 ~= range.count, bytes[range].allSatisfy(ASCII.isDigit),
            !fields[(place + 1)...].contains(where: { $0.name == "content-length" })
        else { return nil }
        return bytes[range].reduce(0) { $0 * 10 + Int($1 - 0x30) }
    }

    /// The elements of all fields of that name, in lower case: `Connection: Keep-Alive, Upgrade`. RFC 9110, 5.6.1.
    func list(_ name: String) -> [String] {
        guard fields.contains(where: { $0.name == name }) else { return [] }
        return fields.filter { $0.name == name }.flatMap { field in
            ASCII.split(field.valueRange, in: bytes, at: ASCII.comma).map {
                ASCII.lowercased(bytes[ASCII.trimmed($0, in: bytes)])
            }
        }.filter { !$0.isEmpty }
    }

    /// The media type without parameters, in lower case; empty where none is given.
    var contentType: String {
        guard let field = fields.first(where: { $0.name == "content-type" }) else { return "" }
        let end = bytes[field.valueRange].firstIndex(of: ASCII.semicolon) ?? field.valueRange.upperBound
        return ASCII.lowercased(bytes[ASCII.trimmed(field.valueRange.lowerBound..<end, in: bytes)])
    }

    /// Whether the connection ends with this message. RFC 9112, 9.3.
    var wantsClose: Bool {
        let options = list("connection")
        if options.contains("close") { return true }
        return minorVersion == 0 && !options.contains("keep-alive")
    }

    init(_ bytes: [UInt8], offset: Int, from side: Side) throws(HTTPError) {
        self.bytes = bytes
        self.offset = offset
        fields.reserveCapacity(12)
        var start = 0
        var isFirst = true
        while let feed = bytes[start...].firstIndex(of: ASCII.lineFeed) {
            let end = feed > start && bytes[feed - 1] == ASCII.carriageReturn ? feed - 1 : feed
            if isFirst {
                if side == .client { try readRequestLine(start..<end) } else { try readStatusLine(start..<end) }
                isFirst = false
            } else if start < end {
                try readField(start..<end, from: side)
            }
            start = feed + 1
        }
        if isFirst { throw HTTPError("a head without a start line") }
    }

    /// RFC 9112, 3.
    private mutating func readRequestLine(_ line: Range<Int>) throws(HTTPError) {
        let parts = ASCII.split(line, in: bytes, at: ASCII.space)
        guard parts.count == 3, !parts[0].isEmpty, !parts[1].isEmpty, bytes[parts[0]].allSatisfy(ASCII.isToken),
            bytes[parts[1]].allSatisfy({ $0 > ASCII.space && $0 != 0x7f })
        else { throw HTTPError("not a request line") }
        try readVersion(parts[2])
        method = text(parts[0])
        targetRange = parts[1]
    }

    /// RFC 9112, 4: the reason may be missing, and with it the space before it.
    private mutating func readStatusLine(_ line: Range<Int>) throws(HTTPError) {
        guard line.count >= 12, bytes[line.lowerBound + 8] == ASCII.space else { throw HTTPError("not a status line") }
        try readVersion(line.lowerBound..<line.lowerBound + 8)
        let digits = line.lowerBound + 9..<line.lowerBound + 12
        guard bytes[digits].allSatisfy(ASCII.isDigit),
            digits.upperBound == line.upperBound || bytes[digits.upperBound] == ASCII.space
        else { throw HTTPError("not a status line") }
        status = bytes[digits].reduce(0) { $0 * 10 + Int($1 - 0x30) }
        guard status >= 100 else { throw HTTPError("status \(status)") }
        reason = text(ASCII.trimmed(digits.upperBound..<line.upperBound, in: bytes))
    }

    private mutating func readVersion(_ range: Range<Int>) throws(HTTPError) {
        guard range.count == 8, bytes[range].starts(with: "HTTP/1.".utf8), ASCII.isDigit(bytes[range.upperBound - 1])
        else { throw HTTPError("not HTTP/1.x") }
        minorVersion = Int(bytes[range.upperBound - 1] - 0x30)
    }

    /// RFC 9112, 5. In requests, folded lines (`obs-fold`) and blanks before the colon are refused: readers disagree on
    /// them. Answers are taken as common clients take them: names with blanks, folded values, lines without a colon.
    private mutating func readField(_ line: Range<Int>, from side: Side) throws(HTTPError) {
        if side == .server, ASCII.isBlank(bytes[line.lowerBound]) {
            guard let last = fields.indices.last else { return }
            fields[last].valueRange = fields[last].valueRange.lowerBound..<line.upperBound
            return
        }
        guard !ASCII.isBlank(bytes[line.lowerBound]) else { throw HTTPError("a folded header line") }
        guard let colon = bytes[line].firstIndex(of: ASCII.colon), colon > line.lowerBound else {
            if side == .server { return }
            throw HTTPError("not a header line")
        }
        let name = side == .server ? ASCII.trimmed(line.lowerBound..<colon, in: bytes) : line.lowerBound..<colon
        guard side == .server || bytes[name].allSatisfy(ASCII.isToken) else { throw HTTPError("not a header line") }
        fields.append(
            Field(
                name: ASCII.lowercased(bytes[name]), nameRange: name,
                valueRange: ASCII.trimmed(colon + 1..<line.upperBound, in: bytes)))
    }
}
