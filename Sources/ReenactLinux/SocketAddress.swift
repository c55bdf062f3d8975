import Glibc

/// The address of a socket, in the text form that events use: `127.0.0.1:5432`, `[::1]:80`, `unix:/run/x.sock`,
/// `unix:@name` for the abstract name space.
public struct SocketAddress: Sendable, Hashable, CustomStringConvertible {
    /// The kernel's form: `sockaddr_in`, `sockaddr_in6` or `sockaddr_un`.
    public private(set) var bytes: [UInt8]

    /// Takes the kernel's form; nil for a family other than the three, or bytes too short for it.
    public init?(bytes: some Collection<UInt8>) {
        self.bytes = Array(bytes.prefix(128))
        let minimum: Int
        switch Int32(family) {
        case AF_INET: minimum = MemoryLayout<sockaddr_in>.size
        case AF_INET6: minimum = MemoryLayout<sockaddr_in6>.size
        case AF_UNIX: minimum = 2
        default: return nil
        }
        guard self.bytes.count >= minimum else { return nil }
        if family != UInt16(AF_UNIX) { self.bytes.removeLast(self.bytes.count - minimum) }
    }

    /// Reads the text form; nil where it is none.
    public init?(_ text: String) {
        if text.hasPrefix("unix:") {
            let path = text.dropFirst(5)
            var raw = SocketAddress.header(AF_UNIX)
            if path.hasPrefix("@") {
                raw.append(0)
                raw.append(contentsOf: path.dropFirst().utf8)
            } else {
                raw.append(contentsOf: path.utf8)
                raw.append(0)
            }
            guard raw.count <= 110, !path.isEmpty else { return nil }
            self.init(bytes: raw)
            return
        }
        guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...]) else {
            return nil
        }
        var host = text[..<colon]
        if host.hasPrefix("["), host.hasSuffix("]") { host = host.dropFirst().dropLast() }
        self.init(host: String(host), port: port)
    }

    /// An address of IPv4 or IPv6; nil where `host` is not numeric.
    public init?(host: String, port: UInt16) {
        let portBytes = [UInt8(port >> 8), UInt8(port & 255)]
        var four = in_addr()
        if inet_pton(AF_INET, host, &four) == 1 {
            self.init(
                bytes: SocketAddress.header(AF_INET) + portBytes + withUnsafeBytes(of: four, Array.init)
                    + Array(repeating: 0, count: 8))
            return
        }
        var six = in6_addr()
        guard inet_pton(AF_INET6, host, &six) == 1 else { return nil }
        self.init(
            bytes: SocketAddress.header(AF_INET6) + portBytes + [0, 0, 0, 0] + withUnsafeBytes(of: six, Array.init)
                + [0, 0, 0, 0])
    }

    private static func header(_ family: Int32) -> [UInt8] {
        withUnsafeBytes(of: sa_family_t(family), Array.init)
    }

    /// AF_INET, AF_INET6 or AF_UNIX.
    public var family: UInt16 { bytes.count >= 2 ? UInt16(bytes[0]) | UInt16(bytes[1]) << 8 : 0 }

    /// The port; 0 for a Unix socket.
    public var port: UInt16 {
        family == UInt16(AF_UNIX) ? 0 : UInt16(bytes[2]) << 8 | UInt16(bytes[3])
    }

    /// The numeric address without the port; empty for a Unix socket.
    public var host: String {
        var text = [CChar](repeating: 0, count: 64)
        switch Int32(family) {
        case AF_INET: _ = bytes.withUnsafeBytes { inet_ntop(AF_INET, $0.baseAddress! + 4, &text, 64) }
        case AF_INET6: _ = bytes.withUnsafeBytes { inet_ntop(AF_INET6, $0.baseAddress! + 8, &text, 64) }
        default: return ""
        }
        let length = text.firstIndex(of: 0) ?? text.count
        return String(decoding: text[..<length].map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// The path of a Unix socket, `@name` where it is abstract; nil for others.
    public var path: String? {
        guard family == UInt16(AF_UNIX) else { return nil }
        let rest = bytes.dropFirst(2)
        if rest.first == 0 { return "@" + String(decoding: rest.dropFirst(), as: UTF8.self) }
        return String(decoding: rest.prefix { $0 != 0 }, as: UTF8.self)
    }

    /// True for 127.0.0.0/8, ::1, ::ffff:127.0.0.0/104 and Unix sockets.
    public var isLoopback: Bool {
        switch Int32(family) {
        case AF_INET: bytes[4] == 127
        case AF_INET6:
            bytes[8..<24].elementsEqual(Array(repeating: 0, count: 15) + [1])
                || (bytes[8..<18].allSatisfy { $0 == 0 } && bytes[18] == 255 && bytes[19] == 255 && bytes[20] == 127)
        default: true
        }
    }

    /// True for ::ffff:0:0/96.
    private var isMapped: Bool {
        bytes.count >= 24 && bytes[8..<18].allSatisfy { $0 == 0 } && bytes[18] == 255 && bytes[19] == 255
    }

    /// True for 0.0.0.0 and ::.
    public var isAny: Bool {
        switch Int32(family) {
        case AF_INET: bytes[4..<8].allSatisfy { $0 == 0 }
        case AF_INET6: bytes[8..<24].allSatisfy { $0 == 0 }
        default: false
        }
    }

    public var description: String {
        switch Int32(family) {
        case AF_UNIX: "unix:\(path ?? "")"
        // An IPv4 peer of a socket for both (Java, Go and Node make such): it is the IPv4 address that is spoken to.
        case AF_INET6 where isMapped: "\(host.dropFirst(7)):\(port)"
        case AF_INET6: "[\(host)]:\(port)"
        default: "\(host):\(port)"
        }
    }

    /// Calls `body` with the kernel's form.
    public func withSockAddr<Result>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> Result) -> Result {
        bytes.withUnsafeBytes {
            body($0.baseAddress!.assumingMemoryBound(to: sockaddr.self), socklen_t(bytes.count))
        }
    }

    /// The address that `call` (getsockname, getpeername, accept) fills in.
    public static func filled(
        by call: (UnsafeMutablePointer<sockaddr>, UnsafeMutablePointer<socklen_t>) -> Int32
    ) -> (result: Int32, address: SocketAddress?) {
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let result = withUnsafeMutablePointer(to: &storage) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { call($0, &length) }
        }
        guard result >= 0 else { return (result, nil) }
        let raw = withUnsafeBytes(of: storage) { Array($0.prefix(Int(length))) }
        return (result, SocketAddress(bytes: raw))
    }

    /// The socket's own end.
    public static func local(of fd: Int32) -> SocketAddress? { filled { getsockname(fd, $0, $1) }.address }

    /// The other end of a connected socket.
    public static func peer(of fd: Int32) -> SocketAddress? { filled { getpeername(fd, $0, $1) }.address }
}
