import ReenactTimeline
import ReenactTriage
import ReenactWire

/// What could have been otherwise in Redis' replies: there or not, elements of lists, members of JSON texts, errors.
enum RedisConditions {
    static func find(_ subject: Subject) -> [Condition] {
        subject.calls.filter {
            $0.protocolName == "redis" && $0.kind == .call && $0.response != nil && $0.detail["queued"]?.bool != true
        }
        .flatMap { of($0, subject) }
    }

    private static func of(_ event: Event, _ subject: Subject) -> [Condition] {
        let target = "event \(event.id)"
        func whole(_ recorded: String, _ changed: String, _ bytes: [UInt8], _ stage: Condition.Stage) -> Condition {
            Condition(
                .answer, recorded: "\(event.summary) answered \(recorded)", changed: changed, event: event.id,
                target: target, stage: stage, change: .edit(event: event.id, .whole(bytes)))
        }
        if event.outcome.rawValue.hasPrefix("redis:error") {
            return [
                Condition(
                    .answer, recorded: "\(event.summary) answered \(event.outcome.rawValue)\(reason(event, subject))",
                    changed: "OK", event: event.id, target: target,
                    change: .edit(event: event.id, .success(affected: 0)))
            ]
        }
        guard let reply = event.detail["reply"] else { return [] }
        switch reply {
        case .null:
            let learned = HealthyAnswer.redis(event, subject).first.map {
                whole("nil", "as in \($0.place)", $0.bytes, .suspect)
            }
            let texts = ["1", "{}", "text"].enumerated().map { index, text in
                whole(
                    "nil", StandIn.told(.string(text)), Array("$\(text.utf8.count)\r\n\(text)\r\n".utf8),
                    index == 0 && learned == nil ? .suspect : .remote)
            }
            return (learned.map { [$0] } ?? []) + texts
        case .integer(0):
            // Most commands count what they changed, and that is often nothing.
            let isAbout = ["EXISTS", "HEXISTS", "SISMEMBER", "GETBIT", "SCARD", "LLEN", "HLEN", "ZCARD", "SETNX"]
                .contains(
                    Answer(event).redis?.command ?? "")
            return [
                whole("0", "1", Array(":1\r\n".utf8), isAbout || subject.isEvidence(event) ? .suspect : .possible)
            ]
        case .integer(1):
            return [whole("1", "0", Array(":0\r\n".utf8), subject.isEvidence(event) ? .suspect : .possible)]
        case .integer(let number) where number < 0: return [whole("\(number)", "1", Array(":1\r\n".utf8), .suspect)]
        case .string(let text): return string(text, event, subject)
        case .array, .object: return RedisParts(event: event, subject: subject).conditions(reply)
        default: return []
        }
    }

    private static func string(_ text: String, _ event: Event, _ subject: Subject) -> [Condition] {
        if let first = text.first, first == "{" || first == "[", let document = JSONParser.parse(text) {
            return DocumentConditions.find(
                in: document, healthy: HealthyAnswer.redisDocument(event, like: document, subject),
                told: event.summary, event: event.id, target: "event \(event.id)",
                isSuspect: subject.isEvidence(event), subject
            ) { path, value in .edit(event: event.id, .member(path, value)) }
        }
        let isSuspect = subject.reaches(text) || text.isEmpty
        guard
            let other = HealthyAnswer.redis(event, subject).first.map({ ($0.bytes, "as in \($0.place)") })
                ?? StandIn.plain(for: .string(text)).flatMap({ value in
                    value.string.map { (Array("$\($0.utf8.count)\r\n\($0)\r\n".utf8), StandIn.told(value)) }
                }) ?? (isSuspect ? (Array("$1\r\n1\r\n".utf8), "\"1\"") : nil)
        else { return [] }
        return [
            Condition(
                .answer, recorded: "\(event.summary) answered \(StandIn.told(.string(text)))", changed: other.1,
                event: event.id, target: "event \(event.id)", stage: isSuspect ? .suspect : .possible,
                change: .edit(event: event.id, .whole(other.0))),
            Condition(
                .answer, recorded: "\(event.summary) answered \(StandIn.told(.string(text)))", changed: "nil",
                event: event.id, target: "event \(event.id)", stage: .remote,
                change: .edit(event: event.id, .whole(Array(isThird(event, subject) ? "_\r\n".utf8 : "$-1\r\n".utf8)))),
        ]
    }

    /// `EXECABORT` says only that a command before it was refused: which one, and why, is the rest of it.
    private static func reason(_ event: Event, _ subject: Subject) -> String {
        guard event.outcome == "redis:error:EXECABORT" else { return "" }
        let first = subject.failure.events.last {
            $0.connection == event.connection && $0.id < event.id && $0.detail["queued"]?.bool == true
                && $0.outcome.rawValue.hasPrefix("redis:error")
        }
        return first.map { ", since \($0.summary) answered \($0.outcome.rawValue)" } ?? ""
    }

    /// The connection speaks version 3 of the protocol, which writes nothing in another way.
    /// Source: https://redis.io/docs/latest/develop/reference/protocol-spec/
    private static func isThird(_ event: Event, _ subject: Subject) -> Bool {
        let greeting = subject.failure.events.last {
            $0.connection == event.connection && $0.protocolName == "redis" && $0.start <= event.start
                && $0.detail["command"]?.string == "HELLO" && !$0.outcome.rawValue.hasPrefix("redis:error")
        }
        return greeting?.detail["args"]?[0]?.string == "3"
    }
}
