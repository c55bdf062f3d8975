/// An exception as the language's runtime saw it.
public struct ExceptionRecord: Codable, Sendable, Equatable {
    /// What became of it.
    public enum Handling: String, Codable, Sendable {
        /// It ended the program, or a thread of it.
        case unhandled
        /// The program or its framework caught it and reported it: to a log, as an answer of 500.
        case reported
        /// It left at least one function; who caught it is not known.
        case caught
        /// Read from text that the program printed: no locals.
        case printed
    }

    /// One variable of a frame.
    public struct Local: Codable, Sendable, Equatable {
        public var name: String
        /// The value in its language's notation, cut to the limits.
        public var value: String
        public var type: String
        /// True where `value` is not the whole.
        public var truncated: Bool
        public var redacted: Bool
        public init(name: String, value: String, type: String = "", truncated: Bool = false, redacted: Bool = false) {
            self.name = name
            self.value = value
            self.type = type
            self.truncated = truncated
            self.redacted = redacted
        }
    }

    /// One call of the stack.
    public struct Frame: Codable, Sendable, Equatable {
        public var function: String
        public var file: String
        public var line: Int
        /// The text of that line, where the file could be read.
        public var source: String
        /// The part of the source that failed or was calling, where the runtime tells: of `a(b) + c.d` it may be `c.d`.
        public var expression: String?
        /// The module or package, where the language has one.
        public var module: String
        /// False for the standard library and installed packages.
        public var inApp: Bool
        public var locals: [Local] {
            get { late?.list ?? held }
            set {
                held = newValue
                late = nil
            }
        }
        private var held: [Local]
        private var late: LateLocals?

        public init(
            function: String, file: String, line: Int, source: String = "", expression: String? = nil,
            module: String = "", inApp: Bool = true, locals: [Local] = []
        ) {
            self.function = function
            self.file = file
            self.line = line
            self.source = source
            self.expression = expression
            self.module = module
            self.inApp = inApp
            held = locals
        }

        /// The same call with variables that are read when they are asked for.
        public func with(_ late: LateLocals) -> Frame {
            var frame = self
            frame.late = late
            return frame
        }
    }

    /// With its module where the language has one: `requests.exceptions.JSONDecodeError`.
    public var type: String
    public var message: String
    /// `python`, `node`, `php`, `go`, `ruby`, `java`, `native`.
    public var language: String
    public var handling: Handling
    public var time: Instant
    public var process: Int32
    public var thread: Int32
    /// The event of the trigger during which it was raised, where known.
    public var trigger: Int?
    /// Outermost call first, throw site last.
    public var frames: [Frame]
    /// What it was raised from, nearest first; their own `causes` are empty.
    public var causes: [ExceptionRecord]

    public init(
        type: String, message: String, language: String, handling: Handling, time: Instant, process: Int32,
        thread: Int32 = 0, trigger: Int? = nil, frames: [Frame], causes: [ExceptionRecord] = []
    ) {
        self.type = type
        self.message = message
        self.language = language
        self.handling = handling
        self.time = time
        self.process = process
        self.thread = thread
        self.trigger = trigger
        self.frames = frames
        self.causes = causes
    }

    /// Where it was raised.
    public var throwSite: Frame? { frames.last }
}

extension ExceptionRecord.Frame {
    private enum CodingKeys: String, CodingKey {
        case function, file, line, source, expression, module, inApp, locals
    }

    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        self.init(
            function: try values.decode(String.self, forKey: .function),
            file: try values.decode(String.self, forKey: .file), line: try values.decode(Int.self, forKey: .line),
            source: try values.decode(String.self, forKey: .source),
            expression: try values.decodeIfPresent(String.self, forKey: .expression),
            module: try values.decode(String.self, forKey: .module),
            inApp: try values.decode(Bool.self, forKey: .inApp),
            locals: try values.decode([ExceptionRecord.Local].self, forKey: .locals))
    }

    public func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: CodingKeys.self)
        try values.encode(function, forKey: .function)
        try values.encode(file, forKey: .file)
        try values.encode(line, forKey: .line)
        try values.encode(source, forKey: .source)
        try values.encodeIfPresent(expression, forKey: .expression)
        try values.encode(module, forKey: .module)
        try values.encode(inApp, forKey: .inApp)
        try values.encode(locals, forKey: .locals)
    }

    public static func == (one: Self, other: Self) -> Bool {
        one.function == other.function && one.file == other.file && one.line == other.line
            && one.source == other.source && one.expression == other.expression && one.module == other.module
            && one.inApp == other.inApp && one.locals == other.locals
    }
}
