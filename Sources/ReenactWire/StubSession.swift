import ReenactTimeline

/// Plays the recorded peer on one connection: a pure state machine, the live program's bytes in, actions out.
///
/// Exact or fail: it answers only what `Shelf` holds. What belongs to the connection itself and is fixed by the
/// protocol's specification (`PING`, a handshake's acknowledgement) it may answer from the specification.
public protocol StubSession: Sendable {
    /// The program has connected. A peer that speaks first answers here.
    mutating func opened(_ shelf: Shelf) -> [StubAction]

    /// The program sent bytes, in any cut.
    mutating func received(_ bytes: ArraySlice<UInt8>, _ shelf: Shelf) -> [StubAction]

    /// The program closed its direction.
    mutating func clientClosed(_ shelf: Shelf) -> [StubAction]
}

/// What a stub does on the wire.
public enum StubAction: Sendable, Equatable {
    /// Send bytes, `delay` nanoseconds after the request that they answer was complete (as recorded; the server of
    /// stubs scales it).
    case send([UInt8], delay: Int64)
    /// End the connection, after the delay.
    case close(Connection.Close.Manner, delay: Int64)
    /// Let so many nanoseconds pass, however fast recorded answers are given: the question asked for the wait.
    case pause(Int64)
    /// Say nothing: the recorded peer did not answer.
    case silence
    /// After what was sent, the stream is a tunnel to that `name:port`, and `behind` its first bytes: a client may send
    /// them without waiting for leave.
    case tunnel(String, behind: [UInt8] = [])
}

/// One recorded exchange, ready to be played.
public struct Recorded: Sendable, Equatable {
    /// The event in the case.
    public var event: Int
    public var phase: Event.Phase
    public var connection: Int
    public var exchange: Exchange
    public var requestBytes: [UInt8]
    /// The answer as it came: pieces with nanoseconds since the request's end.
    public var answer: [Piece]
    /// How the connection ended behind the answer, if it did before the next request.
    public var ending: Ending

    /// A piece of an answer.
    public struct Piece: Sendable, Equatable {
        public var delay: Int64
        public var bytes: [UInt8]
        public init(delay: Int64, bytes: [UInt8]) {
            self.delay = delay
            self.bytes = bytes
        }
    }

    /// What followed the answer.
    public enum Ending: Sendable, Equatable {
        /// The connection stayed open.
        case open
        /// The server ended its direction after that many nanoseconds.
        case close(Connection.Close.Manner, delay: Int64)
        /// No answer, or only a part: the client gave up.
        case silence
    }

    public init(
        event: Int, phase: Event.Phase, connection: Int, exchange: Exchange, requestBytes: [UInt8], answer: [Piece],
        ending: Ending
    ) {
        self.event = event
        self.phase = phase
        self.connection = connection
        self.exchange = exchange
        self.requestBytes = requestBytes
        self.answer = answer
        self.ending = ending
    }

    /// The answer's bytes in one piece.
    public var answerBytes: [UInt8] { answer.flatMap(\.bytes) }

    /// Sends the answer as recorded, and what followed it.
    public var replay: [StubAction] {
        var actions = answer.map { StubAction.send($0.bytes, delay: $0.delay) }
        switch ending {
        case .open: break
        case .close(let manner, let delay): actions.append(.close(manner, delay: delay))
        case .silence: actions.append(.silence)
        }
        return actions
    }
}
