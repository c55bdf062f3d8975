import ReenactTimeline
import ReenactWire

/// Both sides of one connection in, exchanges out: one for each command.
struct MemcachedRecorder: ExchangeRecorder {
    private struct Work: Sendable {
        var exchange: Exchange
        var members: [String: JSONValue]
        var reply: MemcachedReply
    }

    private static let worksMax = 200_000
    private static let shownMax = 4096

    private(set) var failure: String?
    private var client = MemcachedCutter()
    private var began: Instant?
    /// What the server said and nobody took yet.
    private var answer: [UInt8] = []
    private var answerOffset = 0
    private var answerBegan: Instant = 0
    private var works: [Work] = []
    private var nextOrdinal = 0

    var unended: [Exchange] { works.map { Self.built($0) } }

    mutating func received(
        _ bytes: ArraySlice<UInt8>, from side: Side, offset: Int, at time: Instant
    ) -> [ExchangeChange] {
        guard failure == nil else { return [] }
        var changes: [ExchangeChange] = []
        switch side {
        case .client:
            client.append(bytes)
            if began == nil { began = time }
            while let unit = client.next() {
                take(unit, at: time, &changes)
                began = time
            }
            if client.offset == offset + bytes.count { began = nil }
            if let reason = client.failure { fail(reason, &changes) }
        case .server:
            if answer.isEmpty { answerBegan = time }
            answer.append(contentsOf: bytes)
            readAnswers(at: time, &changes)
        }
        if works.count > Self.worksMax { fail("too many commands without an answer", &changes) }
        return changes
    }

    mutating func closed(_ side: Side, manner: Connection.Close.Manner, at time: Instant) -> [ExchangeChange] {
        guard side == .server || manner == .reset else { return [] }
        let outcome: OutcomeClass = side == .client ? .none : manner == .reset ? "reset" : "closed"
        let result = side == .client ? "given up" : manner == .reset ? "connection reset" : "connection closed"
        return end(outcome, result)
    }

    private mutating func fail(_ reason: String, _ changes: inout [ExchangeChange]) {
        failure = reason
        changes += end(.none, "not decoded: \(reason)")
    }

    private mutating func end(_ outcome: OutcomeClass, _ result: String) -> [ExchangeChange] {
        defer { works = [] }
        return works.map { work in
            var exchange = Self.built(work)
            (exchange.outcome, exchange.result) = (outcome, result)
            return .ended(exchange)
        }
    }

    private mutating func take(_ unit: MemcachedCutter.Unit, at time: Instant, _ changes: inout [ExchangeChange]) {
        let key = MemcachedKey(unit.command, block: unit.block)
        let exchange = Exchange(
            ordinal: nextOrdinal, request: unit.range, requestStart: began ?? time, requestEnd: time, key: key.key,
            relaxedKeys: key.relaxed, summary: MemcachedKey.summary(unit.command, block: unit.block),
            isPreamble: unit.command.isPreamble)
        nextOrdinal += 1
        var members: [String: JSONValue] = ["command": .string(unit.command.name)]
        members["args"] = .array(unit.command.arguments.prefix(100).map { .string(String($0.text.prefix(512))) })
        if let block = unit.block { members["value"] = Self.text(block) }
        changes.append(.began(exchange))
        var work = Work(exchange: exchange, members: members, reply: MemcachedReply(unit.command.answer))
        guard unit.command.answer != .none else {
            // That there is no answer is the answer.
            work.exchange.responseEnd = time
            work.exchange.outcome = .ok
            work.exchange.result = "no answer asked for"
            work.exchange.detail = .object(members)
            changes.append(.ended(work.exchange))
            return
        }
        works.append(work)
    }

    private mutating func readAnswers(at time: Instant, _ changes: inout [ExchangeChange]) {
        var start = 0
        var done = 0
        while start < answer.count, done < works.count {
            let used = works[done].reply.take(answer[start...])
            guard used > 0 else { break }
            let offset = answerOffset + start
            if works[done].exchange.response == nil {
                works[done].exchange.response = StreamRange(offset: offset, length: 0)
                works[done].exchange.responseStart = answerBegan
            }
            works[done].exchange.response?.length += used
            start += used
            if works[done].reply.isDone {
                works[done].exchange.responseEnd = time
                changes.append(.ended(Self.built(works[done])))
                done += 1
            }
            answerBegan = time
        }
        works.removeFirst(done)
        // What a server says unasked (of a quiet command that failed) is nobody's answer.
        if works.isEmpty { start = answer.count }
        answer.removeFirst(start)
        answerOffset += start
    }

    private static func built(_ work: Work) -> Exchange {
        var exchange = work.exchange
        var members = work.members
        if exchange.responseEnd != nil {
            exchange.outcome = work.reply.outcome
            exchange.result = work.reply.result
            members["reply"] = .string(String(work.reply.last.prefix(512)))
            if !work.reply.values.isEmpty {
                members["items"] = .array(
                    work.reply.values.map {
                        .object(["key": .string($0.key), "flags": .string($0.flags), "value": text($0.value[...])])
                    })
            }
        }
        exchange.detail = .object(members)
        return exchange
    }

    private static func text(_ bytes: ArraySlice<UInt8>) -> JSONValue {
        let part = bytes.prefix(shownMax)
        if let text = String(validating: part, as: UTF8.self) { return .string(text) }
        return .string("\(bytes.count) bytes: " + part.prefix(64).map { Self.hex($0) }.joined())
    }

    private static func hex(_ byte: UInt8) -> String {
        let digits = Array("0123456789abcdef")
        return String([digits[Int(byte >> 4)], digits[Int(byte & 15)]])
    }
}
