extension DNS {
    /// The answer to a query from a table of names, for the sandbox's own resolver.
    ///
    /// `A`, `AAAA` and `PTR` come from the table; a known name without records of the type gets an empty answer, an
    /// unknown name gets NXDOMAIN. `localhost` is always known (RFC 6761, 6.3).
    ///
    /// - Parameters:
    ///   - query: one message, without the length that TCP puts before it.
    ///   - hosts: names in lower case without a last dot, and their addresses as text, IPv4 and IPv6.
    /// - Returns: one message, or nil where the bytes are no query.
    public static func answer(_ query: [UInt8], hosts: [String: [String]]) -> [UInt8]? {
        guard let message = DNSMessage(query), !message.isAnswer, message.questions.count == 1 else { return nil }
        let question = message.questions[0]
        guard message.operation == 0 else { return reply(to: query, message, records: [], rcode: 4) }
        let name = question.name.lowercased()
        if let address = reversed(name) {
            let text = DNSAddress.text(address[...])
            let names = hosts.filter { $0.value.contains { DNSAddress.bytes($0) == address } }.keys.sorted()
            let known = names.isEmpty && (text == "::1" || text.hasPrefix("127.")) ? ["localhost"] : names
            guard !known.isEmpty else { return reply(to: query, message, records: [], rcode: 3) }
            let wanted = question.type == DNSType.ptr || question.type == DNSType.any
            let records = wanted ? known.compactMap { encoded($0).map { (DNSType.ptr, $0) } } : []
            return reply(to: query, message, records: records, rcode: 0)
        }
        var addresses = hosts[name]
        if addresses == nil, name == "localhost" || name.hasSuffix(".localhost") { addresses = ["127.0.0.1", "::1"] }
        // That a name was asked for, and nothing is known of it, is no more than not to know it.
        guard let addresses, !addresses.isEmpty else { return reply(to: query, message, records: [], rcode: 3) }
        let records = addresses.compactMap { text -> (Int, [UInt8])? in
            guard let bytes = DNSAddress.bytes(text) else { return nil }
            let type = bytes.count == 4 ? DNSType.a : DNSType.aaaa
            return question.type == type || question.type == DNSType.any ? (type, bytes) : nil
        }
        return reply(to: query, message, records: records, rcode: 0)
    }

    /// The address that a name under `in-addr.arpa` or `ip6.arpa` stands for. RFC 1035, 3.5; RFC 3596, 2.5.
    private static func reversed(_ name: String) -> [UInt8]? {
        let labels = name.split(separator: ".")
        if name.hasSuffix(".in-addr.arpa"), labels.count == 6 {
            return DNSAddress.bytes(labels[..<4].reversed().joined(separator: "."))
        }
        guard name.hasSuffix(".ip6.arpa"), labels.count == 34 else { return nil }
        let nibbles = labels[..<32].reversed().compactMap { $0.utf8.count == 1 ? UInt8($0, radix: 16) : nil }
        guard nibbles.count == 32 else { return nil }
        return stride(from: 0, to: 32, by: 2).map { nibbles[$0] << 4 | nibbles[$0 + 1] }
    }

    /// A name as labels; nil where it is none.
    private static func encoded(_ name: String) -> [UInt8]? {
        var bytes: [UInt8] = []
        for label in name.split(separator: ".") {
            guard label.utf8.count < 64 else { return nil }
            bytes += [UInt8(label.utf8.count)] + Array(label.utf8)
        }
        return bytes.count < 255 ? bytes + [0] : nil
    }

    private static func reply(
        to query: [UInt8], _ message: DNSMessage, records: [(type: Int, data: [UInt8])], rcode: Int
    ) -> [UInt8] {
        let question = message.questions[0]
        var body: [UInt8] = []
        var count = 0
        for record in records {
            // Within the 512 bytes that every client takes (RFC 1035, 4.2.1); whole records only.
            guard 12 + question.range.count + body.count + 12 + record.data.count + 11 <= 512 else { break }
            // The name is a pointer to the question's.
            body += [0xc0, 12, 0, UInt8(record.type), 0, 1, 0, 0, 0, 60, 0, UInt8(record.data.count)] + record.data
            count += 1
        }
        // An answer, recursion available; operation and recursion desired as asked.
        let flags = 0x8080 | message.flags & 0x7900 | rcode
        var reply = Array(query[0..<2]) + [UInt8(flags >> 8), UInt8(flags & 0xff)]
        reply += [0, 1, 0, UInt8(count), 0, 0, 0, message.hasOptions ? 1 : 0]
        reply += query[question.range] + body
        if message.hasOptions { reply += [0, 0, 41, 0x04, 0xd0, 0, 0, 0, 0, 0, 0] }
        return reply
    }
}
