import ReenactTimeline
import ReenactWire

/// A live session with a stub, without sockets.
public struct StubTalk {
    public var stub: any StubSession
    public let shelf: Shelf
    private final class Notes { var all: [Shelf.Encounter] = [] }
    private let notes = Notes()

    public init(with type: any WireProtocol.Type, port: Int, _ recorded: [Recorded], phase: Event.Phase = .failing) {
        stub = type.stub()
        shelf = Shelf(server: "127.0.0.1:\(port)", recorded: recorded)
        shelf.phase = phase
        let notes = notes
        shelf.onEncounter = { notes.all.append($0) }
        _ = stub.opened(shelf)
    }

    public mutating func say(_ bytes: [UInt8]) -> [StubAction] { stub.received(bytes[...], shelf) }

    public var relaxations: [String] { notes.all.flatMap(\.relaxations) }
    public var events: [Int] { notes.all.compactMap(\.event) }
    public var misses: [Shelf.Encounter] { notes.all.filter { $0.event == nil && $0.relaxations.isEmpty } }
}

extension [StubAction] {
    /// All that is sent.
    public var bytes: [UInt8] {
        var all: [UInt8] = []
        for case .send(let bytes, _) in self { all += bytes }
        return all
    }
}
