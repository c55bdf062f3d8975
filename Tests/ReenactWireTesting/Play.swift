import ReenactTimeline
import ReenactWire

/// A live program played against a stub.
public struct Play {
    public var stub: any StubSession
    public let shelf: Shelf
    public private(set) var actions: [StubAction]
    private let log: Log

    private final class Log { var encounters: [Shelf.Encounter] = [] }

    public init(_ stub: any StubSession, _ recorded: [Recorded], phase: Event.Phase = .failing) {
        let log = Log()
        self.log = log
        shelf = Shelf(server: "127.0.0.1:80", recorded: recorded)
        shelf.phase = phase
        shelf.onEncounter = { log.encounters.append($0) }
        self.stub = stub
        actions = []
        actions = self.stub.opened(shelf)
    }

    public var encounters: [Shelf.Encounter] { log.encounters }

    /// Sends bytes, and gives what the stub did upon them.
    @discardableResult
    public mutating func send(_ bytes: [UInt8], cut: Dialogue.Cut = .whole) -> [StubAction] {
        var new: [StubAction] = []
        for piece in Dialogue.pieces(of: bytes, cut) {
            let padded = [0xff] + piece
            new += stub.received(padded[1...], shelf)
        }
        actions += new
        return new
    }

    @discardableResult
    public mutating func send(_ text: String, cut: Dialogue.Cut = .whole) -> [StubAction] {
        send(Array(text.utf8), cut: cut)
    }

    /// All bytes that the stub has sent.
    public var sent: [UInt8] { Self.bytes(actions) }

    public static func bytes(_ actions: [StubAction]) -> [UInt8] {
        actions.flatMap { action -> [UInt8] in
            guard case .send(let bytes, _) = action else { return [] }
            return bytes
        }
    }
}
