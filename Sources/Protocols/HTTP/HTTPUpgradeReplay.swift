import ReenactWire

/// What a stub does behind a replayed 101 to a protocol that nobody reads: it serves the recorded stream to a program that
/// sends the same bytes.
struct HTTPUpgradeReplay: Sendable {
    private let recorded: Recorded?
    private let key: String
    private let summary: String
    private var live: [UInt8] = []
    private(set) var isOver = false
    /// Sent at once where the recorded peer spoke and the program did not.
    private(set) var greeting: [StubAction] = []

    init(after answer: Recorded, _ question: HTTPQuestion, _ shelf: Shelf) {
        recorded = shelf.recorded.first {
            $0.connection == answer.connection && $0.exchange.ordinal == answer.exchange.ordinal + 1
        }
        key = HTTPUpgraded.key(after: question)
        summary = recorded?.exchange.summary ?? "upgraded"
        if let recorded, recorded.requestBytes.isEmpty {
            _ = shelf.take(key: recorded.exchange.key, summary: summary)
            greeting = recorded.replay
        }
    }

    mutating func received(_ bytes: ArraySlice<UInt8>, _ shelf: Shelf) -> [StubAction] {
        live += bytes
        let expected = recorded?.requestBytes ?? []
        if !live.isEmpty, expected.starts(with: live) {
            guard live.count == expected.count, let recorded else { return [] }
            _ = shelf.take(key: recorded.exchange.key, summary: summary)
            isOver = true
            return recorded.replay
        }
        let offset = zip(live, expected).prefix { $0 == $1 }.count
        shelf.miss(
            key: key, summary: summary,
            reason: "what the program sent after the upgrade differs from the recorded stream at byte \(offset)")
        isOver = true
        return [.close(.reset, delay: 0)]
    }
}
