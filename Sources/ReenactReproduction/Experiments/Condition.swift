import ReenactTimeline
import ReenactTriage

/// Something that was recorded and could have been otherwise, with the form in which it might have been well.
public struct Condition: Sendable, Equatable {
    enum Change: Sendable, Equatable {
        /// Other bytes in place of an event's answer.
        case answer(event: Int, bytes: [UInt8])
        case variable(name: String, value: String)
    }

    /// `GET api.example/latest answered http:521`.
    public var recorded: String
    /// `200 with {}`.
    public var changed: String
    /// The event; nil for what is no event.
    public var event: Int?
    let change: Change

    /// More are not looked at; the latest count.
    static let countMax = 40

    /// What can be changed in a case, the latest first.
    public static func all(in failure: Case, healthy others: [Case] = []) -> [Condition] {
        var list: [Condition] = []
        let phases: Set<Event.Phase> =
            failure.trigger.event == nil ? [.startup, .history, .failing, .ambiguous] : [.failing, .ambiguous]
        for event in failure.events.reversed()
        where event.kind == .call && phases.contains(event.phase) && event.start <= failure.failureTime {
            guard list.count < countMax else { break }
            guard event.connection != nil, event.response != nil else { continue }
            if let change = HealthyAnswer.http(event, failure, others) ?? HealthyAnswer.redis(event) {
                list.append(
                    Condition(
                        recorded: "\(event.summary) answered \(event.outcome)", changed: change.text, event: event.id,
                        change: .answer(event: event.id, bytes: change.bytes)))
            }
        }
        let verdict = Triage.verdict(for: failure)
        if verdict.causeClass == "missing-configuration" {
            let words = failure.signature.message.split { !($0.isLetter || $0.isNumber || $0 == "_") }.map(String.init)
            for name in words where name.count > 2 && name.allSatisfy({ $0.isUppercase || $0.isNumber || $0 == "_" }) {
                guard failure.environment.variables[name, default: ""].isEmpty else { continue }
                list.append(
                    Condition(
                        recorded: "the variable \(name) was not set", changed: "set to 1", event: nil,
                        change: .variable(name: name, value: "1")))
            }
        }
        return list
    }
}
