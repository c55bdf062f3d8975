import Glibc

/// The packets of gdb's remote serial protocol (gdb manual, appendix E) over one TCP connection.
final class GDBConnection {
    private let descriptor: Int32
    private var input: [UInt8] = []
    var needsAcknowledgement = true

    /// Listens on the loopback, tells the port, and takes one connection.
    init(port: UInt16, onListening: (UInt16) -> Void) throws {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | O_CLOEXEC, 0)
        guard listener >= 0 else { throw GDBConnection.failed("socket") }
        defer { close(listener) }
        var yes: Int32 = 1
        setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, 4)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let bound = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { place in
                bind(listener, place, length) == 0 && listen(listener, 1) == 0
                    && getsockname(listener, place, &length) == 0
            }
        }
        guard bound else { throw GDBConnection.failed("port \(port)") }
        onListening(UInt16(bigEndian: address.sin_port))
        descriptor = accept(listener, nil, nil)
        guard descriptor >= 0 else { throw GDBConnection.failed("accept") }
        setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &yes, 4)
    }

    deinit { close(descriptor) }

    private static func failed(_ what: String) -> ExecutionError {
        ExecutionError(.inputOutput, "gdb: \(what): \(String(cString: strerror(errno))); give another port")
    }

    /// The next packet's payload; nil when the debugger is gone.
    func receive() -> [UInt8]? {
        while true {
            while let first = input.first, first != UInt8(ascii: "$"), first != 3 { input.removeFirst() }
            if input.first == 3 {
                input.removeFirst()
                continue
            }
            if let end = input.firstIndex(of: UInt8(ascii: "#")), input.count >= end + 3 {
                let payload = Array(input[1..<end])
                input.removeFirst(end + 3)
                if needsAcknowledgement { put(Array("+".utf8)) }
                return GDBConnection.unescaped(payload)
            }
            guard fill() else { return nil }
        }
    }

    private func fill() -> Bool {
        var room = [UInt8](repeating: 0, count: 16384)
        let count = Glibc.read(descriptor, &room, room.count)
        guard count > 0, input.count < 1 << 20 else { return false }
        input += room.prefix(count)
        return true
    }

    static func unescaped(_ payload: [UInt8]) -> [UInt8] {
        guard payload.contains(UInt8(ascii: "}")) else { return payload }
        var result: [UInt8] = []
        var isEscaped = false
        for byte in payload {
            if isEscaped {
                result.append(byte ^ 0x20)
                isEscaped = false
            } else if byte == UInt8(ascii: "}") {
                isEscaped = true
            } else {
                result.append(byte)
            }
        }
        return result
    }

    func send(_ text: String) { send(Array(text.utf8)) }

    func send(_ payload: [UInt8]) {
        var packet: [UInt8] = [UInt8(ascii: "$")]
        for byte in payload {
            if [0x23, 0x24, 0x2a, 0x7d].contains(byte) { packet += [0x7d, byte ^ 0x20] } else { packet.append(byte) }
        }
        let sum = packet.dropFirst().reduce(UInt8(0)) { $0 &+ $1 }
        packet += Array("#\(GDBConnection.hex([sum]))".utf8)
        put(packet)
    }

    private func put(_ bytes: [UInt8]) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.send(descriptor, $0.baseAddress!, $0.count, Int32(MSG_NOSIGNAL)) }
            guard count > 0 else { return }
            rest = rest.dropFirst(count)
        }
    }

    static func hex(_ bytes: some Sequence<UInt8>) -> String {
        let digits = Array("0123456789abcdef".utf8)
        var result: [UInt8] = []
        for byte in bytes { result += [digits[Int(byte >> 4)], digits[Int(byte & 15)]] }
        return String(decoding: result, as: UTF8.self)
    }

    static func bytes(_ hex: Substring) -> [UInt8] {
        let digits = hex.utf8.map { UInt8(String(UnicodeScalar($0)), radix: 16) ?? 0 }
        return stride(from: 0, to: digits.count - 1, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
    }
}
