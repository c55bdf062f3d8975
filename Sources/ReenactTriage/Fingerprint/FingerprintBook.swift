import Glibc
import Synchronization

/// Templates and hashes that come again and again in a flood, made once.
struct FingerprintBook {
    /// What a message becomes, in this version and in the one before.
    struct Templates {
        var now: String
        var former: String
    }

    /// Bytes with a quick hash of their own: what has the same one is compared byte by byte.
    private struct Key: Hashable {
        let bytes: [UInt8]
        let quick: UInt64

        init(_ bytes: [UInt8], _ version: Int) {
            self.bytes = bytes
            var hash = 0x9E37_79B9_7F4A_7C15 ^ UInt64(version)
            func mix(_ word: UInt64) {
                hash = (hash ^ word) &* 0xFF51_AFD7_ED55_8CCD
                hash ^= hash >> 29
            }
            bytes.withUnsafeBytes { raw in
                var place = 0
                while place + 8 <= raw.count {
                    mix(raw.loadUnaligned(fromByteOffset: place, as: UInt64.self))
                    place += 8
                }
                var rest = UInt64(raw.count)
                while place < raw.count {
                    rest = rest << 8 | UInt64(raw[place])
                    place += 1
                }
                mix(rest)
            }
            quick = hash
        }

        func hash(into hasher: inout Hasher) { hasher.combine(quick) }

        static func == (one: Key, other: Key) -> Bool {
            one.quick == other.quick && one.bytes.count == other.bytes.count
                && one.bytes.withUnsafeBytes { left in
                    other.bytes.withUnsafeBytes { right in
                        left.isEmpty || memcmp(left.baseAddress!, right.baseAddress!, left.count) == 0
                    }
                }
        }
    }

    private var templates: [String: Templates] = [:]
    private var hashes: [Int: [Key: String]] = [:]
    private static let knownMax = 4096
    private static let bytesMax = 4096

    /// Those of threads that are done: a thread takes one for a whole stretch.
    private static let idle = Mutex<[FingerprintBook]>([])

    /// Gives what earlier stretches knew, and keeps what this one learns.
    static func shared<Result>(_ body: (inout FingerprintBook) -> Result) -> Result {
        var book = idle.withLock { $0.popLast() } ?? FingerprintBook()
        defer { idle.withLock { if $0.count < 16 { $0.append(book) } } }
        return body(&book)
    }

    mutating func templates(of message: String) -> Templates {
        if let found = templates[message] { return found }
        let made = Templates(
            now: MessageTemplate.of(message, isFormer: false), former: MessageTemplate.of(message, isFormer: true))
        if templates.count >= Self.knownMax { templates = [:] }
        if message.utf8.count <= Self.bytesMax { templates[message] = made }
        return made
    }

    mutating func hash(_ parts: [String], version: Int = Fingerprint.version) -> String {
        let bytes = Fingerprint.joined(parts)
        guard bytes.count <= Self.bytesMax else { return Fingerprint.hash(bytes, version: version) }
        let key = Key(bytes, version)
        if let found = hashes[version]?[key] { return found }
        let made = Fingerprint.hash(bytes, version: version)
        if hashes[version, default: [:]].count >= Self.knownMax { hashes[version] = [:] }
        hashes[version, default: [:]][key] = made
        return made
    }
}
