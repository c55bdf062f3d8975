import ReenactTesting
import ReenactTimeline
import ReenactWire
import ReenactWireTesting
import ReenactTesting

@testable import ReenactRedis

extension Turn {
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
    static func of(
        _ turns: [Turn], id: Int = 1, ends: Bool = true, cutBy generator: SeededGenerator? = nil
    ) -> Connection {
        of(turns, port: 6379, id: id, ends: ends, cutBy: generator, pieceMax: 20)
    }

    func recorded(_ phase: Event.Phase = .failing) -> [Recorded] { recorded(by: Redis.self, phase) }

    var exchanges: [Exchange] { recorded().map(\.exchange) }
}

typealias Session = StubTalk

extension StubTalk {
    init(_ recorded: [Recorded], phase: Event.Phase = .failing) {
        self.init(with: Redis.self, port: 6379, recorded, phase: phase)
    }

    mutating func ask(_ words: String...) -> String {
        let command = "*\(words.count)\r\n" + words.map { "$\($0.utf8.count)\r\n\($0)\r\n" }.joined()
        return String(decoding: say(Array(command.utf8)).bytes, as: UTF8.self)
    }
}
