/// What a recorded program's socket carried, as a replay comes upon it: a recording holds what was received; what was sent
/// is in memory only while the program runs again.
public struct SocketEvent: Sendable, Equatable {
    public enum Body: Sendable, Equatable {
        /// The program connected (`errno` 0 where it did, or may still), or took a connection from a listener.
        case opened(isInbound: Bool, isDatagram: Bool, server: String, client: String, errno: Int32)
        case sent([UInt8])
        case received([UInt8])
        /// So many bytes were sent from a file or a pipe, and were never in memory.
        case sentUnseen(Int)
        /// So many bytes went from the socket into a pipe, and were never in memory.
        case receivedUnseen(Int)
        /// The other side sends no more.
        case ended
        case closed
    }

    /// One number for each socket, whatever its descriptors are.
    public var socket: Int
    public var task: Int
    /// Nanoseconds since the recording's start.
    public var time: UInt64
    public var body: Body

    public init(socket: Int, task: Int, time: UInt64, body: Body) {
        self.socket = socket
        self.task = task
        self.time = time
        self.body = body
    }
}
