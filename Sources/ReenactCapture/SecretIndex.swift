/// Many secrets, looked for in one pass.
struct SecretIndex {
    private typealias Entry = (secret: [UInt8], placeholder: [UInt8])

    /// By their first four bytes; of those that begin alike the longest first.
    private var entries: [UInt32: [Entry]] = [:]
    /// Which two bytes any secret begins with.
    private var beginnings = [Bool](repeating: false, count: 1 << 16)

    var isEmpty: Bool { entries.isEmpty }

    /// - Parameter secret: of at least four bytes; its placeholder is as long.
    mutating func add(_ secret: [UInt8], _ placeholder: [UInt8]) {
        precondition(secret.count >= 4 && secret.count == placeholder.count)
        entries[Self.prefix(secret, 0), default: []].append((secret, placeholder))
        entries[Self.prefix(secret, 0)]?.sort { $0.secret.count > $1.secret.count }
        beginnings[Int(secret[0]) << 8 | Int(secret[1])] = true
    }

    func replaced(in bytes: [UInt8]) -> [UInt8] {
        guard !isEmpty, bytes.count >= 4 else { return bytes }
        var result = bytes
        var place = 0
        while place + 4 <= bytes.count {
            if beginnings[Int(bytes[place]) << 8 | Int(bytes[place + 1])],
                let entry = entries[Self.prefix(bytes, place)]?.first(where: { bytes[place...].starts(with: $0.secret) }
                )
            {
                result.replaceSubrange(place..<place + entry.secret.count, with: entry.placeholder)
                place += entry.secret.count
            } else {
                place += 1
            }
        }
        return result
    }

    private static func prefix(_ bytes: [UInt8], _ place: Int) -> UInt32 {
        UInt32(bytes[place]) << 24 | UInt32(bytes[place + 1]) << 16 | UInt32(bytes[place + 2]) << 8
            | UInt32(bytes[place + 3])
    }
}
