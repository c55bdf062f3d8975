/// One failure, whole: everything that is needed to explain it and to make it happen again.
public struct Case: Codable, Sendable, Equatable {
    /// Something that the recording does not hold.
    public struct Hole: Codable, Sendable, Equatable {
        public enum Kind: String, Codable, Sendable {
            /// Passed, but not kept: a buffer was full or the ring had moved on.
            case dropped
            /// Kept only in part.
            case truncated
            /// Kept, cause unknown.
            case unattributed
            /// A secret that was replaced and not sealed.
            case redacted
            /// Not readable: ciphertext of a stream that could not be opened.
            case opaque
            /// Not observed at all: static binary's clock, inherited connection, io_uring.
            case unobserved
        }
        public var kind: Kind
        /// What is missing, and why, in one sentence.
        public var what: String
        /// The event or connection that it touches, where one can be named.
        public var event: Int?
        public var connection: Int?
        public init(kind: Kind, what: String, event: Int? = nil, connection: Int? = nil) {
            self.kind = kind
            self.what = what
            self.event = event
            self.connection = connection
        }
    }

    /// A file of the program as it was before the failing trigger.
    public struct FileCopy: Codable, Sendable, Equatable {
        public var path: String
        /// Instant of the copy; 0 where that is not kept.
        public var time: Instant
        /// The whole file's bytes.
        @Base64Bytes public var bytes: [UInt8]
        public init(path: String, time: Instant, bytes: [UInt8]) {
            self.path = path
            self.time = time
            self.bytes = bytes
        }
    }

    /// A secret as it stands in the case, with what it stood for, encrypted with the owner's key.
    public struct Sealed: Codable, Sendable, Equatable {
        /// Same length as the secret.
        public var placeholder: String
        /// AES-256-GCM: 12 bytes of nonce, ciphertext, 16 bytes of tag.
        @Base64Bytes public var ciphertext: [UInt8]
        public init(placeholder: String, ciphertext: [UInt8]) {
            self.placeholder = placeholder
            self.ciphertext = ciphertext
        }
    }

    /// Unique, and sorts by time: `20261121-081502-4f2a`.
    public var id: String
    public var anchor: WallClockAnchor
    /// When the failure rule fired.
    public var failureTime: Instant
    public var signature: Signature
    public var trigger: Trigger
    public var environment: Environment
    /// In order of `start`; `id` is the place in this list, from 1.
    public var events: [Event]
    public var edges: [Edge]
    public var connections: [Connection]
    /// In order of time; the one that explains the failure is last.
    public var exceptions: [ExceptionRecord]
    /// SQLite's files.
    public var databases: [FileCopy]
    /// Other data files that the failing code changed or took away.
    public var changedFiles: [FileCopy]
    /// Small files outside its code that the program read, for machines that do not have them.
    public var keptFiles: [FileCopy]
    public var sealed: [Sealed]
    public var holes: [Hole]
    /// The program's last output, redacted: what it wrote to standard output and error.
    public var outputTail: String
    /// How the program ended, if it has: its exit status, or 128 and the signal.
    public var exitStatus: Int32?

    public init(
        id: String, anchor: WallClockAnchor, failureTime: Instant, signature: Signature, trigger: Trigger,
        environment: Environment
    ) {
        self.id = id
        self.anchor = anchor
        self.failureTime = failureTime
        self.signature = signature
        self.trigger = trigger
        self.environment = environment
        events = []
        edges = []
        connections = []
        exceptions = []
        databases = []
        changedFiles = []
        keptFiles = []
        sealed = []
        holes = []
        outputTail = ""
        exitStatus = nil
    }

    /// The event with that id.
    public func event(_ id: Int) -> Event? {
        events.indices.contains(id - 1) && events[id - 1].id == id ? events[id - 1] : events.first { $0.id == id }
    }

    /// The connection with that id.
    public func connection(_ id: Int) -> Connection? { connections.first { $0.id == id } }
}
