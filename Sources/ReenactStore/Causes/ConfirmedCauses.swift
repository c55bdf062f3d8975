import FoundationEssentials
import Glibc
import ReenactTimeline

/// What experiments showed, kept beside the case files: one JSON object a line, only ever appended to. Of a case the last
/// line counts.
public struct ConfirmedCauses: Sendable {
    static let fileName = "causes.jsonl"
    private static let bytesMax = 64 << 20

    private let path: String

    /// Those of the directory in which a case file lies.
    public init(besideCase path: String) {
        let folder = path.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
        self.init(directory: folder.isEmpty ? (path.hasPrefix("/") ? "" : ".") : folder)
    }

    public init(directory: String) { path = "\(directory)/\(Self.fileName)" }

    /// By the cases' ids; lines that can't be read are passed over.
    public func read() -> [String: ConfirmedCause] {
        guard let data = FileManager.default.contents(atPath: path), data.count <= Self.bytesMax else { return [:] }
        var found: [String: ConfirmedCause] = [:]
        for line in Array(data).split(separator: 0x0A) {
            guard let cause = try? JSONText.decode(ConfirmedCause.self, from: line) else { continue }
            found[cause.case] = cause
        }
        return found
    }

    /// Keeps one.
    ///
    /// - Returns: false where the directory can't be written to; what was found out is told all the same.
    @discardableResult
    public func keep(_ cause: ConfirmedCause) -> Bool {
        guard let text = try? JSONText.encode(cause) else { return false }
        let descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        let bytes = Array((text + "\n").utf8)
        return write(descriptor, bytes, bytes.count) == bytes.count
    }
}
