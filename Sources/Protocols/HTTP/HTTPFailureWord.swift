#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// What no answer of status 500 and more is without: version and first digit together, `HTTP/1.1 5`.
///
/// Source: RFC 9112, 4. Found in a body, it costs a reading that finds nothing.
enum HTTPFailureWord {
    private static let start = Array("HTTP/1.".utf8)
    private static let length = 10

    static func isIn(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard let base = bytes.baseAddress else { return false }
        var place = 0
        while let found = memchr(base + place, Int32(UInt8(ascii: "H")), bytes.count - place) {
            place = UnsafeRawPointer(found) - base
            guard place + length <= bytes.count else { return false }
            let isWord = bytes[place..<place + start.count].elementsEqual(start)
            if isWord, bytes[place + 8] == ASCII.space, bytes[place + 9] >= UInt8(ascii: "5") { return true }
            place += 1
        }
        return false
    }
}
