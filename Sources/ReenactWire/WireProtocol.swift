import ReenactTimeline

/// What each protocol folder offers: bytes in, values out, no I/O and no clock.
///
/// To add a protocol, add a folder under `Sources/Protocols` and one line in `ReenactProtocols`.
public protocol WireProtocol: Sendable {
    /// The name in events, cases and output: lower case, `postgres`.
    static var name: String { get }

    /// Whether the first bytes of a connection are this protocol's.
    ///
    /// Called again with more bytes while the answer is `.unsure`. The server's port is a hint, never proof.
    static func recognize(client: ArraySlice<UInt8>, server: ArraySlice<UInt8>, port: Int?) -> Recognition

    /// A fresh recorder for one connection.
    static func recorder() -> any ExchangeRecorder

    /// A fresh stub for one connection that a program opens to the recorded peer.
    static func stub() -> any StubSession

    /// Whether bytes of the server may hold an answer that tells of a failure; false only where that is certain.
    ///
    /// Looks for words and reads nothing: it is asked of all that passes, while reading waits until it is needed. Bytes
    /// come in any cut, each asked of once more together with the 16 bytes before it.
    static func mayTellFailure(_ bytes: UnsafeRawBufferPointer) -> Bool

    /// A recorded answer as it would have been with these changes; nil where they cannot be made in it.
    ///
    /// - Parameters:
    ///   - answer: the bytes of the exchange's answer; empty where there was none.
    ///   - detail: the exchange's structured view.
    static func edited(_ answer: [UInt8], detail: JSONValue, by edits: [AnswerEdit]) -> [UInt8]?

    /// The connection saying the same in bytes that can be searched, each where it was: secrets are looked for in these,
    /// and these go into a case.
    static func unmasked(_ connection: Connection) -> Connection
}

extension WireProtocol {
    /// Nothing is masked.
    public static func unmasked(_ connection: Connection) -> Connection { connection }

    /// True: it must be read.
    public static func mayTellFailure(_ bytes: UnsafeRawBufferPointer) -> Bool { true }

    /// Only whole answers can be exchanged in a protocol that says nothing else.
    public static func edited(_ answer: [UInt8], detail: JSONValue, by edits: [AnswerEdit]) -> [UInt8]? {
        var answer = answer
        for edit in edits {
            guard case .whole(let bytes) = edit else { return nil }
            answer = bytes
        }
        return answer
    }
}

/// Whether a connection speaks a protocol.
public enum Recognition: Sendable, Equatable {
    case no
    /// More bytes would tell.
    case unsure
    case yes
}

/// Turns the bytes of both sides of one connection into exchanges.
///
/// A pure state machine. Bytes of each side arrive in order and in any cut. Malformed bytes never trap: they end the
/// decoding (see `failure`), and the bytes stay what they are.
public protocol ExchangeRecorder: Sendable {
    /// Takes bytes that `side` sent. `offset` counts that side's bytes before them.
    mutating func received(
        _ bytes: ArraySlice<UInt8>, from side: Side, offset: Int, at time: Instant
    )
        -> [ExchangeChange]

    /// Takes the end of one direction.
    mutating func closed(_ side: Side, manner: Connection.Close.Manner, at time: Instant) -> [ExchangeChange]

    /// Exchanges that began and did not end, with as much of the answer as is known: what a case holds of a
    /// question whose answer was still coming, such as a subscription.
    var unended: [Exchange] { get }

    /// Why decoding ended before the stream did, where it did.
    var failure: String? { get }

    /// True where bytes may be missing in the middle of what is received: the recorder judges itself whether it can go
    /// on. Others are not given what comes behind a gap.
    var readsAcrossGaps: Bool { get }

    /// Leaves out of all exchanges what only a case needs: keys, words, details, secrets. Ranges, times, outcomes,
    /// identifiers, leases and names stay. Call it before the first byte.
    mutating func limitToOutline()

    /// Finds where the next exchanges end; nil in the middle of one, and where none could be let go unread because
    /// later ones may need it.
    var skimmer: (any ExchangeSkimmer)? { get }

    /// Goes on behind so many exchanges of which the skimmer told the ends, with so many bytes of each side.
    mutating func passOver(exchanges: Int, client: Int, server: Int)
}

/// Looks for the ends of exchanges without reading them: the ring lets most of what passes go, and nobody ever asks
/// what it was.
///
/// Certain or nothing: what it tells is what the recorder would have found.
public protocol ExchangeSkimmer: Sendable {
    /// Takes what a side sent next.
    mutating func take(_ bytes: UnsafeRawBufferPointer, from side: Side) -> Skimmed
}

/// Where a skimmer stands behind the bytes that it took.
public enum Skimmed: Sendable {
    /// Inside an exchange.
    case inside
    /// At the end of an exchange, with both sides.
    case ended
    /// It can't tell: these bytes, and all behind them, must be read.
    case lost
}

extension ExchangeRecorder {
    /// Nothing: what `began` said is all there is.
    public var unended: [Exchange] { [] }
    /// False.
    public var readsAcrossGaps: Bool { false }
    /// Nothing is left out.
    public mutating func limitToOutline() {}
    /// Nothing is let go unread.
    public var skimmer: (any ExchangeSkimmer)? { nil }
    /// Never asked of a recorder without a skimmer.
    public mutating func passOver(exchanges: Int, client: Int, server: Int) {}
}

/// News of an exchange. Of one exchange, `began` comes once and first, `ended` once and last.
public enum ExchangeChange: Sendable, Equatable {
    /// The request's first bytes are here; key and summary may still be incomplete.
    case began(Exchange)
    /// The answer is complete, or will not come.
    case ended(Exchange)

    public var exchange: Exchange {
        switch self {
        case .began(let exchange), .ended(let exchange): exchange
        }
    }
}
