import Glibc
import ReenactLinux
import ReenactTimeline
import ReenactWire

/// Recorders of services that call each other, met in a directory: when one writes a case, the others write what they did
/// for it. A service that answered wrongly has not failed by its own rule, and would have no case otherwise.
///
/// One small file a case: `<id>.calls`, JSON. Times are the machine's calendar, which all recorders on it share.
final class Neighbours {
    /// A call of somebody's failing work.
    struct Call: Codable, Equatable {
        /// Method and path, without the query, which may hold secrets.
        var question: String
        /// Nanoseconds since 1970.
        var start: Int64
        var end: Int64
        /// Identifiers of its trace.
        var identifiers: [String]
    }

    /// What one recorder tells the others.
    struct Letter: Codable, Equatable {
        var caseID: String
        /// What failed, without values.
        var failure: String
        var calls: [Call]
    }

    static let ending = ".calls"
    private static let callsMax = 200
    private static let bytesMax = 1 << 20
    /// How often the directory is looked at.
    static let period: Int64 = 100_000_000
    /// Clocks that are read one after another, and bytes on their way.
    private static let slack: Int64 = 5_000_000

    private let directory: String
    private let anchor: WallClockAnchor
    /// Letters that were read, or are our own.
    private var seen: Set<String>
    /// Our own letters, the oldest first; of these only so many stay.
    private var posted: [String] = []
    private static let postedMax = 100

    /// What lies in the directory already is of another time.
    init(directory: String, anchor: WallClockAnchor) {
        self.directory = directory
        self.anchor = anchor
        seen = Set(Self.names(directory))
    }

    /// Tells the others of a case.
    ///
    /// - Throws: `LinuxError` where the directory cannot be written.
    func post(_ value: Case) throws {
        let letter = Self.letter(value)
        guard !letter.calls.isEmpty, let text = try? JSONText.encode(letter) else { return }
        let name = value.id + Self.ending
        seen.insert(name)
        let made = "\(directory)/.\(name).\(getpid())"
        let fd = open(made, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard fd >= 0 else { throw LinuxError("write \(made)") }
        let bytes = Array(text.utf8)
        let count = write(fd, bytes, bytes.count)
        close(fd)
        guard count == bytes.count, rename(made, "\(directory)/\(name)") == 0 else {
            let error = LinuxError("write \(directory)/\(name)")
            unlink(made)
            throw error
        }
        posted.append(name)
        // Everybody has read it long since.
        if posted.count > Self.postedMax { unlink("\(directory)/\(posted.removeFirst())") }
    }

    /// What the others told since the last time.
    func news() -> [Letter] {
        let names = Self.names(directory)
        // What is gone does not come back.
        seen.formIntersection(names)
        return names.sorted().filter { seen.insert($0).inserted }.compactMap { name in
            // Neither a link out of the directory nor a pipe that nobody writes to.
            let fd = open("\(directory)/\(name)", O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
            guard fd >= 0 else { return nil }
            defer { close(fd) }
            var bytes = [UInt8](repeating: 0, count: Self.bytesMax)
            let count = read(fd, &bytes, bytes.count)
            return count > 0 ? try? JSONText.decode(Letter.self, from: Array(bytes[..<count])) : nil
        }
    }

    static func letter(_ value: Case) -> Letter {
        let phases: Set<Event.Phase> = [.failing, .ambiguous]
        let calls = value.events.filter { $0.kind == .call && $0.protocolName == "http" && phases.contains($0.phase) }
        let what =
            value.signature.exceptionType.isEmpty ? value.signature.outcome.rawValue : value.signature.exceptionType
        return Letter(
            caseID: value.id, failure: "\(value.signature.operation): \(what)",
            calls: calls.suffix(callsMax).map { event in
                Call(
                    question: question(event.summary), start: value.anchor.wallClock(at: event.start),
                    end: value.anchor.wallClock(at: event.end ?? value.failureTime), identifiers: identifiers(event))
            })
    }

    /// Those of our inbound exchanges that a call can have been: the one that came first after it was sent.
    func answers(
        to call: Call, among exchanges: [(id: Attributor.RequestID, exchange: Exchange)]
    )
        -> Attributor.RequestID?
    {
        exchanges.filter { _, exchange in
            let start = anchor.wallClock(at: exchange.requestStart)
            guard exchange.summary == call.question, start >= call.start - Self.slack,
                start <= call.end.later(by: Self.slack)
            else { return false }
            return call.identifiers.isEmpty || exchange.identifiers.isEmpty
                || !Set(call.identifiers).isDisjoint(with: exchange.identifiers)
        }.min { ($0.exchange.requestStart, $0.id.connection) < ($1.exchange.requestStart, $1.id.connection) }?.id
    }

    /// Method and path of a request's first line.
    static func question(_ line: some StringProtocol) -> String {
        line.split(separator: "?", maxSplits: 1).first.map {
            $0.split(separator: " ").prefix(2).joined(separator: " ")
        } ?? ""
    }

    /// As exchanges hold them.
    private static func identifiers(_ event: Event) -> [String] {
        (event.detail["requestHeaders"]?.array ?? []).compactMap { pair in
            guard let name = pair[0]?.string?.lowercased(), let value = pair[1]?.string else { return nil }
            let parts = value.split(separator: "-")
            switch name {
            case "traceparent": return parts.count >= 3 ? String(parts[1]) : nil
            case "x-request-id", "x-correlation-id", "x-b3-traceid": return value
            default: return nil
            }
        }
    }

    private static func names(_ path: String) -> [String] {
        guard let directory = opendir(path) else { return [] }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name.hasSuffix(ending), !name.hasPrefix(".") { names.append(name) }
        }
        return names
    }
}
