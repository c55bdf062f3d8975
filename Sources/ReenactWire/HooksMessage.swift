import ReenactTimeline

/// What a hook inside the program told: one packet of the control socket, parsed. See `docs/control-messages.md`.
public struct HookMessage: Sendable, Equatable {
    /// What it is about.
    public enum Body: Sendable, Equatable {
        case hello(Hello)
        case packages([String: String])
        case exception(HookException)
        /// Bytes left on an outbound connection.
        case send(Send)
        case statement(HookStatement)
        /// The hook waits for one byte before the first statement on that file.
        case openDatabase(path: String)
        case lookup(name: String, addresses: [String])
        case file(path: String)
        /// The hook waits for one byte before the program changes that file.
        case change(path: String)
        /// Certificate authorities that the program loaded: files and directories, or their text. A hook that waits
        /// gets one byte.
        case trust(files: [String], pem: String, waits: Bool)
        /// What the program did at the place where the recorded failure came.
        case place(PlaceState)
        /// Messages were dropped before this one.
        case overflow(dropped: Int)
    }

    /// What a program does at a watched place.
    public enum PlaceState: String, Codable, Sendable {
        /// It came through.
        case passed
        /// It came through the question before the place; `raised` follows where the answer is the recorded one.
        case asked
        /// It failed there.
        case raised
    }

    /// The inbound request that the code was working for.
    public struct Context: Sendable, Equatable, Hashable {
        /// Inode of the accepted socket.
        public var inode: UInt64
        /// Bytes that had been received on it when the request was taken up.
        public var offset: Int?
        /// The request's number on that socket, from 1.
        public var number: Int?
        public init(inode: UInt64, offset: Int? = nil, number: Int? = nil) {
            self.inode = inode
            self.offset = offset
            self.number = number
        }
    }

    /// A process and its runtime present themselves.
    public struct Hello: Sendable, Equatable {
        public var parent: Int32
        public var runtime: String
        public var executable: String
        public var arguments: [String]
        public var prefix: String
        public var workingDirectory: String
        public var hooks: [String]
        public var trustsCA: Bool
    }

    /// Where bytes left on an outbound connection.
    public struct Send: Sendable, Equatable {
        public var inode: UInt64
        /// Bytes sent before it, at that layer.
        public var offset: Int
        public var length: Int
        /// `wire` or `tls`.
        public var layer: String
    }

    public var process: Int32
    public var thread: Int32?
    /// `CLOCK_MONOTONIC` nanoseconds, where told.
    public var time: Int64?
    public var context: Context?
    public var body: Body

    public init(process: Int32, thread: Int32? = nil, time: Int64? = nil, context: Context? = nil, body: Body) {
        self.process = process
        self.thread = thread
        self.time = time
        self.context = context
        self.body = body
    }

    /// The message in a packet; nil where it is damaged or of a type that is not known here.
    public init?(parsing packet: some Collection<UInt8>) {
        guard let json = JSONParser.parse(packet), let type = json["t"]?.string, let body = Self.body(type, json) else {
            return nil
        }
        self.init(
            process: json.int32("pid") ?? 0, thread: json.int32("tid"), time: json["time"]?.integer,
            context: Self.context(json["in"]), body: body)
    }

    private static func context(_ json: JSONValue?) -> Context? {
        guard let json, let inode = json["ino"]?.integer, inode > 0 else { return nil }
        return Context(inode: UInt64(inode), offset: json.int("off"), number: json.int("n"))
    }

    private static func body(_ type: String, _ json: JSONValue) -> Body? {
        switch type {
        case "hello": return .hello(Hello(json))
        case "packages": return .packages((json["packages"]?.object ?? [:]).compactMapValues(\.string))
        case "exception": return HookException(json).map(Body.exception)
        case "send":
            guard let inode = json["ino"]?.integer, let length = json.int("len"), inode > 0 else { return nil }
            let layer = json.text("layer")
            return .send(
                Send(
                    inode: UInt64(inode), offset: json.int("off") ?? 0, length: length,
                    layer: layer.isEmpty ? "wire" : layer))
        case "sql": return HookStatement(json).map(Body.statement)
        case "open-db": return json["path"]?.string.map { .openDatabase(path: $0) }
        case "lookup": return json["name"]?.string.map { .lookup(name: $0, addresses: json.texts("addresses")) }
        case "trust":
            return .trust(files: json.texts("files"), pem: json.text("pem"), waits: json["waits"]?.bool ?? false)
        case "file": return json["path"]?.string.map { .file(path: $0) }
        case "change": return json["path"]?.string.map { .change(path: $0) }
        case "place": return json["state"]?.string.flatMap(PlaceState.init).map(Body.place)
        case "overflow": return .overflow(dropped: json.int("dropped") ?? 1)
        default: return nil
        }
    }
}

extension HookMessage.Hello {
    init(_ json: JSONValue) {
        self.init(
            parent: json.int32("ppid") ?? 0, runtime: json.text("runtime"), executable: json.text("exe"),
            arguments: json.texts("argv"), prefix: json.text("prefix"), workingDirectory: json.text("cwd"),
            hooks: json.texts("hooks"), trustsCA: json["trustsCA"]?.bool ?? false)
    }
}

extension JSONValue {
    func text(_ key: String) -> String { self[key]?.string ?? "" }
    func texts(_ key: String) -> [String] { (self[key]?.array ?? []).compactMap(\.string) }
    func int(_ key: String) -> Int? { self[key]?.integer.flatMap(Int.init(exactly:)) }
    func int32(_ key: String) -> Int32? { self[key]?.integer.flatMap(Int32.init(exactly:)) }
}
