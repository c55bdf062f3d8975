/// Values that differ from run to run by their nature, told by their form alone.
enum VolatileForm {
    /// The marker that stands for the value, or nil where it is an ordinary value.
    static func marker(for value: some Collection<UInt8>) -> String? {
        guard (16...300).contains(value.count) else { return nil }
        let bytes = Array(value)
        if isTime(bytes) { return "<time>" }
        if isUUID(bytes) { return "<uuid>" }
        // Numbers alone may be ordinary keys.
        if bytes.allSatisfy(isHex), bytes.contains(where: { !isDigit($0) }), bytes.contains(where: isDigit) {
            return "<hex>"
        }
        return nil
    }

    /// `2026-11-21 08:15:02.123456`, with a space or a T.
    private static func isTime(_ bytes: [UInt8]) -> Bool {
        guard bytes.count <= 40 else { return false }
        for (byte, form) in zip(bytes, "dddd-dd-dd dd:dd".utf8) {
            switch form {
            case UInt8(ascii: "d"): if !isDigit(byte) { return false }
            case UInt8(ascii: " "): if byte != form, byte != UInt8(ascii: "T") { return false }
            default: if byte != form { return false }
            }
        }
        return bytes[16...].allSatisfy { isDigit($0) || ":.+-Zz ".utf8.contains($0) }
    }

    private static func isUUID(_ bytes: [UInt8]) -> Bool {
        guard bytes.count == 36 else { return false }
        for (index, byte) in bytes.enumerated() {
            let isDash = [8, 13, 18, 23].contains(index)
            guard isDash ? byte == UInt8(ascii: "-") : isHex(byte) else { return false }
        }
        return true
    }

    static func isDigit(_ byte: UInt8) -> Bool { byte &- 48 < 10 }
    static func isHex(_ byte: UInt8) -> Bool { isDigit(byte) || (byte | 32) &- 97 < 6 }
}
