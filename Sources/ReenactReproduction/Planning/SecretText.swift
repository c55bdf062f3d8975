import ReenactTimeline

/// A case's secrets put back where their placeholders stand. Lengths are equal, so every offset stays what it is.
struct SecretText: Sendable {
    /// First four bytes of a placeholder, to the placeholders that begin so.
    private var byPrefix: [UInt32: [(placeholder: [UInt8], plain: [UInt8])]] = [:]
    /// How many secrets could be opened, and how many could not.
    private(set) var opened = 0
    private(set) var closed = 0

    private static let prefixBytes = 4

    init(_ sealed: [Case.Sealed], unseal: ([UInt8]) -> [UInt8]?) {
        for secret in sealed {
            let placeholder = Array(secret.placeholder.utf8)
            guard let plain = unseal(secret.ciphertext), plain.count == placeholder.count else {
                closed += 1
                continue
            }
            opened += 1
            // What is so short stands for too many things to be looked for.
            guard placeholder.count >= Self.prefixBytes else { continue }
            byPrefix[Self.prefix(placeholder[...]), default: []].append((placeholder, plain))
        }
    }

    var isEmpty: Bool { byPrefix.isEmpty }

    /// The bytes with every known placeholder replaced.
    func restore(_ bytes: [UInt8]) -> [UInt8] {
        guard !isEmpty, bytes.count >= Self.prefixBytes else { return bytes }
        var result = bytes
        var index = 0
        while index + Self.prefixBytes <= result.count {
            if let found = match(result, at: index) {
                result.replaceSubrange(index..<(index + found.count), with: found)
                index += found.count
            } else {
                index += 1
            }
        }
        return result
    }

    /// The text with every known placeholder replaced.
    func restore(_ text: String) -> String {
        isEmpty ? text : String(decoding: restore(Array(text.utf8)), as: UTF8.self)
    }

    /// The connection with every known placeholder replaced, also where one lies across segments.
    func restore(_ connection: Connection) -> Connection {
        guard !isEmpty else { return connection }
        return connection.replacingBytes(from: .client, restore).replacingBytes(from: .server, restore)
    }

    private func match(_ bytes: [UInt8], at index: Int) -> [UInt8]? {
        guard let candidates = byPrefix[Self.prefix(bytes[index...])] else { return nil }
        return candidates.first { bytes[index...].starts(with: $0.placeholder) }?.plain
    }

    private static func prefix(_ bytes: ArraySlice<UInt8>) -> UInt32 {
        bytes.prefix(prefixBytes).reduce(0) { $0 << 8 | UInt32($1) }
    }
}
