import ReenactTimeline
import Synchronization

/// Names of frames that come again and again, found out once.
struct NameBook {
    private struct Call: Hashable {
        var function: String
        var file: String
        var module: String
    }

    private var known: [Call: CallNames] = [:]
    private static let knownMax = 4096

    /// Those of threads that are done: a thread takes one for a whole file.
    private static let idle = Mutex<[NameBook]>([])

    /// Gives what earlier readings knew, and keeps what this one learns.
    static func shared<Result>(_ body: (inout NameBook) -> Result) -> Result {
        var book = idle.withLock { $0.popLast() } ?? NameBook()
        defer { idle.withLock { if $0.count < 16 { $0.append(book) } } }
        return body(&book)
    }

    /// Names of an exception's stack and of those of its causes.
    mutating func names(_ record: ExceptionRecord) -> [StackNames] {
        ([record] + record.causes).map { record in StackNames(record.frames, record.frames.map { names($0) }) }
    }

    private mutating func names(_ frame: ExceptionRecord.Frame) -> CallNames {
        let call = Call(function: frame.function, file: frame.file, module: frame.module)
        if let found = known[call] { return found }
        let made = CallNames(frame)
        if known.count >= Self.knownMax { known = [:] }
        // One long name is worth less than its place.
        if frame.function.utf8.count + frame.file.utf8.count + frame.module.utf8.count < 4096 { known[call] = made }
        return made
    }
}
