import ReenactTimeline

/// A document of which nothing is told but that it can be read.
struct EmptyDocument {
    var bytes: [UInt8]
    /// `{}`, `an empty archive`; empty where the document is.
    var told: String

    private init(_ text: String) { (bytes, told) = (Array(text.utf8), text) }

    private init(_ bytes: [UInt8], _ told: String) { (self.bytes, self.told) = (bytes, told) }

    /// Of the form that the name or the text's first sign tells of.
    ///
    /// - Parameters:
    ///   - tool: the program, after which sections of settings are named.
    ///   - key: the setting that the program missed.
    init(_ path: String, _ text: [UInt8] = [], tool: String = "", key: String? = nil) {
        let name = path.split(separator: "/").last.map { $0.lowercased() } ?? ""
        switch name.split(separator: ".").last.map(String.init) {
        case "json": self.init(text.first { $0 > 32 } == UInt8(ascii: "[") ? "[]" : "{}")
        case "xml": self.init("<a/>")
        case "zip", "whl", "jar": self.init([0x50, 0x4B, 5, 6] + [UInt8](repeating: 0, count: 18), "an empty archive")
        case "tar": self.init([UInt8](repeating: 0, count: Self.tarBytes), "an empty archive")
        case "gz" where name.hasSuffix(".tar.gz"), "tgz":
            self.init(Self.gzip(zeros: Self.tarBytes, checksum: 0xEFB5_AF2E), "an empty archive")
        case "gz": self.init(Self.gzip(zeros: 0, checksum: 0), "empty, and compressed")
        case "ini", "cfg", "conf", "toml":
            self.init(key.map { (tool.isEmpty ? "" : "[\(tool)]\n") + "\($0) = 1" } ?? "")
        case "yaml", "yml": self.init(key.map { "\($0): text" } ?? "")
        default: self.init(path.isEmpty ? Self.first(text) : "")
        }
    }

    private static func first(_ text: [UInt8]) -> String {
        switch text.first(where: { $0 > 32 }) {
        case UInt8(ascii: "{"): "{}"
        case UInt8(ascii: "["): "[]"
        case UInt8(ascii: "<"): "<a/>"
        default: ""
        }
    }

    /// Two blocks of zeros end an archive. Source: POSIX.1-2017, `pax`, "ustar Interchange Format".
    private static let tarBytes = 1024

    /// So many zeros in one stored block. Source: RFC 1952, 2.3; RFC 1951, 3.2.4.
    private static func gzip(zeros: Int, checksum: UInt32) -> [UInt8] {
        func bytes(_ value: UInt32) -> [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) } }
        let length = UInt16(zeros)
        let sizes = [length, ~length].flatMap { [UInt8(truncatingIfNeeded: $0), UInt8(truncatingIfNeeded: $0 >> 8)] }
        return [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3, 1] + sizes + [UInt8](repeating: 0, count: zeros) + bytes(checksum)
            + bytes(UInt32(zeros))
    }
}
