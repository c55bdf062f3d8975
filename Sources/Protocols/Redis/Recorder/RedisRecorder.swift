import ReenactTimeline
import ReenactWire

/// Both sides of one connection in, exchanges out: one for each command.
///
/// Answers come in the order of commands. What the server pushes belongs to the last subscription, whose exchange stays
/// open until the next one, or until the connection ends.
struct RedisRecorder: ExchangeRecorder {
    struct Work: Sendable {
        var exchange: Exchange
        var name: String
        var missing: Int
        var members: [String: JSONValue]
        var value: RESPValue?
        var isTruncated = false
        var pushes: [JSONValue] = []
        var pushCount = 0
    }

    static let worksMax = 200_000

    private(set) var failure: String?
    private var client = RESPReader.commands
    private var server = RESPReader.replies
    private var session = RedisSession()
    private var works: [Work] = []
    private var head = 0
    private var nextOrdinal = 0
    /// The exchange that pushed messages belong to: a subscription or MONITOR.
    private var stream: Work?
    private var isMonitoring = false
    private var unasked: (offset: Int, end: Int, began: Instant)?
    private var changes: [ExchangeChange] = []

    var unended: [Exchange] { works[head...].map(Self.built) + (stream.map { [Self.built($0)] } ?? []) }

    mutating func received(
        _ bytes: ArraySlice<UInt8>, from side: Side, offset: Int, at time: Instant
    ) -> [ExchangeChange] {
        guard failure == nil else { return [] }
        var bytes = bytes
        switch side {
        case .client:
            while let unit = client.next(&bytes, at: time) { takeCommand(unit) }
            if let reason = client.failure { fail(reason) }
        case .server:
            while let unit = server.next(&bytes, at: time) { takeReply(unit) }
            if let reason = server.failure { fail(reason) }
        }
        if works.count - head > Self.worksMax { fail("too many commands without an answer") }
        defer { changes = [] }
        return changes
    }

    mutating func closed(_ side: Side, manner: Connection.Close.Manner, at time: Instant) -> [ExchangeChange] {
        // A client that ended its direction may still be answered.
        guard side == .server || manner == .reset else { return [] }
        for var work in works[head...] {
            let outcome: OutcomeClass = side == .client ? .none : manner == .reset ? "reset" : "closed"
            work.exchange.outcome = outcome
            work.exchange.result =
                side == .client ? "given up" : manner == .reset ? "connection reset" : "connection closed"
            changes.append(.ended(Self.built(work)))
        }
        works = []
        head = 0
        endStream()
        defer { changes = [] }
        return changes
    }

    private mutating func fail(_ reason: String) {
        failure = failure ?? reason
        for var work in works[head...] {
            work.exchange.result = "not decoded: \(reason)"
            changes.append(.ended(Self.built(work)))
        }
        works = []
        head = 0
        endStream()
    }

    // MARK: commands

    private mutating func takeCommand(_ unit: RESPUnit) {
        guard let command = RedisCommand(unit) else { return }
        let queuedCount = session.queued.count
        let database = session.database
        let place = session.take(command)
        var exchange = Exchange(
            ordinal: nextOrdinal, request: StreamRange(offset: unit.offset, length: unit.length),
            requestStart: unit.began, requestEnd: unit.ended, key: place.key.key, relaxedKeys: place.key.relaxed,
            summary: Printable.summary(command))
        nextOrdinal += 1
        if command.name == "EXEC" { exchange.summary = "EXEC (\(queuedCount) commands)" }
        exchange.isPreamble = command.isPreamble && !place.isQueued
        exchange.holdsLease = place.holdsLease
        exchange.secrets = command.secrets(at: unit.offset)
        var room = 16 << 10
        var members: [String: JSONValue] = [
            "command": .string(command.name), "db": .integer(Int64(database)),
            "args": Printable.json(.array(command.shown.prefix(200).map { .bulk(Array($0)) }), room: &room),
        ]
        if command.isBlocking { members["blocking"] = true }
        if place.isQueued { members["queued"] = true }
        changes.append(.began(exchange))
        var work = Work(exchange: exchange, name: command.name, missing: place.replyCount, members: members)
        guard place.isAnswered else {
            // CLIENT REPLY OFF: that there is no answer is the answer.
            work.exchange.responseEnd = unit.ended
            changes.append(.ended(Self.built(work)))
            return
        }
        if let news = unasked {
            Self.extend(&work, news.offset, news.end, news.began, news.began)
            work.exchange.responseEnd = nil
            unasked = nil
        }
        works.append(work)
    }

    // MARK: replies

    private static let messageKinds: Set<String> = ["message", "pmessage", "smessage"]

    private mutating func takeReply(_ unit: RESPUnit) {
        var decoder = RESPDecoder(unit.bytes)
        guard let value = decoder.next() else { return fail("an answer that is no value at byte \(unit.offset)") }
        if isPushed(value) { return takePush(value, unit) }
        guard head < works.count else { return noteUnasked(unit) }
        Self.extend(&works[head], unit.offset, unit.end, unit.began, unit.ended)
        works[head].value = value
        works[head].isTruncated = decoder.isTruncated || unit.skipped.count > 0
        works[head].missing -= 1
        if case .error = value { works[head].missing = 0 }
        guard works[head].missing <= 0 else { return }
        let work = works[head]
        head += 1
        if head == works.count || head > 4096 {
            works.removeSubrange(..<head)
            head = 0
        }
        finish(work, value)
    }

    /// Out of band: a RESP3 push that confirms nothing, or in RESP2 a message to a subscriber.
    private func isPushed(_ value: RESPValue) -> Bool {
        switch value {
        case .push:
            guard let kind = value.kind, head < works.count else { return true }
            return kind != works[head].name.lowercased()
        case .array(let elements) where stream != nil && (3...4).contains(elements.count):
            return value.kind.map { Self.messageKinds.contains($0) } ?? false
        case .simple: return isMonitoring && head == works.count
        default: return false
        }
    }

    private mutating func takePush(_ value: RESPValue, _ unit: RESPUnit) {
        if stream != nil {
            stream?.pushCount += 1
            if let count = stream?.pushes.count, count < 50 {
                var room = 1024
                stream?.pushes.append(Printable.json(value, room: &room))
            }
            if var work = stream {
                stream = nil
                Self.extend(&work, unit.offset, unit.end, unit.began, unit.ended)
                stream = work
            }
        } else if head < works.count {
            Self.extend(&works[head], unit.offset, unit.end, unit.began, unit.ended)
            works[head].exchange.responseEnd = nil
        } else {
            noteUnasked(unit)
        }
    }

    /// Belongs to what is asked next.
    private mutating func noteUnasked(_ unit: RESPUnit) {
        unasked = (unasked?.offset ?? unit.offset, unit.end, unasked?.began ?? unit.began)
    }

    private static func extend(_ work: inout Work, _ offset: Int, _ end: Int, _ began: Instant, _ ended: Instant) {
        if let range = work.exchange.response {
            work.exchange.response = StreamRange(offset: range.offset, length: end - range.offset)
        } else {
            work.exchange.response = StreamRange(offset: offset, length: end - offset)
            work.exchange.responseStart = began
        }
        work.exchange.responseEnd = ended
    }

    private mutating func finish(_ work: Work, _ value: RESPValue) {
        if case .error = value {
            changes.append(.ended(Self.built(work)))
        } else if RedisCommand.subscribing.contains(work.name) || work.name == "MONITOR" {
            endStream()
            isMonitoring = work.name == "MONITOR"
            stream = work
        } else {
            if RedisCommand.unsubscribing.contains(work.name) || work.name == "RESET", !session.isSubscribed {
                endStream()
            }
            changes.append(.ended(Self.built(work)))
        }
    }

    private mutating func endStream() {
        guard let work = stream else { return }
        stream = nil
        isMonitoring = false
        changes.append(.ended(Self.built(work)))
    }

    private static func built(_ work: Work) -> Exchange {
        var exchange = work.exchange
        var members = work.members
        if work.missing > 0 { exchange.responseEnd = nil }
        if let value = work.value, exchange.responseEnd != nil {
            var room = 64 << 10
            members["reply"] = Printable.json(value, room: &room)
            if work.isTruncated || room <= 0 { members["truncated"] = true }
            exchange.outcome = Printable.outcome(value)
            exchange.result = Printable.result(value)
            if work.name == "EXEC", case .array(let elements) = value {
                exchange.outcome = .ok
                for case .error(let bytes) in elements {
                    exchange.outcome = Printable.outcome(.error(bytes))
                    exchange.result = Printable.result(.error(bytes))
                }
            }
            if RedisCommand.subscribing.contains(work.name) {
                exchange.outcome = .ok
                exchange.result = work.pushCount == 0 ? "subscribed" : "subscribed, \(work.pushCount) messages"
            }
        }
        if work.pushCount > 0 {
            members["pushes"] = .array(work.pushes)
            members["pushCount"] = .integer(Int64(work.pushCount))
        }
        exchange.detail = .object(members)
        return exchange
    }
}
