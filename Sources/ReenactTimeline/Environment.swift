/// What the program ran in.
public struct Environment: Codable, Sendable, Equatable {
    public struct Git: Codable, Sendable, Equatable {
        public var commit: String
        public var dirty: Bool
        public init(commit: String, dirty: Bool) {
            self.commit = commit
            self.dirty = dirty
        }
    }

    /// A file outside the program's own code that it read.
    public struct File: Codable, Sendable, Equatable {
        public var path: String
        public var sha256: String
        public var size: Int
        public init(path: String, sha256: String, size: Int) {
            self.path = path
            self.sha256 = sha256
            self.size = size
        }
    }

    /// As given to `record`.
    public var command: [String]
    public var workingDirectory: String
    /// As given to the command; values of secrets are placeholders.
    public var variables: [String: String]
    /// Those of the failing process that the program's own scripts had set by then, or had set otherwise; those of secrets
    /// are `hidden`.
    public var scriptVariables: [String: String]
    /// Names in `variables` whose value is a placeholder.
    public var maskedVariables: [String]
    /// The program file that failed, after scripts have handed over to it.
    public var executable: String
    /// That process's own command line.
    public var arguments: [String]
    /// `python 3.11.7`, `node 22.11.0`.
    public var runtime: String
    /// The directory of the runtime's own environment (a Python venv), where there is one.
    public var runtimePrefix: String
    /// Installed packages and their versions.
    public var packages: [String: String]
    public var git: Git?
    public var hostName: String
    public var timeZone: String
    public var locale: String
    public var user: String
    public var kernel: String
    public var files: [File]
    /// Files that hold the program's code: executable, scripts, files of frames.
    public var codeFiles: [String]
    /// Files and directories that came to be after the recording's start (a command, a job) or after the failing
    /// request: they were not there when the failing code began.
    public var madeFiles: [String]
    /// Addresses at which processes of the program listen for each other (a web server and its workers).
    public var listeners: [String]
    /// Host names that the program looked up or named, with the addresses they had.
    public var names: [String: [String]]
    /// The program's first process; nil where that is not known.
    public var process: Int32?

    /// Stands for a secret that a script had set, and that nobody needs to run the program: the script sets it again.
    public static let hidden = "<redacted>"

    /// Whether the variable's value is a secret, of which a case tells nothing.
    public func isMasked(_ name: String) -> Bool {
        scriptVariables[name].map { $0 == Self.hidden } ?? maskedVariables.contains(name)
    }

    /// What the failing process found in its environment.
    public var seenVariables: [String: String] { variables.merging(scriptVariables) { $1 } }

    public init(command: [String], workingDirectory: String) {
        self.command = command
        self.workingDirectory = workingDirectory
        variables = [:]
        scriptVariables = [:]
        maskedVariables = []
        executable = ""
        arguments = []
        runtime = ""
        runtimePrefix = ""
        packages = [:]
        git = nil
        hostName = ""
        timeZone = ""
        locale = ""
        user = ""
        kernel = ""
        files = []
        codeFiles = []
        madeFiles = []
        listeners = []
        names = [:]
    }
}
