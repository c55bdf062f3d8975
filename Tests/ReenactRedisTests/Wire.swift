import ReenactTimeline
import ReenactWire

@testable import ReenactRedis

/// Pseudo-random numbers from a seed (SplitMix64), so that every failure can be repeated.
struct Seeded: RandomNumberGenerator {
    private var state: UInt64
    init(_ seed: UInt64) { state = seed }
    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }
}

/// What one side says in turn.
struct Turn {
    var side: Side
    var bytes: [UInt8]
    static func client(_ commands: String...) -> Turn {
        Turn(side: .client, bytes: commands.flatMap { Array($0.utf8) })
    }
    static func server(_ text: String) -> Turn { Turn(side: .server, bytes: Array(text.utf8)) }
}

enum Say {
    static func command(_ words: String...) -> String {
        "*\(words.count)\r\n" + words.map { "$\($0.utf8.count)\r\n\($0)\r\n" }.joined()
    }
}

extension Connection {
    /// A recorded connection of these turns, one millisecond apart; cut anywhere by the generator, if there is one.
    static func of(_ turns: [Turn], id: Int = 1, ends: Bool = true, cutBy generator: Seeded? = nil) -> Connection {
        var generator = generator
        var connection = Connection(id: id, direction: .outbound, transport: .tcp, server: "127.0.0.1:6379", opened: 0)
        var offsets: [Side: Int] = [:]
        for (index, turn) in turns.enumerated() {
            var rest = turn.bytes[...]
            while !rest.isEmpty {
                let count = generator == nil ? rest.count : Int.random(in: 1...min(rest.count, 20), using: &generator!)
                connection.segments.append(
                    Segment(
                        side: turn.side, time: Int64(index) * 1_000_000, offset: offsets[turn.side] ?? 0,
                        bytes: Array(rest.prefix(count))))
                offsets[turn.side, default: 0] += count
                rest = rest.dropFirst(count)
            }
        }
        if ends {
            let time = Int64(turns.count) * 1_000_000
            connection.closes = [
                .init(side: .client, manner: .fin, time: time), .init(side: .server, manner: .fin, time: time),
            ]
        }
        return connection
    }

    func recorded(_ phase: Event.Phase = .failing) -> [Recorded] {
        Tape.exchanges(of: self, recorder: Redis.recorder()) { ($0 + 1, phase) }
    }

    var exchanges: [Exchange] { recorded().map(\.exchange) }
}

/// A live session with a stub, without sockets.
struct Session {
    var stub = Redis.stub()
    let shelf: Shelf
    final class Notes { var all: [Shelf.Encounter] = [] }
    let notes = Notes()

    init(_ recorded: [Recorded], phase: Event.Phase = .failing) {
        shelf = Shelf(server: "127.0.0.1:6379", recorded: recorded)
        shelf.phase = phase
        let notes = notes
        shelf.onEncounter = { notes.all.append($0) }
        _ = stub.opened(shelf)
    }

    mutating func say(_ bytes: [UInt8]) -> [StubAction] { stub.received(bytes[...], shelf) }

    mutating func ask(_ words: String...) -> String {
        let command = "*\(words.count)\r\n" + words.map { "$\($0.utf8.count)\r\n\($0)\r\n" }.joined()
        var all: [UInt8] = []
        for case .send(let bytes, _) in say(Array(command.utf8)) { all += bytes }
        return String(decoding: all, as: UTF8.self)
    }

    var relaxations: [String] { notes.all.flatMap(\.relaxations) }
    var misses: [Shelf.Encounter] { notes.all.filter { $0.event == nil && $0.relaxations.isEmpty } }
}
