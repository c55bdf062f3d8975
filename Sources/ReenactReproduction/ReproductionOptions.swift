import ReenactRunner

/// What the user chose for a re-enactment.
public struct ReproductionOptions: Sendable {
    /// `--code`: `DIR` or `DIR=TARGET`.
    public var code: String?
    /// `--env`: variables over the recorded ones.
    public var variables: [String: String]
    /// Variables that are taken away, also where the program's own scripts set them.
    var unset: Set<String> = []
    /// `-n`.
    public var attempts: Int
    /// How many attempts run side by side; nil is one a processor.
    public var parallel: Int?
    public var latency: Plan.Latency
    public var limits: Plan.Limits
    /// The user said how long the trigger may take; otherwise what the recording took counts, too.
    public var isTimeGiven = false
    /// The directory with the hooks, on this machine; empty: none.
    public var hooks: String
    /// `reenact-runner`; nil looks at `REENACT_RUNNER`, then beside the running program.
    public var runner: String?
    /// Opens a sealed secret; nil where the key cannot be read.
    public var unseal: @Sendable ([UInt8]) -> [UInt8]?
    /// This process's own environment: where masked variables are looked up.
    public var processVariables: [String: String]
    /// Files and directories of this machine that must not be readable inside: the cases, other keys.
    public var hidden: [String]
    /// Whether real servers may answer what the recording does not.
    public var databases: Databases
    /// `--fixture`: a fixture in text form, and its file's name.
    public var fixture: (path: String, text: String)?
    /// `--schema`: the schema of the case's databases at the start, as SQL.
    public var schema: String?
    /// Where what takes long to make is kept between runs.
    public var cache: String
    /// `--seed`: orders of requests in flight are drawn with it; nil goes through those with few switches.
    public var seed: UInt64?
    /// With `code`: where the failure is gone, the recorded code is tried once more.
    public var isControlled = true

    /// `--db`.
    public enum Databases: String, Sendable, CaseIterable {
        /// With other code a real server answers new questions; without it a new question is a divergence.
        case auto
        /// Nothing answers but the recording.
        case replay
        /// Real databases with a solved fixture answer first; the recording answers what the fixture can't.
        case fixture
    }

    /// The cache by the XDG rules, where none was given.
    var cacheDirectory: String {
        if !cache.isEmpty { return cache }
        if let base = processVariables["XDG_CACHE_HOME"], base.hasPrefix("/") { return base + "/reenact" }
        return (processVariables["HOME"] ?? "/var/tmp") + "/.cache/reenact"
    }

    public init(
        code: String? = nil, variables: [String: String] = [:], attempts: Int = 1, parallel: Int? = nil,
        latency: Plan.Latency = .none, limits: Plan.Limits = .init(), hooks: String = "", runner: String? = nil,
        unseal: @escaping @Sendable ([UInt8]) -> [UInt8]? = { _ in nil }, processVariables: [String: String] = [:],
        hidden: [String] = [], databases: Databases = .auto, cache: String = ""
    ) {
        self.code = code
        self.variables = variables
        self.attempts = attempts
        self.parallel = parallel
        self.latency = latency
        self.limits = limits
        self.hooks = hooks
        self.runner = runner
        self.unseal = unseal
        self.processVariables = processVariables
        self.hidden = hidden
        self.databases = databases
        self.cache = cache
    }
}
