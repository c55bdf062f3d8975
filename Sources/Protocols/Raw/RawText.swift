import ReenactTimeline

/// Bytes for people.
enum RawText {
    /// `23 B: HELO example.com`, or their hexadecimal digits.
    static func summary(_ bytes: ArraySlice<UInt8>, _ length: Int) -> String {
        let start = bytes.prefix(32)
        let line = start.prefix { $0 != 0x0a && $0 != 0x0d }
        if !line.isEmpty, line.allSatisfy({ (0x20...0x7e).contains($0) }) {
            return "\(length) B: \(String(decoding: line, as: UTF8.self))" + (length > line.count + 2 ? "…" : "")
        }
        let digits = start.prefix(8).map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }
        return "\(length) B: \(digits.joined(separator: " "))" + (length > 8 ? " …" : "")
    }

    /// Text where it is text, else base64.
    static func detail(_ bytes: [UInt8]) -> JSONValue {
        if !bytes.contains(0), let text = String(validating: bytes, as: UTF8.self) { return ["text": .string(text)] }
        return ["base64": .string(Base64.encode(bytes))]
    }
}
