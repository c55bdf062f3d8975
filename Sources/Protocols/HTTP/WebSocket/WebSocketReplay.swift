import ReenactTimeline
import ReenactWire

/// What a stub does behind a replayed 101 to WebSocket: it answers each turn as recorded, whatever its masks.
struct WebSocketReplay: Sendable {
    private struct Turn: Sendable {
        var entry: Recorded
        var asked: [WebSocketReader.Message]
        /// With the delay of the piece that ended each.
        var answered: [WebSocketReader.Message]
    }

    private let place: String
    private var turns: [Turn]
    private var next = 0
    private var reader = WebSocketReader(offset: 0)
    private var pending: [WebSocketReader.Message] = []
    private(set) var isOver = false

    init(after answer: Recorded, _ question: HTTPQuestion, _ shelf: Shelf) {
        place = question.keys(.complete).key
        turns = Self.turns(of: answer.connection, after: answer.exchange.ordinal, shelf)
    }

    private static func turns(of connection: Int, after ordinal: Int, _ shelf: Shelf) -> [Turn] {
        let entries = shelf.recorded.filter {
            $0.connection == connection && $0.exchange.ordinal > ordinal && $0.exchange.detail["websocket"] != nil
        }.sorted { $0.exchange.ordinal < $1.exchange.ordinal }
        // Each side's packing leans on what it said before.
        var (client, server) = (WebSocketReader(offset: 0), WebSocketReader(offset: 0))
        return entries.map { entry in
            Turn(
                entry: entry, asked: client.read(entry.requestBytes[...], at: 0).filter(\.isData),
                answered: entry.answer.flatMap { server.read($0.bytes[...], at: $0.delay) })
        }
    }

    /// What the peer said before it was asked anything.
    mutating func greeting(_ shelf: Shelf) -> [StubAction] {
        guard let first = turns.first, first.asked.isEmpty, first.entry.exchange.isPreamble else { return [] }
        return answer([], shelf)
    }

    mutating func received(_ bytes: ArraySlice<UInt8>, _ shelf: Shelf) -> [StubAction] {
        var actions: [StubAction] = []
        for message in reader.read(bytes, at: 0) where !isOver {
            switch message.opcode {
            case WebSocketReader.Message.ping: actions += send(WebSocketReader.Message.pong, message.payload, 0)
            case WebSocketReader.Message.pong: continue
            case WebSocketReader.Message.close:
                actions += send(WebSocketReader.Message.close, message.payload, 0) + [.close(.fin, delay: 0)]
                isOver = true
            default: pending.append(message)
            }
            while !isOver, !pending.isEmpty {
                let count = turns.indices.contains(next) ? max(turns[next].asked.count, 1) : 1
                guard pending.count >= count else { break }
                let asked = Array(pending.prefix(count))
                pending.removeFirst(count)
                actions += answer(asked, shelf)
            }
        }
        if let failure = reader.failure, !isOver {
            shelf.miss(key: "", summary: "websocket", reason: "the program's WebSocket is not readable: \(failure)")
            isOver = true
            actions.append(.close(.reset, delay: 0))
        }
        return actions
    }

    private mutating func answer(_ asked: [WebSocketReader.Message], _ shelf: Shelf) -> [StubAction] {
        let question = WebSocketQuestion(place: place, messages: asked)
        guard let entry = shelf.take(key: question.key, relaxed: question.relaxed, summary: question.summary) else {
            isOver = true
            return [.close(.reset, delay: 0)]
        }
        // A greeting and the first question stand at one place of the stream: the number tells them apart.
        let index = turns.firstIndex {
            $0.entry.exchange.ordinal == entry.exchange.ordinal && $0.entry.connection == entry.connection
        }
        let turn: Turn?
        if let index {
            next = index + 1
            turn = turns[index]
        } else {
            // Another recorded WebSocket was asked the same.
            turn = Self.turns(of: entry.connection, after: -1, shelf).first {
                $0.entry.exchange.ordinal == entry.exchange.ordinal
            }
        }
        var actions: [StubAction] = []
        for message in turn?.answered ?? [] where message.isData || message.opcode == WebSocketReader.Message.close {
            actions += send(message.opcode, message.payload, message.time)
        }
        switch entry.ending {
        case .open: break
        case .close(let manner, let delay):
            actions.append(.close(manner, delay: delay))
            isOver = true
        case .silence: actions.append(.silence)
        }
        return actions
    }

    private func send(_ opcode: UInt8, _ payload: [UInt8], _ delay: Int64) -> [StubAction] {
        [.send(WebSocketReader.frame(opcode, payload), delay: delay)]
    }
}
