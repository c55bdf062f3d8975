import ReenactTimeline
import ReenactWire

/// Both sides of an HTTP/1.x connection in, exchanges out.
///
/// Answers belong to requests in order (RFC 9112, 9.3.2). After a 2xx to `CONNECT` it takes no more bytes: the rest is
/// a tunnel, which begins where request and answer of that exchange end. After a 101 the rest is turns of a WebSocket's
/// messages, or one opaque exchange.
public struct HTTPRecorder: ExchangeRecorder {
    private enum Mode: Sendable {
        case messages
        case upgraded(HTTPUpgraded)
        case socket(WebSocketRecorder)
        /// A tunnel, an unreadable stream, or the end.
        case done
    }

    /// Bytes that are not to be read before it is known whether they are HTTP at all.
    private struct Held: Sendable {
        var bytes: ArraySlice<UInt8>
        var time: Instant
    }

    public private(set) var failure: String?

    private var mode = Mode.messages
    private var requests = HTTPParser(side: .client)
    private var answers = HTTPParser(side: .server)
    private var open: [HTTPPending] = []
    private var nextOrdinal = 0
    private var held: [Held] = []
    private var heldCount = 0
    private var clientStreamOffset = 0
    private var serverStreamOffset = 0
    /// When the head that is being read began.
    private var requestHeadStart: Instant?
    private var answerHeadStart: Instant?
    private var clientIsClosed = false
    private var changes: [ExchangeChange] = []

    private var isOutline = false

    public init() {}

    public var readsAcrossGaps: Bool { true }

    public var unended: [Exchange] { if case .socket(let socket) = mode { socket.unended } else { [] } }

    public mutating func limitToOutline() { isOutline = true }

    public var skimmer: (any ExchangeSkimmer)? {
        guard case .messages = mode, open.isEmpty, held.isEmpty, requests.isIdle, answers.isIdle, !clientIsClosed
        else { return nil }
        return HTTPSkimmer()
    }

    public mutating func passOver(exchanges: Int, client: Int, server: Int) {
        nextOrdinal += exchanges
        clientStreamOffset += client
        serverStreamOffset += server
        requests.passOver(client)
        answers.passOver(server)
    }

    /// Bytes of bodies and heads held at this moment; bounded for each waiting request.
    var keptCount: Int {
        open.reduce(requests.keptCount + answers.keptCount + heldCount) {
            $0 + $1.question.head.bytes.count + $1.question.body.beginning.count
                + ($1.answer.map { $0.head.bytes.count + $0.body.beginning.count } ?? 0)
        }
    }

    public mutating func received(
        _ bytes: ArraySlice<UInt8>, from side: Side, offset: Int, at time: Instant
    )
        -> [ExchangeChange]
    {
        guard !bytes.isEmpty else { return [] }
        let expected = side == .client ? clientStreamOffset : serverStreamOffset
        if side == .client {
            clientStreamOffset = offset + bytes.count
        } else {
            serverStreamOffset = offset + bytes.count
        }
        switch mode {
        case .done: return []
        case .upgraded(var upgraded):
            upgraded.received(bytes.count, from: side, at: time)
            mode = .upgraded(upgraded)
            return []
        case .socket(var socket):
            guard offset == expected else {
                fail("\(side.rawValue): bytes of a WebSocket are missing")
                return takeChanges()
            }
            changes += socket.received(bytes, from: side, at: time)
            if let reason = socket.failure { failure = reason }
            mode = failure == nil ? .socket(socket) : .done
            return takeChanges()
        case .messages: break
        }
        do throws(HTTPError) {
            if offset != expected { try bridge(expected..<max(expected, offset), of: side) }
            if side == .client { try readRequests(bytes, time) } else { try readAnswers(bytes, time) }
        } catch {
            fail("\(side.rawValue): \(error.message)")
        }
        return takeChanges()
    }

    public mutating func closed(_ side: Side, manner: Connection.Close.Manner, at time: Instant) -> [ExchangeChange] {
        switch mode {
        case .done: return []
        case .upgraded(var upgraded):
            if let exchange = upgraded.closed(side, manner: manner, at: time) {
                mode = .done
                return [.ended(exchange)]
            }
            mode = .upgraded(upgraded)
            return []
        case .socket(var socket):
            let ended = socket.closed(side, manner: manner)
            mode = .socket(socket)
            return ended
        case .messages: break
        }
        if side == .client {
            // After an orderly end the answer may still come: the client closed its direction only.
            clientIsClosed = true
            if manner == .reset || open.isEmpty { endAll(.clientGaveUp) }
        } else {
            if manner == .fin, answers.isUntilClose, !open.isEmpty { completeAnswer(time) }
            endAll(clientIsClosed ? .clientGaveUp : .serverClosed(manner))
        }
        return takeChanges()
    }

    /// Goes on behind missing bytes where they were a body's.
    private mutating func bridge(_ gap: Range<Int>, of side: Side) throws(HTTPError) {
        let isBridged =
            !gap.isEmpty && held.isEmpty
            && (side == .client ? requests.skip(gap.count) : answers.skip(gap.count))
        guard isBridged, let last = open.indices.last else {
            throw HTTPError("bytes \(gap.lowerBound) to \(gap.upperBound) are missing")
        }
        if side == .client {
            open[last].question.body.skip(gap.count)
            open[last].requestEndOffset = requests.offset
        } else {
            open[0].answer?.body.skip(gap.count)
            open[0].answerEndOffset = answers.offset
        }
    }

    // MARK: requests

    private mutating func readRequests(_ bytes: ArraySlice<UInt8>, _ time: Instant) throws(HTTPError) {
        var input = bytes
        while true {
            if awaitsSwitch {
                try hold(input, time)
                return
            }
            guard let event = try requests.next(&input) else { break }
            switch event {
            case .head(let head): try beginRequest(head, time)
            case .body(let piece, let offset):
                guard let last = open.indices.last else { break }
                open[last].question.body.append(piece, offset: offset)
                open[last].requestEndOffset = requests.offset
                open[last].requestEnd = time
            case .end: endRequest(time)
            }
        }
        if requests.isInHead { requestHeadStart = requestHeadStart ?? time }
    }

    /// Whether the next bytes of the client may be another protocol's: after `CONNECT` and requests for an upgrade.
    private var awaitsSwitch: Bool {
        guard let last = open.last, last.requestIsComplete, !last.answerIsComplete else { return false }
        return last.question.head.method == "CONNECT" || last.question.asksUpgrade
    }

    private mutating func hold(_ bytes: ArraySlice<UInt8>, _ time: Instant) throws(HTTPError) {
        guard !bytes.isEmpty else { return }
        heldCount += bytes.count
        guard heldCount <= HTTP.headBytesMax else { throw HTTPError("64 KB before the answer to CONNECT or Upgrade") }
        held.append(Held(bytes: Array(bytes)[...], time: time))
    }

    private mutating func beginRequest(_ head: HTTPHead, _ time: Instant) throws(HTTPError) {
        guard open.count < HTTP.pipelineMax else {
            throw HTTPError("more than \(HTTP.pipelineMax) requests without an answer")
        }
        let question = try HTTPQuestion(head, isOutline: isOutline)
        let pending = HTTPPending(
            ordinal: nextOrdinal, question: question, requestStart: requestHeadStart ?? time, requestEnd: time,
            requestEndOffset: head.range.end)
        requestHeadStart = nil
        nextOrdinal += 1
        requests.frame(question.framing)
        open.append(pending)
        changes.append(.began(pending.began))
    }

    private mutating func endRequest(_ time: Instant) {
        guard let last = open.indices.last else { return }
        open[last].requestIsComplete = true
        if open[last].requestEndOffset < requests.offset {
            open[last].requestEndOffset = requests.offset
            open[last].requestEnd = time
        }
        endCompleted()
    }

    // MARK: answers

    private mutating func readAnswers(_ bytes: ArraySlice<UInt8>, _ time: Instant) throws(HTTPError) {
        var input = bytes
        while case .messages = mode, let event = try answers.next(&input) {
            switch event {
            case .head(let head): try beginAnswer(head, time)
            case .body(let piece, let offset):
                guard !open.isEmpty else { break }
                open[0].answer?.body.append(piece, offset: offset)
                open[0].answerEndOffset = answers.offset
                open[0].answerEnd = time
            case .end:
                guard !open.isEmpty else { break }
                if open[0].answerIsInterim {
                    open[0].answerIsInterim = false
                } else {
                    open[0].answerEndOffset = answers.offset
                    try completeAnswerAndSwitch(time)
                }
            }
        }
        if case .upgraded(var upgraded) = mode, !input.isEmpty {
            upgraded.received(input.count, from: .server, at: time)
            mode = .upgraded(upgraded)
        } else if case .socket(var socket) = mode, !input.isEmpty {
            changes += socket.received(input, from: .server, at: time)
            mode = .socket(socket)
        }
        if answers.isInHead { answerHeadStart = answerHeadStart ?? time }
    }

    private mutating func beginAnswer(_ head: HTTPHead, _ time: Instant) throws(HTTPError) {
        guard !open.isEmpty, !open[0].answerIsComplete else { throw HTTPError("an answer without a request") }
        if open[0].answerOffset == nil {
            open[0].answerOffset = head.offset
            open[0].answerStart = answerHeadStart ?? time
        }
        answerHeadStart = nil
        open[0].answerEndOffset = head.range.end
        open[0].answerEnd = time
        open[0].answerIsInterim = head.status < 200 && head.status != 101
        answers.frame(try .ofAnswer(head, to: open[0].question.head.method))
        if !open[0].answerIsInterim {
            open[0].answer = HTTPAnswer(head: head, body: HTTPBody(isHashed: false, isCounted: isOutline))
        }
    }

    private mutating func completeAnswer(_ time: Instant) {
        open[0].answerIsComplete = true
        open[0].answerEnd = max(open[0].answerEnd, time)
        endCompleted()
    }

    private mutating func completeAnswerAndSwitch(_ time: Instant) throws(HTTPError) {
        let pending = open[0]
        let status = pending.answer?.head.status ?? 0
        completeAnswer(time)
        if status == 101, pending.question.head.value("upgrade")?.lowercased() == "websocket" {
            var socket = WebSocketRecorder(after: pending, ordinal: nextOrdinal, serverOffset: answers.offset)
            let early = held
            release()
            for piece in early { changes += socket.received(piece.bytes, from: .client, at: piece.time) }
            mode = .socket(socket)
        } else if status == 101 {
            let upgraded = HTTPUpgraded(
                after: pending, ordinal: nextOrdinal, serverOffset: answers.offset, heldFromClient: heldCount, at: time)
            release()
            changes.append(.began(upgraded.exchange))
            mode = .upgraded(upgraded)
        } else if pending.question.head.method == "CONNECT", (200..<300).contains(status) {
            endAll(.complete)
        } else if !held.isEmpty {
            let waiting = held
            release()
            for piece in waiting { try readRequests(piece.bytes, piece.time) }
        }
    }

    // MARK: ends

    private mutating func release() { (held, heldCount) = ([], 0) }

    /// Ends the exchanges at the front of which both halves are complete.
    private mutating func endCompleted() {
        while let first = open.first, first.requestIsComplete, first.answerIsComplete {
            changes.append(.ended(first.ended(.complete)))
            open.removeFirst()
        }
    }

    private mutating func endAll(_ end: HTTPPending.End) {
        noteUnfinished()
        for pending in open { changes.append(.ended(pending.ended(end))) }
        open = []
        release()
        mode = .done
    }

    /// What came of a message that was cut off belongs to its exchange: a stub sends it, and stops there.
    private mutating func noteUnfinished() {
        guard !open.isEmpty else { return }
        if !open[open.count - 1].requestIsComplete { open[open.count - 1].requestEndOffset = requests.offset }
        guard !open[0].answerIsComplete, !answers.isIdle else { return }
        if answers.isInHead, open[0].answerOffset == nil {
            open[0].answerOffset = answers.headOffset
            open[0].answerStart = answerHeadStart ?? open[0].requestEnd
        }
        open[0].answerEndOffset = answers.offset
    }

    private mutating func fail(_ reason: String) {
        failure = reason
        endAll(.undecodable)
    }

    private mutating func takeChanges() -> [ExchangeChange] {
        defer { changes = [] }
        return changes
    }
}
