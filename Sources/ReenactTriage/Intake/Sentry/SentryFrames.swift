import ReenactTimeline
import Synchronization

/// The frames of a stack, read from their own text.
///
/// In a flood the same calls come again and again: what a frame says apart from its variables is read once and kept by
/// its text. Lines around the throw are passed over.
struct SentryFrames {
    /// By the text of a frame without its variables and the lines around it; nil for what is no frame.
    private var known: [[UInt8]: ExceptionRecord.Frame?] = [:]
    private static let knownMax = 4096
    private static let keyBytesMax = 8192

    private static let unread = SentryIntake.unread.union(["vars"])

    /// Those of threads that are done: a thread takes one for a whole file.
    private static let idle = Mutex<[SentryFrames]>([])

    /// Gives what earlier readings knew, and keeps what this one learns.
    static func shared<Result>(_ body: (inout SentryFrames) -> Result) -> Result {
        var frames = idle.withLock { $0.popLast() } ?? SentryFrames()
        defer { idle.withLock { if $0.count < 16 { $0.append(frames) } } }
        return body(&frames)
    }

    /// The last frames of a list.
    mutating func frames(_ text: String) -> [ExceptionRecord.Frame] {
        text.withBytes { bytes in
            var elements: [JSONMembers.Range] = []
            guard JSONMembers.elements(bytes, { elements.append($0) }) else { return [] }
            return elements.suffix(FrameText.framesMax).compactMap { frame(bytes, $0) }
        }
    }

    private mutating func frame(
        _ bytes: UnsafeBufferPointer<UInt8>, _ element: JSONMembers.Range
    ) -> ExceptionRecord.Frame? {
        var key: [UInt8] = []
        var variables: JSONMembers.Range?
        key.reserveCapacity(512)
        let isObject = JSONMembers.members(bytes, element) { name, value in
            if JSONMembers.isName(bytes, name, "vars") {
                variables = value
            } else if !JSONMembers.isName(bytes, name, "pre_context"), !JSONMembers.isName(bytes, name, "post_context")
            {
                key.append(contentsOf: bytes[name.lowerBound..<value.upperBound])
                key.append(0)
            }
        }
        guard isObject, key.count <= Self.keyBytesMax else {
            return JSONParser.parse(bytes[element], skipping: SentryIntake.unread).flatMap(SentryEvent.frame)
        }
        let frame: ExceptionRecord.Frame?
        if let found = known[key] {
            frame = found
        } else {
            frame = JSONParser.parse(bytes[element], skipping: Self.unread).flatMap(SentryEvent.frame)
            if known.count >= Self.knownMax { known = [:] }
            known[key] = .some(frame)
        }
        guard var frame, let variables else { return frame }
        frame.locals = JSONParser.parse(bytes[variables], skipping: SentryIntake.unread).map(SentryEvent.locals) ?? []
        return frame
    }
}
