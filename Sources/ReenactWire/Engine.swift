/// A real server that can be had for a recorded peer, seen from its stub.
///
/// A stub knows the protocol and does no I/O; the runner does I/O and knows no protocol. This is the line between them.
public protocol EngineHost: AnyObject {
    /// As it is told to a person: `redis-server 7.0.15`.
    var title: String { get }

    /// Opens a connection; the server is started where it does not run yet.
    ///
    /// - Throws: `EngineAbsence`, with the reason that a person is told.
    func connect() throws(EngineAbsence) -> any EngineLink

    /// Lets a few milliseconds pass: for a server that listens and is not ready.
    func pause()
}

/// How long a real server may take. A machine that does other things too can be slow; what would never end must not
/// keep the program.
public enum EngineLimits {
    /// For a statement, told to the server, in milliseconds.
    public static let statementMilliseconds = 4500
    /// For an answer, in milliseconds: longer than for a statement, so that the server's refusal comes first.
    public static let answerMilliseconds = 5000
}

/// One connection to a real server. Blocks: the server is on this machine, has nothing else to do, and is given a
/// bounded time.
public protocol EngineLink: AnyObject {
    /// Sends bytes and reads what comes back.
    ///
    /// - Parameter isWhole: takes the bytes that came since its last call; true where nothing more is to come.
    /// - Returns: all that came; nil where the time was up or the server closed. The link is of no use then.
    func ask(_ bytes: [UInt8], milliseconds: Int, until isWhole: (ArraySlice<UInt8>) -> Bool) -> [UInt8]?

    func close()
}

/// Why there is no real server.
public struct EngineAbsence: Error, Sendable, Equatable {
    public var reason: String
    public init(_ reason: String) { self.reason = reason }
}
