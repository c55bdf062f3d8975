/// The first bytes of a connection, looked at without taking part: is it TLS, and whom is it for?
///
/// Sources: RFC 8446 section 4.1.2 (hello), section 5.1 (records), RFC 6066 section 3 (name), RFC 7301 (ALPN).
public enum ClientHello {
    /// What the bytes are.
    public enum Parsed: Sendable, Equatable {
        /// A hello so far, but not a whole one.
        case needMore
        case notTLS
        case hello(serverName: String?, alpn: [String])
    }

    /// A hello that takes more bytes than this is none: real ones, with post-quantum keys and tickets, stay below 4 KiB.
    public static let bytesMax = 65536

    /// Looks at the bytes that a client sent first.
    public static func parse(_ bytes: some Collection<UInt8>) -> Parsed {
        let parsed = parse(Array(bytes.prefix(bytesMax)))
        return parsed == .needMore && bytes.count >= bytesMax ? .notTLS : parsed
    }

    private static func parse(_ bytes: [UInt8]) -> Parsed {
        var message: [UInt8] = []
        var at = 0
        // A hello may be cut into several handshake records.
        while true {
            if let total = helloLength(message), message.count >= total {
                var hello = Reader(message[4..<total])
                return hello.parsed() ?? .notTLS
            }
            let header = bytes[at...].prefix(5)
            guard plausible(header) else { return .notTLS }
            guard header.count == 5 else { return .needMore }
            let length = Int(header[at + 3]) << 8 | Int(header[at + 4])
            // RFC 8446 section 5.1: at most 2^14, and handshake records are never empty.
            guard 1...16384 ~= length else { return .notTLS }
            message.append(contentsOf: bytes[(at + 5)...].prefix(length))
            guard message.isEmpty || message[0] == 1 else { return .notTLS }
            if let total = helloLength(message), total > bytesMax { return .notTLS }
            if bytes.count - at - 5 < length {
                // The record is cut, but the hello in it may be whole.
                guard let total = helloLength(message), message.count >= total else { return .needMore }
            }
            at = min(at + 5 + length, bytes.count)
        }
    }

    /// The whole message's length with its header of four bytes, where that header is here.
    private static func helloLength(_ message: [UInt8]) -> Int? {
        guard message.count >= 4 else { return nil }
        return 4 + (Int(message[1]) << 16 | Int(message[2]) << 8 | Int(message[3]))
    }

    /// Whether these can be the first bytes of a handshake record: type 22, version 3.x.
    private static func plausible(_ header: ArraySlice<UInt8>) -> Bool {
        for (index, byte) in header.prefix(3).enumerated() {
            switch index {
            case 0: guard byte == 22 else { return false }
            case 1: guard byte == 3 else { return false }
            default: guard byte <= 4 else { return false }
            }
        }
        return true
    }
}

/// Reads a hello's body; nil where it ends too early.
private struct Reader {
    private var rest: ArraySlice<UInt8>

    init(_ bytes: ArraySlice<UInt8>) { rest = bytes }

    private mutating func take(_ count: Int) -> ArraySlice<UInt8>? {
        guard rest.count >= count else { return nil }
        defer { rest = rest.dropFirst(count) }
        return rest.prefix(count)
    }

    private mutating func number(bytes count: Int) -> Int? { take(count)?.reduce(0) { $0 << 8 | Int($1) } }

    /// A vector with its length before it.
    private mutating func vector(lengthBytes: Int) -> ArraySlice<UInt8>? {
        number(bytes: lengthBytes).flatMap { take($0) }
    }

    mutating func parsed() -> ClientHello.Parsed? {
        guard let version = number(bytes: 2), version >> 8 == 3, take(32) != nil,
            let session = vector(lengthBytes: 1), session.count <= 32,
            let suites = vector(lengthBytes: 2), suites.count >= 2, suites.count % 2 == 0,
            let compressions = vector(lengthBytes: 1), !compressions.isEmpty
        else { return nil }
        // Hellos without extensions are allowed in TLS 1.2.
        guard !rest.isEmpty else { return .hello(serverName: nil, alpn: []) }
        guard let block = vector(lengthBytes: 2) else { return nil }
        var extensions = Reader(block)
        var name: String?
        var alpn: [String] = []
        while !extensions.rest.isEmpty {
            guard let kind = extensions.number(bytes: 2), let body = extensions.vector(lengthBytes: 2) else {
                return nil
            }
            var reader = Reader(body)
            switch kind {
            case 0: name = name ?? reader.serverName()
            case 16: alpn = reader.protocols()
            default: break
            }
        }
        return .hello(serverName: name, alpn: alpn)
    }

    /// Only names of printable ASCII count: what else there may be is nothing to look up or to certify.
    private mutating func serverName() -> String? {
        guard let list = vector(lengthBytes: 2) else { return nil }
        var names = Reader(list)
        while let kind = names.number(bytes: 1), let name = names.vector(lengthBytes: 2) {
            guard kind == 0 else { continue }
            guard 1...255 ~= name.count, name.allSatisfy({ 0x21...0x7e ~= $0 }) else { return nil }
            return String(decoding: name, as: UTF8.self)
        }
        return nil
    }

    private mutating func protocols() -> [String] {
        guard let list = vector(lengthBytes: 2) else { return [] }
        var names = Reader(list)
        var result: [String] = []
        while let name = names.vector(lengthBytes: 1) { result.append(String(decoding: name, as: UTF8.self)) }
        return result
    }
}
