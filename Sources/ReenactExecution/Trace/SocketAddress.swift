/// `struct sockaddr` as people write it.
enum SocketAddress {
    /// `127.0.0.1:80`, `[::1]:80`, `unix:/path`, `unix:@name`; empty for others.
    static func text(_ memory: ProcessMemory, _ address: UInt64, _ length: UInt64) -> String {
        text(memory.read(address, address < 4096 ? 0 : Int(min(length, 128))))
    }

    static func text(_ bytes: [UInt8]) -> String {
        guard bytes.count >= 2 else { return "" }
        let family = UInt16(bytes[0]) | UInt16(bytes[1]) << 8
        switch family {
        case 1:
            let path = bytes.dropFirst(2)
            guard path.first != 0 else { return "unix:@" + String(decoding: path.dropFirst(), as: UTF8.self) }
            return "unix:" + String(decoding: path.prefix { $0 != 0 }, as: UTF8.self)
        case 2 where bytes.count >= 8:
            return "\(bytes[4]).\(bytes[5]).\(bytes[6]).\(bytes[7]):\(Int(bytes[2]) << 8 | Int(bytes[3]))"
        case 10 where bytes.count >= 24:
            let groups = stride(from: 8, to: 24, by: 2).map {
                String(Int(bytes[$0]) << 8 | Int(bytes[$0 + 1]), radix: 16)
            }
            let port = Int(bytes[2]) << 8 | Int(bytes[3])
            let isLoopback = groups == ["0", "0", "0", "0", "0", "0", "0", "1"]
            return "[\(isLoopback ? "::1" : groups.joined(separator: ":"))]:\(port)"
        default: return ""
        }
    }
}
