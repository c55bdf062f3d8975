import ReenactWire

/// The parts of a query or a form body: `a=1&b=2`. Source: WHATWG URL, 5.
struct FormPairs: Sendable {
    struct Pair: Sendable {
        var name: Range<Int>
        var value: Range<Int>
    }

    let bytes: [UInt8]
    let pairs: [Pair]

    init(_ bytes: [UInt8], in range: Range<Int>) {
        self.bytes = bytes
        pairs = ASCII.split(range, in: bytes, at: ASCII.ampersand).compactMap { part in
            guard !part.isEmpty else { return nil }
            let equals = bytes[part].firstIndex(of: ASCII.equals)
            return Pair(
                name: part.lowerBound..<(equals ?? part.upperBound),
                value: (equals.map { $0 + 1 } ?? part.upperBound)..<part.upperBound)
        }
    }

    /// In lower case, escapes resolved.
    func name(_ pair: Pair) -> String { ASCII.lowercased(Self.decoded(bytes[pair.name])[...]) }

    /// The value of the first pair of that name, which is in lower case.
    func value(_ wanted: String) -> String? {
        pairs.first { name($0) == wanted }.map { ASCII.text(Self.decoded(bytes[$0.value])[...]) }
    }

    /// The pairs sorted by name; equal names stay in order. Secrets are replaced by their hash: equal ones stay equal.
    var canonical: [UInt8] { text { _, value in value } }

    /// As `canonical`, with markers for values that look like times or nonces; nil where there is none.
    ///
    /// - Parameter byName: also those that sign or date a request by their name.
    func canonicalWithoutVolatile(byName: Bool) -> [UInt8]? {
        var found = false
        let result = text { name, value in
            if let kind = VolatileValue(Self.decoded(value[...])[...]) {
                found = true
                return kind.marker
            }
            guard byName, VolatileValue.isVolatile(parameter: name) else { return value }
            found = true
            return Array("<volatile>".utf8)
        }
        return found ? result : nil
    }

    private func text(_ replace: (String, [UInt8]) -> [UInt8]) -> [UInt8] {
        let named = pairs.map { (name: name($0), pair: $0) }
        let order = named.indices.sorted {
            named[$0].name == named[$1].name ? $0 < $1 : named[$0].name < named[$1].name
        }
        var result: [UInt8] = []
        for index in order {
            let (name, pair) = named[index]
            if !result.isEmpty { result.append(ASCII.ampersand) }
            result.append(contentsOf: Self.normal(bytes[pair.name]))
            let value = Array(bytes[pair.value])
            let replaced = replace(name, value)
            if replaced == value, !value.isEmpty, SecretName(name.utf8) != nil {
                result.append(contentsOf: "=#\(StableHash.hex(value[...]).prefix(16))".utf8)
            } else if pair.value.lowerBound > pair.name.upperBound {
                result.append(ASCII.equals)
                result.append(contentsOf: replaced == value ? Self.normal(value[...]) : replaced)
            }
        }
        return result
    }

    /// One spelling of all that mean the same: only what would be mistaken is escaped. RFC 3986, 6.2.2.
    private static func normal(_ text: ArraySlice<UInt8>) -> [UInt8] {
        decoded(text).flatMap { byte -> [UInt8] in
            guard byte <= ASCII.space || byte >= 0x7f || "&=%+#".utf8.contains(byte) else { return [byte] }
            let hex = String(byte, radix: 16, uppercase: true)
            return Array("%\(hex.count == 1 ? "0" : "")\(hex)".utf8)
        }
    }

    /// `%41` and `+` resolved.
    static func decoded(_ text: ArraySlice<UInt8>) -> [UInt8] {
        guard text.contains(where: { $0 == 0x25 || $0 == 0x2b }) else { return Array(text) }
        var result: [UInt8] = []
        var index = text.startIndex
        while index < text.endIndex {
            if text[index] == 0x25, text.endIndex - index > 2, let high = ASCII.hexValue(text[index + 1]),
                let low = ASCII.hexValue(text[index + 2])
            {
                result.append(high << 4 | low)
                index += 3
            } else {
                result.append(text[index] == 0x2b ? ASCII.space : text[index])
                index += 1
            }
        }
        return result
    }
}
