/// One connection of the program, with the truth about its transport.
public struct Connection: Codable, Sendable, Equatable, Identifiable {
    /// Who opened it.
    public enum Direction: String, Codable, Sendable {
        /// A client connected to the program.
        case inbound
        /// The program connected to a peer.
        case outbound
    }

    /// What carried it.
    public enum Transport: String, Codable, Sendable {
        case tcp
        case udp
        case unix
        /// A stream inside another connection: what follows an HTTP `CONNECT`.
        case tunnel
    }

    /// How the connection's opening ended.
    public enum Opening: String, Codable, Sendable {
        case connected
        case refused
        case unreachable
        case timedOut
        /// The program gave up before there was an answer.
        case abandoned
        /// Another error; see `openingErrno`.
        case failed
    }

    /// How one direction of the stream ended.
    public struct Close: Codable, Sendable, Equatable {
        /// `fin`: orderly, this direction only. `reset`: both directions, at once.
        public enum Manner: String, Codable, Sendable { case fin, reset }
        /// Whose end it was.
        public var side: Side
        public var manner: Manner
        public var time: Instant
        public init(side: Side, manner: Manner, time: Instant) {
            self.side = side
            self.manner = manner
            self.time = time
        }
    }

    /// What was learnt from a TLS handshake that the recorder took part in.
    public struct TLS: Codable, Sendable, Equatable {
        /// The name that the client asked for, if it did.
        public var serverName: String?
        /// The application protocol agreed on, if any.
        public var applicationProtocol: String?
        /// Why the stream could not be read, where it could not: its segments are then ciphertext.
        public var opaque: String?
        /// What was wrong with the server's certificate, where something was. Whether the program minded is another
        /// matter: one that did has sent nothing.
        public var complaint: Complaint?

        public init(
            serverName: String? = nil, applicationProtocol: String? = nil, opaque: String? = nil,
            complaint: Complaint? = nil
        ) {
            self.serverName = serverName
            self.applicationProtocol = applicationProtocol
            self.opaque = opaque
            self.complaint = complaint
        }

        /// A certificate, and the fault in it.
        public struct Complaint: Codable, Sendable, Equatable {
            public var fault: PeerCertificate.Fault
            public var certificate: PeerCertificate

            public init(fault: PeerCertificate.Fault, certificate: PeerCertificate) {
                self.fault = fault
                self.certificate = certificate
            }

            /// What is wrong, for a person.
            public var words: String {
                func day(_ seconds: Int64) -> String {
                    String(ISO8601.text(seconds.multipliedReportingOverflow(by: 1_000_000_000).partialValue).prefix(10))
                }
                return switch fault {
                case .untrusted: "nobody who is trusted vouches for its certificate (\(certificate.standing.rawValue))"
                case .notYetValid: "its certificate is not valid before \(day(certificate.notBefore))"
                case .expired: "its certificate expired on \(day(certificate.notAfter))"
                case .wrongName: "its certificate is for another name"
                }
            }
        }
    }

    public var id: Int
    public var direction: Direction
    public var transport: Transport
    /// The address at the server's end: `127.0.0.1:5432`, `[::1]:80`, `unix:/run/x.sock`, `unix:@name`.
    /// For a tunnel the name and port that `CONNECT` asked for.
    public var server: String
    /// The address at the client's end, where known.
    public var client: String
    /// The outer connection of a tunnel.
    public var parent: Int?
    public var process: Int32?
    public var thread: Int32?
    public var protocolName: String
    public var tls: TLS?
    public var opened: Instant
    public var opening: Opening
    public var openingErrno: Int32?
    /// When `opening` was known.
    public var openingEnd: Instant
    public var segments: [Segment]
    public var closes: [Close]
    /// Bytes that passed but were not kept, by side.
    public var droppedFromClient: Int
    public var droppedFromServer: Int

    public init(
        id: Int, direction: Direction, transport: Transport, server: String, client: String = "", parent: Int? = nil,
        process: Int32? = nil, thread: Int32? = nil, protocolName: String = "raw", tls: TLS? = nil, opened: Instant,
        opening: Opening = .connected, openingErrno: Int32? = nil, openingEnd: Instant? = nil,
        segments: [Segment] = [], closes: [Close] = [], droppedFromClient: Int = 0, droppedFromServer: Int = 0
    ) {
        self.id = id
        self.direction = direction
        self.transport = transport
        self.server = server
        self.client = client
        self.parent = parent
        self.process = process
        self.thread = thread
        self.protocolName = protocolName
        self.tls = tls
        self.opened = opened
        self.opening = opening
        self.openingErrno = openingErrno
        self.openingEnd = openingEnd ?? opened
        self.segments = segments
        self.closes = closes
        self.droppedFromClient = droppedFromClient
        self.droppedFromServer = droppedFromServer
    }

    /// The bytes of a range of one direction; shorter than asked for where some were not kept.
    public func bytes(_ range: StreamRange, from side: Side) -> [UInt8] {
        var result: [UInt8] = []
        for segment in segments where segment.side == side && segment.offset < range.end {
            let start = max(range.offset - segment.offset, 0)
            let end = min(range.end - segment.offset, segment.bytes.count)
            if start < end { result.append(contentsOf: segment.bytes[start..<end]) }
        }
        return result
    }

    /// The connection with one side's bytes as they are made of all that this side said; segments stay as long as they are.
    ///
    /// - Parameter change: gives as many bytes as it takes.
    public func replacingBytes(from side: Side, _ change: ([UInt8]) -> [UInt8]) -> Connection {
        let places = segments.indices.filter { segments[$0].side == side }
        let whole = places.flatMap { segments[$0].bytes }
        let changed = change(whole)
        precondition(changed.count == whole.count)
        guard changed != whole else { return self }
        var result = self
        var start = 0
        for place in places {
            let end = start + segments[place].bytes.count
            result.segments[place].bytes = Array(changed[start..<end])
            start = end
        }
        return result
    }
}

/// One end of a connection.
public enum Side: String, Codable, Sendable, Hashable {
    case client
    case server

    public var other: Side { self == .client ? .server : .client }
}

/// Bytes that passed in one direction at one moment.
public struct Segment: Codable, Sendable, Equatable {
    /// Who sent them.
    public var side: Side
    public var time: Instant
    /// Bytes before it in that direction.
    public var offset: Int
    @Base64Bytes public var bytes: [UInt8]

    public init(side: Side, time: Instant, offset: Int, bytes: [UInt8]) {
        self.side = side
        self.time = time
        self.offset = offset
        self.bytes = bytes
    }
}
