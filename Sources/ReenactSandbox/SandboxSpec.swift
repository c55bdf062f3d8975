/// What a sandbox is to hold and what is to run in it.
public struct SandboxSpec: Sendable {
    /// The first process: a file that the sandbox shows, and its arguments from the program's name on.
    public var program: String
    public var arguments: [String]
    public var variables: [String: String]
    public var hostName: String
    /// Who the first process runs as; nil is whoever runs Reenact. Another user needs root.
    public var user: User?
    public var binds: [Bind]
    public var files: [File]
    /// Other code in place of recorded code: each directory is shown, writable and discarded, over the other.
    public var replacements: [Replacement]
    /// Directories that must be writable inside, whoever owns them: the working directory, the sockets' directories.
    public var writable: [String]
    /// Files and directories that must not be readable inside, besides `SandboxSecrets`.
    public var hidden: [String]
    public var limits: Limits

    /// A numeric user.
    public struct User: Sendable, Equatable {
        public var uid: UInt32
        public var gid: UInt32
        public init(uid: UInt32, gid: UInt32) {
            self.uid = uid
            self.gid = gid
        }
    }

    /// A file or directory of the host, shown read-only at another place.
    public struct Bind: Sendable, Equatable {
        public var source: String
        public var target: String
        public init(source: String, target: String) {
            self.source = source
            self.target = target
        }
    }

    /// A file that exists inside only. It takes the place of one that is there.
    public struct File: Sendable, Equatable {
        public var path: String
        public var bytes: [UInt8]
        public var mode: UInt32
        public init(path: String, bytes: [UInt8], mode: UInt32 = 0o644) {
            self.path = path
            self.bytes = bytes
            self.mode = mode
        }
    }

    /// A directory shown over another.
    public struct Replacement: Sendable, Equatable {
        public var source: String
        public var target: String
        public init(source: String, target: String) {
            self.source = source
            self.target = target
        }
    }

    /// What the whole sandbox may use.
    public struct Limits: Sendable, Equatable {
        public var memoryBytes: Int
        public var processes: Int
        /// For everything written inside, which lives in memory.
        public var writtenBytes: Int
        public init(memoryBytes: Int = 4 << 30, processes: Int = 512, writtenBytes: Int = 2 << 30) {
            self.memoryBytes = memoryBytes
            self.processes = processes
            self.writtenBytes = writtenBytes
        }
    }

    public init(
        program: String, arguments: [String], variables: [String: String] = [:], hostName: String = "",
        user: User? = nil, binds: [Bind] = [], files: [File] = [], replacements: [Replacement] = [],
        writable: [String] = [], hidden: [String] = [], limits: Limits = Limits()
    ) {
        self.program = program
        self.arguments = arguments
        self.variables = variables
        self.hostName = hostName
        self.user = user
        self.binds = binds
        self.files = files
        self.replacements = replacements
        self.writable = writable
        self.hidden = hidden
        self.limits = limits
    }
}
