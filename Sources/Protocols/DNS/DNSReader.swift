/// Reads the parts of a DNS message; never beyond its end, never in circles.
struct DNSReader {
    private let bytes: [UInt8]
    private(set) var position = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    mutating func byte() -> Int? {
        guard position < bytes.count else { return nil }
        position += 1
        return Int(bytes[position - 1])
    }

    mutating func short() -> Int? {
        guard let high = byte(), let low = byte() else { return nil }
        return high << 8 | low
    }

    mutating func long() -> Int? {
        guard let high = short(), let low = short() else { return nil }
        return high << 16 | low
    }

    /// RFC 1035, 4.1.4. Each pointer leads to before the name that it stands in, so that there is an end; names have
    /// at most 255 bytes.
    mutating func name() -> String? {
        var text = ""
        var length = 0
        var place = position
        var lowest = position
        var hasJumped = false
        while place < bytes.count {
            let size = Int(bytes[place])
            if size & 0xc0 == 0xc0 {
                guard place + 1 < bytes.count else { return nil }
                let target = (size & 0x3f) << 8 | Int(bytes[place + 1])
                if !hasJumped { position = place + 2 }
                hasJumped = true
                guard target < lowest else { return nil }
                (place, lowest) = (target, target)
            } else if size == 0 {
                if !hasJumped { position = place + 1 }
                return text
            } else {
                length += size + 1
                guard size < 64, length < 255, place + 1 + size <= bytes.count else { return nil }
                if !text.isEmpty { text += "." }
                for byte in bytes[place + 1...place + size] { text += Self.shown(byte) }
                place += size + 1
            }
        }
        return nil
    }

    /// RFC 4343, 2.1: what is no plain character of a label is escaped.
    private static func shown(_ byte: UInt8) -> String {
        switch byte {
        case UInt8(ascii: "."), UInt8(ascii: "\\"): return "\\" + String(Unicode.Scalar(byte))
        case 0x21...0x7e: return String(Unicode.Scalar(byte))
        default:
            let digits = String(byte)
            return "\\" + String(repeating: "0", count: 3 - digits.utf8.count) + digits
        }
    }

    /// RFC 1035, 4.1.3.
    mutating func record() -> DNSMessage.Record? {
        guard let name = name(), let type = short(), short() != nil, let ttl = long(), let length = short(),
            position + length <= bytes.count
        else { return nil }
        let end = position + length
        let start = position
        let data = data(type, end) ?? generic(start..<end)
        position = end
        return DNSMessage.Record(name: name, type: type, ttl: ttl, data: data)
    }

    /// The data as text; nil for types without a notation here, or where it does not fit its type.
    private mutating func data(_ type: Int, _ end: Int) -> String? {
        let start = position
        var text: String?
        switch type {
        case DNSType.a where end - start == 4: return DNSAddress.text(bytes[start..<end])
        case DNSType.aaaa where end - start == 16: return DNSAddress.text(bytes[start..<end])
        case 2, DNSType.cname, DNSType.ptr, 39: text = name()
        case 15:
            if let preference = short(), let host = name() { text = "\(preference) \(host)" }
        case 33:
            if let priority = short(), let weight = short(), let port = short(), let host = name() {
                text = "\(priority) \(weight) \(port) \(host)"
            }
        case 6:
            if let server = name(), let mail = name(), let serial = long() { text = "\(server) \(mail) \(serial)" }
            return position <= end ? text : nil
        case 16: text = strings(end)
        default: return nil
        }
        return position == end ? text : nil
    }

    private mutating func strings(_ end: Int) -> String? {
        var parts: [String] = []
        while position < end {
            guard let size = byte(), position + size <= end else { return nil }
            parts.append("\"" + String(decoding: bytes[position..<position + size], as: UTF8.self) + "\"")
            position += size
        }
        return parts.joined(separator: " ")
    }

    /// RFC 3597, 5.
    private func generic(_ range: Range<Int>) -> String {
        let digits = bytes[range].prefix(256).map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }
        return "\\# \(range.count) \(digits.joined())" + (range.count > 256 ? "…" : "")
    }
}
