import FoundationEssentials
import Glibc
import ReenactTimeline

/// The file of decisions: one JSON object a line, only ever appended to, safe against several processes and against
/// being cut off in the middle of a line.
struct DecisionLog: Sendable {
    static let fileName = "issues.jsonl"
    private static let bytesMax = 256 << 20

    let path: String

    init(directory: String) { path = "\(directory)/\(Self.fileName)" }

    /// All of them; lines that can't be read are passed over.
    func read() throws -> [Decision] {
        guard let data = FileManager.default.contents(atPath: path) else {
            guard FileManager.default.fileExists(atPath: path) else { return [] }
            throw unusable("it can't be read", "check its permissions")
        }
        guard data.count <= Self.bytesMax else {
            throw unusable("larger than \(Self.bytesMax >> 20) MiB", "move it away; decisions start anew without it")
        }
        var decisions: [Decision] = []
        for line in Array(data).split(separator: 0x0A) {
            guard var decision = try? JSONText.decode(Decision.self, from: line) else { continue }
            decision.number = decisions.count + 1
            decisions.append(decision)
        }
        return decisions
    }

    /// Appends what `make` decides in view of all there is, with nobody else between reading and writing.
    ///
    /// - Returns: all decisions, the new ones last.
    func append(_ make: ([Decision]) throws -> [Decision]) throws -> [Decision] {
        let descriptor = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw unusable("it can't be written", "check the directory's permissions") }
        defer { close(descriptor) }
        while flock(descriptor, LOCK_EX) != 0 {
            guard errno == EINTR else { throw unusable("it can't be locked", "use a directory on a local disk") }
        }
        var all = try read()
        var bytes: [UInt8] = []
        for var decision in try make(all) {
            decision.number = all.count + 1
            bytes += try Array(JSONText.encode(decision).utf8) + [0x0A]
            all.append(decision)
        }
        guard !bytes.isEmpty else { return all }
        // A line that someone was cut off in must not take ours with it.
        let size = lseek(descriptor, 0, SEEK_END)
        var last: UInt8 = 0x0A
        if size > 0, pread(descriptor, &last, 1, size - 1) == 1, last != 0x0A { bytes.insert(0x0A, at: 0) }
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw unusable("it can't be written", "free some space") }
            rest = rest.dropFirst(count)
        }
        return all
    }

    private func unusable(_ reason: String, _ remedy: String) -> StoreError {
        StoreError(.unusable, thing: path, reason: reason, remedy: remedy)
    }
}
