import CLinux
import Glibc
import ReenactLinux
import ReenactTimeline

/// Runs a program as it is and records what passes its boundary; writes a case when it fails.
public struct Recorder: Sendable {
    /// What to record, and how.
    public struct Options: Sendable {
        public var command: [String]
        public var workingDirectory: String
        /// The program's variables.
        public var variables: [String: String]
        /// Holds `libreenact-preload.so`, `python/`, `node/`; nil records without hooks.
        public var hooks: String?
        public var rule: FailureRule
        public var ringBytesMax: Int
        /// The owner's key for sealing secrets; nil leaves them out for good.
        public var key: [UInt8]?
        /// A directory that recorders of services share which call each other (`Neighbours`); nil: there are none.
        public var neighbours: String?

        public init(
            command: [String], workingDirectory: String, variables: [String: String], hooks: String?,
            rule: FailureRule = FailureRule(), ringBytesMax: Int = 64 << 20, key: [UInt8]? = nil
        ) {
            self.command = command
            self.workingDirectory = workingDirectory
            self.variables = variables
            self.hooks = hooks
            self.rule = rule
            self.ringBytesMax = ringBytesMax
            self.key = key
        }
    }

    /// What the recorder tells while it works.
    public enum News: Sendable {
        case started(pid: Int32)
        case wrote(CaseReceipt)
        /// A case could not be written.
        case lost(String)
        /// The first process has ended, others go on.
        case goesOn
        /// The program has ended; so many failures are still looked at and written, if they are new.
        case writing(Int)
        case warning(String)
    }

    /// How the recording ended.
    public struct Result: Sendable {
        /// The program's status as a shell gives it: its exit status, or 128 and the signal.
        public var status: Int32
        public var cases: Int
    }

    private let options: Options
    private let sink: any CaseSink

    public init(_ options: Options, sink: any CaseSink) {
        self.options = options
        self.sink = sink
    }

    /// Runs the program to its end, on the calling thread.
    ///
    /// - Throws: `CaptureError`, `ChildProcessError` or `LinuxError` where the program could not be started.
    public func run(report: @escaping @Sendable (News) -> Void) throws -> Result {
        // Before anything is made that an untimely Ctrl-C would leave behind.
        let signals = try SignalSource(RecordingSession.signals)
        let directory = try RecordingDirectory()
        defer { directory.remove() }
        let session = try RecordingSession(options: options, sink: sink, directory: directory.path, report: report)
        return try session.run(signals)
    }
}

/// A directory of the recording's own, gone with it.
struct RecordingDirectory {
    let path: String

    init() throws {
        let place = RecordingDirectory.place
        var template = Array("\(place)/reenact-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw LinuxError("make a directory in \(place)") }
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        // The program may run as somebody else by the time that it looks for the control socket.
        chmod(path, 0o711)
    }

    /// `$TMPDIR`, unless the address of a socket in it would be too long (unix(7): 108 bytes).
    private static var place: String {
        guard let named = getenv("TMPDIR").map({ String(cString: $0) }), named.hasPrefix("/"), named.utf8.count <= 60
        else { return "/tmp" }
        return named
    }

    func remove() { RecordingDirectory.remove(path) }

    static func remove(_ path: String) {
        for name in ProcFile.entries(path) {
            if unlink("\(path)/\(name)") != 0 {
                for inner in ProcFile.entries("\(path)/\(name)") { unlink("\(path)/\(name)/\(inner)") }
                rmdir("\(path)/\(name)")
            }
        }
        rmdir(path)
    }
}
