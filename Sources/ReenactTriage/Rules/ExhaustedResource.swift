import ReenactTimeline

/// Memory, disk, descriptors, connections or a pool were used up.
public struct ExhaustedResource: Rule {
    public static let name = "exhausted-resource"
    public static let precondition =
        "the exception, a database's error code or the program's last words name the resource"
    public static let evidence = "those words, and the exchange that was refused"
    public static let counterEvidence =
        "the program's own throwing line holds the words, or the message only quotes them"

    public init() {}

    private static let serverMemory = "The server has no memory left"

    private static let kinds: [(causeClass: String, what: String, words: [String])] = [
        // Before memory: clients of Redis call the server's plight by the name of the program's own.
        (
            "out-of-memory", serverMemory,
            ["oom command not allowed", "insufficient system memory in resource pool"]
        ),
        // Before memory, too: the JVM calls both an OutOfMemoryError.
        (
            "out-of-threads", "No more threads or processes could be started",
            ["can't start new thread", "unable to create native thread", "resource temporarily unavailable: fork"]
        ),
        (
            "out-of-memory", "The program ran out of memory",
            [
                "memoryerror", "outofmemoryerror", "heap out of memory", "allowed memory size",
                "cannot allocate memory",
                "std::bad_alloc", "failed to allocate memory", "enomem", "nomemoryerror",
                "fatal error: runtime: out of memory",
            ]
        ),
        (
            "disk-full", "The disk is full",
            ["no space left on device", "enospc", "disk full", "database or disk is full"]
        ),
        ("quota-exceeded", "A quota is used up", ["disk quota exceeded", "edquot", "quota exceeded"]),
        (
            "too-many-open-files", "The program ran out of file descriptors",
            ["too many open files", "emfile", "enfile"]
        ),
        (
            "pool-exhausted", "No connection of the pool became free in time",
            [
                "queuepool limit", "pool exhausted", "connection pool is full", "unable to acquire a connection",
                "timeout acquiring a connection", "resourcerequest timed out",
                "connection is not available, request timed out",
                "pooltimeout", "pool is exhausted", "timeout exceeded when trying to connect",
                "too many connections in pool",
                "no available connection", "connection pool timeout", "could not obtain a connection from the pool",
            ]
        ),
        (
            "too-many-connections", "The database takes no more connections",
            ["too many connections", "too many clients", "remaining connection slots", "max number of clients reached"]
        ),
    ]

    /// Pools that have no words of their own for it: a wait ran out inside of the function that hands out connections.
    private static func waitsForPool(_ look: Look) -> Bool {
        guard look.complaint.mentions(["timeout", "timed out", "cancellederror"]) else { return false }
        let names = ["acquire", "_acquire", "getconn", "get_connection", "checkout", "borrow"]
        return look.frames.prefix(8).contains { frame in
            let function = frame.function.split(separator: ".").last.map(String.init) ?? ""
            return !frame.inApp && frame.file.lowercased().contains("pool")
                && names.contains { function == $0 || function.hasPrefix($0 + "_") || function == "_" + $0 + "_impl" }
        }
    }

    public func judge(_ look: Look) -> [Finding] {
        if let error = SQLError.all(look).first(where: {
            $0.isOne(
                postgres: ["53300", "53200", "53100", "53400"], mysql: ["1040", "1203", "1226", "1021", "1114"],
                sqlite: ["13", "7"])
        }) {
            let causeClass =
                switch error.code {
                case "53100", "1021", "1114", "13": "disk-full"
                case "53200", "7": "out-of-memory"
                default: "too-many-connections"
                }
            return [error.finding(causeClass, .resource, look)]
        }
        let lastWords =
            look.isBlind || look.failure.signature.kind == .signal
            ? String(look.failure.outputTail.suffix(4000)).lowercased() : ""
        for kind in Self.kinds {
            let said = look.isTold(kind.words) || kind.causeClass == "pool-exhausted" && Self.waitsForPool(look)
            guard said || kind.words.contains(where: { lastWords.contains($0) }) else { continue }
            let last = look.answers.first.flatMap { answer in
                (answer.sql?.error != nil || answer.event.outcome.rawValue.hasPrefix("redis:error")
                    || kind.what == Self.serverMemory) ? answer.event.id : nil
            }
            let tail = look.isBlind ? "says its output" : "\(Phrase.doing(look)) raised \(Phrase.exception(look))"
            return [
                Finding(
                    kind.causeClass, .resource, evidence: last.map { [$0] } ?? [], confidence: said ? 0.95 : 0.8,
                    "\(kind.what); \(tail).")
            ]
        }
        return []
    }
}
