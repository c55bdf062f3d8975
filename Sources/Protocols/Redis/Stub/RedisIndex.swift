import ReenactTimeline
import ReenactWire

/// What a shelf knows beside its keys. Built once per shelf.
final class RedisIndex {
    /// From which ordinal on a recorded connection spoke RESP3.
    private var version3: [Int: Int] = [:]
    /// Keys of waiting commands, exact and relaxed: a queue that the recording knows may be empty now.
    private var waited: Set<String> = []

    init(_ shelf: Shelf) {
        for entry in shelf.recorded {
            let exchange = entry.exchange
            switch exchange.detail["command"]?.string {
            case "HELLO":
                if exchange.detail["args"]?[0]?.string == "3", !exchange.outcome.rawValue.hasPrefix("redis:error") {
                    version3[entry.connection] = min(version3[entry.connection] ?? .max, exchange.ordinal)
                }
            default: break
            }
            if exchange.detail["blocking"]?.bool == true {
                waited.insert(exchange.key)
                for relaxed in exchange.relaxedKeys { waited.insert(relaxed.key) }
            }
        }
    }

    /// The protocol version that the entry's answer is in.
    func version(of entry: Recorded) -> Int {
        guard let since = version3[entry.connection] else { return 2 }
        return entry.exchange.ordinal >= since ? 3 : 2
    }

    func knows(_ key: RedisKey) -> Bool {
        waited.contains(key.key) || key.relaxed.contains { waited.contains($0.key) }
    }
}
