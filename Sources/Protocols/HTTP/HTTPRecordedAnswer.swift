import ReenactTimeline
import ReenactWire

/// A recorded answer made ready for a live connection.
struct HTTPRecordedAnswer {
    let recorded: Recorded

    init(_ recorded: Recorded) { self.recorded = recorded }

    /// A close so long after a complete answer is the peer giving up an idle connection: no part of the answer.
    static let idleNanoseconds: Int64 = 1_000_000_000

    /// - Parameter withoutContinue: leaves out a leading `100 Continue`, which the stub has sent already.
    func actions(withoutContinue: Bool, method: String) -> [StubAction] {
        var recorded = recorded
        if recorded.exchange.responseEnd != nil {
            let wantsClose = finalHead.map { endsConnection($0, method) } ?? false
            let last = recorded.answer.last?.delay ?? 0
            switch recorded.ending {
            // Behind a granted tunnel the connection ends when what is inside it does, however long that takes here.
            case _ where isTunnel(method): recorded.ending = .open
            case .close(.fin, let delay) where !wantsClose && delay - last >= Self.idleNanoseconds:
                recorded.ending = .open
            case .open where wantsClose: recorded.ending = .close(.fin, delay: last)
            default: break
            }
        }
        if withoutContinue { recorded.answer = Self.dropping(continueLength, from: recorded.answer) }
        return recorded.replay
    }

    private func isTunnel(_ method: String) -> Bool {
        method == "CONNECT" && finalHead.map { (200..<300).contains($0.status) } ?? false
    }

    private func endsConnection(_ head: HTTPHead, _ method: String) -> Bool {
        if head.status == 101 || method == "CONNECT" && head.status < 300 { return false }
        return head.wantsClose || (try? HTTPFraming.ofAnswer(head, to: method)) == .untilClose
    }

    /// The heads of the answer, interim ones first.
    private var heads: [HTTPHead] {
        var parser = HTTPParser(side: .server)
        var input = recorded.answerBytes[...]
        var heads: [HTTPHead] = []
        while heads.count < 16, let event = try? parser.next(&input) {
            guard case .head(let head) = event else { continue }
            heads.append(head)
            if head.status >= 200 || head.status == 101 { break }
        }
        return heads
    }

    private var finalHead: HTTPHead? { heads.last.flatMap { $0.status >= 200 || $0.status == 101 ? $0 : nil } }

    private var continueLength: Int {
        guard let first = heads.first, first.status == 100 else { return 0 }
        return first.range.end
    }

    private static func dropping(_ count: Int, from pieces: [Recorded.Piece]) -> [Recorded.Piece] {
        var left = count
        return pieces.compactMap { piece in
            let cut = min(left, piece.bytes.count)
            left -= cut
            return cut == piece.bytes.count
                ? nil : Recorded.Piece(delay: piece.delay, bytes: Array(piece.bytes.dropFirst(cut)))
        }
    }
}
