/// Internet addresses as bytes and as text.
enum DNSAddress {
    /// Of 4 or 16 bytes; IPv6 as RFC 5952 wants it.
    static func text(_ bytes: ArraySlice<UInt8>) -> String {
        if bytes.count == 4 { return bytes.map { String($0) }.joined(separator: ".") }
        let all = Array(bytes)
        let groups = stride(from: 0, to: all.count - 1, by: 2).map { Int(all[$0]) << 8 | Int(all[$0 + 1]) }
        var longest = 0..<0
        var start = 0
        while start < groups.count {
            let end = groups[start...].firstIndex { $0 != 0 } ?? groups.count
            if end - start > max(1, longest.count) { longest = start..<end }
            start = max(end, start) + 1
        }
        let words = groups.map { String($0, radix: 16) }
        guard !longest.isEmpty else { return words.joined(separator: ":") }
        return words[..<longest.lowerBound].joined(separator: ":") + "::"
            + words[longest.upperBound...].joined(separator: ":")
    }

    /// 4 or 16 bytes; nil where the text is no address.
    static func bytes(_ text: String) -> [UInt8]? { text.utf8.contains(0x3a) ? version6(text) : version4(text) }

    private static func version4(_ text: some StringProtocol) -> [UInt8]? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        let bytes = parts.compactMap { part in part.utf8.allSatisfy { (0x30...0x39).contains($0) } ? UInt8(part) : nil }
        return parts.count == 4 && bytes.count == 4 ? bytes : nil
    }

    private static func version6(_ text: String) -> [UInt8]? {
        let address = text.prefix { $0 != "%" }
        var halves: [[UInt8]] = []
        var rest = Substring(address)
        var isShortened = false
        while true {
            let gap = rest.indices.first { rest[$0...].hasPrefix("::") }
            let half = gap.map { rest[..<$0] } ?? rest
            guard let bytes = groups(half) else { return nil }
            halves.append(bytes)
            guard let gap else { break }
            guard !isShortened else { return nil }
            isShortened = true
            rest = rest[rest.index(gap, offsetBy: 2)...]
        }
        let count = halves.reduce(0) { $0 + $1.count }
        guard isShortened ? count <= 14 : count == 16 else { return nil }
        return isShortened ? halves[0] + [UInt8](repeating: 0, count: 16 - count) + halves[1] : halves[0]
    }

    private static func groups(_ text: Substring) -> [UInt8]? {
        guard !text.isEmpty else { return [] }
        var bytes: [UInt8] = []
        let words = text.split(separator: ":", omittingEmptySubsequences: false)
        for (index, word) in words.enumerated() {
            if word.contains("."), index == words.count - 1 {
                guard let last = version4(word) else { return nil }
                bytes += last
            } else {
                guard (1...4).contains(word.utf8.count), let value = UInt16(word, radix: 16), !word.hasPrefix("+")
                else {
                    return nil
                }
                bytes += [UInt8(value >> 8), UInt8(value & 0xff)]
            }
        }
        return bytes
    }
}
