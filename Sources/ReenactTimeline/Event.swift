/// One observed interaction of the program with the outside.
///
/// Raw bytes stay in the connection's segments; `request` and `response` say where. `summary`, `result` and `detail`
/// are derived from them and may be derived anew.
public struct Event: Codable, Sendable, Equatable, Identifiable {
    /// What sort of interaction it was.
    public enum Kind: String, Codable, Sendable, CaseIterable {
        /// A request that came in to the program.
        case request
        /// A call that the program made: one exchange with a peer.
        case call
        /// An SQL statement on a database in the program's own process (SQLite).
        case statement
        /// An exception, handled or not, as the language's runtime saw it.
        case exception
        /// A line that the program wrote to its log, standard output or standard error.
        case log
        /// Something that happened to a connection itself: refused, reset, timed out.
        case transport
        /// A process started or ended.
        case process
        /// A file outside the program's code was read.
        case file
    }

    /// When it happened in the life of the recording, seen from the failure.
    public enum Phase: String, Codable, Sendable, CaseIterable {
        /// Before the first trigger was taken: imports, migrations, pools being filled.
        case startup
        /// Caused by an earlier trigger than the failing one.
        case history
        /// Caused by the failing trigger.
        case failing
        /// In the failing trigger's time, cause unknown. Kept, marked, and served by content only.
        case ambiguous
        /// Caused by another trigger that was in flight at the same time.
        case concurrent
    }

    /// Ordinal in the timeline, from 1, in order of `start`.
    public var id: Int
    public var kind: Kind
    public var phase: Phase
    /// `http`, `postgres`, `redis`, `mysql`, `dns`, `sqlite`, `raw`; empty where none applies.
    public var protocolName: String
    /// Who answered: `127.0.0.1:5432`, `unix:/run/x.sock`, a database file's path.
    public var peer: String
    /// The connection that carried it, where one did.
    public var connection: Int?
    public var process: Int32?
    public var thread: Int32?
    public var start: Instant
    public var end: Instant?
    /// One line: `GET /pnpm/latest`, `SELECT … FROM users WHERE id = 47`.
    public var summary: String
    /// One line on what came back: `200, 1.2 kB`, `1 row`, `refused`.
    public var result: String
    /// What sort of answer it was.
    public var outcome: OutcomeClass
    /// Where the request's bytes stand in the connection's client-to-server stream.
    public var request: StreamRange?
    /// Where the answer's bytes stand in the connection's server-to-client stream.
    public var response: StreamRange?
    /// The canonical key by which a stub finds this exchange.
    public var key: String
    /// The protocol's structured view.
    public var detail: JSONValue

    public init(
        id: Int, kind: Kind, phase: Phase = .ambiguous, protocolName: String = "", peer: String = "",
        connection: Int? = nil, process: Int32? = nil, thread: Int32? = nil, start: Instant, end: Instant? = nil,
        summary: String, result: String = "", outcome: OutcomeClass = .none, request: StreamRange? = nil,
        response: StreamRange? = nil, key: String = "", detail: JSONValue = .null
    ) {
        self.id = id
        self.kind = kind
        self.phase = phase
        self.protocolName = protocolName
        self.peer = peer
        self.connection = connection
        self.process = process
        self.thread = thread
        self.start = start
        self.end = end
        self.summary = summary
        self.result = result
        self.outcome = outcome
        self.request = request
        self.response = response
        self.key = key
        self.detail = detail
    }
}

/// A run of bytes in one direction of a connection.
public struct StreamRange: Codable, Sendable, Hashable {
    /// Bytes before it in that direction.
    public var offset: Int
    public var length: Int

    public init(offset: Int, length: Int) {
        self.offset = offset
        self.length = length
    }

    /// The offset just behind the last byte.
    public var end: Int { offset + length }
}

/// What sort of answer an event got, in words that rules and fingerprints compare.
///
/// Open set. In use: `none`, `ok`, `http:NNN`, `sqlstate:XXXXX`, `mysql:NNNN`, `sqlite:N`, `redis:error:PREFIX`,
/// `redis:nil`, `rows:0|1|n`, `affected:0|1|n`, `refused`, `unreachable`, `reset`, `timeout`, `closed`,
/// `tls:ALERT`, `dns:nxdomain`.
public struct OutcomeClass: RawRepresentable, Codable, Sendable, Hashable, ExpressibleByStringLiteral,
    CustomStringConvertible
{
    public var rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }
    public init(stringLiteral value: String) { self.rawValue = value }
    public var description: String { rawValue }

    /// Nothing is known of the answer.
    public static let none: OutcomeClass = "none"
    /// A good answer without more to tell.
    public static let ok: OutcomeClass = "ok"

    /// `rows:0`, `rows:1` or `rows:n`.
    public static func rows(_ count: Int) -> OutcomeClass {
        .init(rawValue: count == 0 ? "rows:0" : count == 1 ? "rows:1" : "rows:n")
    }

    public init(from decoder: any Decoder) throws { rawValue = try decoder.singleValueContainer().decode(String.self) }
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(rawValue)
    }
}
