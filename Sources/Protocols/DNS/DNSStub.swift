import ReenactTimeline
import ReenactWire

/// Plays a recorded name server: the recorded message with the live query's id and spelling of the name.
public struct DNSStub: StubSession {
    private var kind: DNSTransport.Kind?
    private var transport = DNSTransport(.udp)
    private var isOver = false

    public init() {}

    public mutating func opened(_ shelf: Shelf) -> [StubAction] { [] }

    public mutating func clientClosed(_ shelf: Shelf) -> [StubAction] { [] }

    public mutating func received(_ bytes: ArraySlice<UInt8>, _ shelf: Shelf) -> [StubAction] {
        guard !isOver, !bytes.isEmpty else { return [] }
        if kind == nil {
            let first = DNSTransport.Kind(first: bytes)
            (kind, transport) = (first, DNSTransport(first))
        }
        var actions: [StubAction] = []
        for (query, _) in transport.received(bytes, offset: 0) where !isOver {
            actions += answer(query, shelf)
        }
        return actions
    }

    private mutating func answer(_ query: [UInt8], _ shelf: Shelf) -> [StubAction] {
        guard let message = DNSMessage(query), message.isQuery else {
            shelf.miss(key: "", summary: "a query that is not DNS", reason: "the program's query is not readable")
            return refuse()
        }
        let question = message.questions[0]
        guard let recorded = shelf.take(key: DNSQuestion.key(question), summary: DNSQuestion.summary(question)) else {
            return refuse()
        }
        var replay = recorded
        replay.answer = adapted(recorded, query, question)
        return replay.replay
    }

    /// No answer at all: to a datagram there is no refusal that is not an invented one.
    private mutating func refuse() -> [StubAction] {
        guard kind == .tcp else { return [.silence] }
        isOver = true
        return [.close(.reset, delay: 0)]
    }

    /// The recorded answer for this query, over this transport.
    private func adapted(_ recorded: Recorded, _ query: [UInt8], _ question: DNSMessage.Question) -> [Recorded.Piece] {
        let wasTCP = recorded.exchange.detail["transport"]?.string == DNSTransport.Kind.tcp.rawValue
        var message = Array(recorded.answerBytes.dropFirst(wasTCP ? 2 : 0))
        guard message.count >= 12, let last = recorded.answer.last else { return recorded.answer }
        message.replaceSubrange(0..<2, with: query[0..<2])
        // Some clients draw the letters' case at random and want it back (draft-vixie-dnsext-dns0x20).
        if let asked = DNSMessage(message)?.questions.first, asked.range == question.range {
            message.replaceSubrange(asked.range, with: query[question.range])
        }
        return [Recorded.Piece(delay: last.delay, bytes: DNSTransport.framed(message, kind ?? .udp))]
    }
}
