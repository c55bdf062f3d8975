/// Values that differ from run to run by their nature, told by their form alone.
///
/// Used by relaxed keys: two values of the same kind count as equal there, and the relaxation is noted. What is not
/// plainly of such a form is not volatile.
public enum Volatile {
    /// The marker that stands for the value, or nil where it is an ordinary value.
    public static func marker(for value: some Collection<UInt8>) -> String? {
        let count = value.count
        guard count >= 10, count <= 300 else { return nil }
        return value.withContiguousStorageIfAvailable { classify($0) } ?? Array(value).withUnsafeBufferPointer(classify)
    }

    /// The marker of a number of seconds or milliseconds since 1970, or nil: ten digits with a fraction, 10 or 13 digits.
    public static func epochMarker(for value: some Collection<UInt8>) -> String? {
        let bytes = Array(value)
        guard bytes.count >= 10, bytes.count <= 24, bytes[0] == UInt8(ascii: "1") || bytes[0] == UInt8(ascii: "2")
        else {
            return nil
        }
        let whole = bytes.prefix { isDigit($0) }.count
        if whole == bytes.count { return whole == 10 || whole == 13 ? "<time>" : nil }
        guard whole == 10 || whole == 13, bytes[whole] == UInt8(ascii: "."), whole + 1 < bytes.count else { return nil }
        return bytes[(whole + 1)...].allSatisfy(isDigit) ? "<time>" : nil
    }

    /// The marker of a worker's own name, `host.4711` or `host:4711`'s first half, or nil.
    public static func workerMarker(for value: some Collection<UInt8>) -> String? {
        let bytes = Array(value)
        guard bytes.count >= 4, bytes.count <= 128, let dot = bytes.lastIndex(of: UInt8(ascii: ".")) else { return nil }
        let process = bytes[(dot + 1)...]
        let host = bytes[..<dot]
        guard (2...8).contains(process.count), process.allSatisfy(isDigit), host.contains(where: isLetter) else {
            return nil
        }
        return host.allSatisfy { isDigit($0) || isLetter($0) || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: ".") }
            ? "<worker>" : nil
    }

    /// A name drawn by lot behind a process's number, `4711:4af7d35e96ff`: so workers name themselves, behind their host.
    ///
    /// - Returns: the length of the name, behind which something else may follow, `4af7d35e96ff-signals`; nil where that
    ///   is none.
    public static func workerNonce(_ nonce: some Collection<UInt8>, behind process: some Collection<UInt8>) -> Int? {
        guard (1...8).contains(process.count), process.allSatisfy(isDigit) else { return nil }
        let name = nonce.prefix { isHex($0) }
        let next = nonce.dropFirst(name.count).first
        guard (8...64).contains(name.count), name.contains(where: isLetter), name.contains(where: isDigit),
            next.map({ !isDigit($0) && !isLetter($0) }) ?? true
        else { return nil }
        return name.count
    }

    /// The value with each UUID in it replaced by a marker, or nil where there is none: names are often made of one and
    /// other words, joined by whatever the program likes.
    public static func embedded(in value: some Collection<UInt8>) -> String? {
        let length = 36
        guard value.count > length, value.count <= 512 else { return nil }
        let bytes = Array(value)
        var result: [UInt8] = []
        var index = 0
        var isChanged = false
        bytes.withUnsafeBufferPointer { buffer in
            while index < buffer.count {
                let end = index + length
                // A hexadecimal digit beside it makes it a piece of something longer.
                if end <= buffer.count, isHex(buffer[index]), index == 0 || !isHex(buffer[index - 1]),
                    end == buffer.count || !isHex(buffer[end]),
                    isUUID(UnsafeBufferPointer(rebasing: buffer[index..<end]))
                {
                    result.append(contentsOf: "<uuid>".utf8)
                    index = end
                    isChanged = true
                } else {
                    result.append(buffer[index])
                    index += 1
                }
            }
        }
        return isChanged ? String(decoding: result, as: UTF8.self) : nil
    }

    private static func classify(_ bytes: UnsafeBufferPointer<UInt8>) -> String? {
        if isTime(bytes) { return "<time>" }
        if isUUID(bytes) { return "<uuid>" }
        if isPasswordHash(bytes) { return "<hash>" }
        return isToken(bytes) ? "<token>" : nil
    }

    /// `2026-11-21 08:15:02.123456+00`, with a space or a T.
    private static func isTime(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        guard bytes.count >= 16, bytes.count <= 40 else { return false }
        for (index, wanted) in "dddd-dd-dd dd:dd".utf8.enumerated() {
            let byte = bytes[index]
            switch wanted {
            case UInt8(ascii: "d"): guard isDigit(byte) else { return false }
            case UInt8(ascii: " "): guard byte == wanted || byte == UInt8(ascii: "T") else { return false }
            default: guard byte == wanted else { return false }
            }
        }
        for index in 16..<bytes.count {
            switch bytes[index] {
            case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: ":"), UInt8(ascii: "."), UInt8(ascii: "+"),
                UInt8(ascii: "-"), UInt8(ascii: "Z"), UInt8(ascii: "z"), UInt8(ascii: " "):
                continue
            default: return false
            }
        }
        return true
    }

    private static func isUUID(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        guard bytes.count == 36 else { return false }
        for index in 0..<36 {
            if index == 8 || index == 13 || index == 18 || index == 23 {
                guard bytes[index] == UInt8(ascii: "-") else { return false }
            } else {
                guard isHex(bytes[index]) else { return false }
            }
        }
        return true
    }

    private static func isPasswordHash(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        guard bytes.count >= 24 else { return false }
        for prefix in passwordHashPrefixes where bytes.count > prefix.count && bytes.starts(with: prefix) {
            return true
        }
        return false
    }

    private static let passwordHashPrefixes: [[UInt8]] = [
        "$2a$", "$2b$", "$2y$", "pbkdf2_", "pbkdf2:", "$pbkdf2", "$argon2", "argon2$", "scrypt:", "bcrypt", "$5$",
        "$6$",
        "SCRAM-SHA-256$",
    ].map { Array($0.utf8) }

    /// Sixteen or more hexadecimal digits, or twenty or more characters that mix cases and digits like noise.
    private static func isToken(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        guard bytes.count >= 16 else { return false }
        var digits = 0
        var lower = 0
        var upper = 0
        var isAllHex = true
        var changes = 0
        var last: UInt8 = 0
        for byte in bytes {
            let kind: UInt8
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): (kind, digits) = (1, digits + 1)
            case UInt8(ascii: "a")...UInt8(ascii: "z"): (kind, lower) = (2, lower + 1)
            case UInt8(ascii: "A")...UInt8(ascii: "Z"): (kind, upper) = (3, upper + 1)
            case UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "+"), UInt8(ascii: "/"), UInt8(ascii: "="):
                kind = 4
            default: return false
            }
            if !isHex(byte) { isAllHex = false }
            if kind != last { changes += 1 }
            last = kind
        }
        if isAllHex { return digits > 0 && lower + upper > 0 }
        return bytes.count >= 20 && digits >= 2 && lower >= 2 && upper >= 2 && changes * 4 >= bytes.count
    }

    static func isDigit(_ byte: UInt8) -> Bool { byte &- 48 < 10 }
    static func isLetter(_ byte: UInt8) -> Bool { (byte | 32) &- 97 < 26 }
    /// Whether it is a hexadecimal digit.
    public static func isHex(_ byte: UInt8) -> Bool { isDigit(byte) || (byte | 32) &- 97 < 6 }
}
