import ReenactTimeline

/// From a failure to what was necessary for it, to who produced that, and so on: the origin is the last one, whose own
/// inputs were normal.
struct OriginWalk {
    struct Result {
        var steps: [CaseIncident.Step] = []
        var isProven = false
        var confidence = 0.5
    }

    let graph: CaseGraph
    let names: CaseNames
    let causes: [String: CaseCause]

    /// Deeper chains are circles, or nobody's.
    private static let depthMax = 20

    func from(_ failure: Case) -> Result {
        var result = Result()
        result.confidence = 1
        var seen: Set<String> = []
        walk(failure, &result, &seen)
        return result
    }

    private func walk(_ failure: Case, _ result: inout Result, _ seen: inout Set<String>) {
        guard seen.insert(failure.id).inserted, seen.count <= Self.depthMax else { return }
        let cause = causes[failure.id] ?? CaseCause.captured(failure)
        let name = names[failure]
        result.isProven = cause?.isProven ?? false
        let event = cause?.event.flatMap(failure.event)
        // A call that failed in a service which has a case of its own says more than what can be read off here.
        let failed = failedCall(failure)
        guard let cause, let event, event.id != failure.trigger.event || event.kind != .request else {
            if let cause, cause.event != nil, cause.event == failure.trigger.event {
                input(failure, cause, &result)
            } else if let failed, let (callee, link) = graph.callee(of: failure, failed.id) {
                down(failure, failed, callee, link, "its call \(failed.summary) failed", &result, &seen)
            } else {
                result.confidence *= cause?.confidence ?? 0.6
                result.steps.append(
                    .init(component: name, caseID: failure.id, event: nil, sentence: own(failure, cause)))
            }
            return
        }
        if let (callee, link) = graph.callee(of: failure, event.id) {
            return down(failure, event, callee, link, cause.sentence, &result, &seen)
        }
        result.confidence *= cause.confidence
        guard event.kind == .call || event.kind == .transport, isService(event) else {
            result.steps.append(.init(component: name, caseID: failure.id, event: event.id, sentence: cause.sentence))
            return
        }
        result.steps.append(
            .init(component: name, caseID: failure.id, event: event.id, sentence: "\(name) could not go on from that."))
        result.steps.append(
            .init(component: names.peer(event), caseID: nil, event: event.id, sentence: cause.sentence))
    }

    /// The trouble came from a service that failed itself.
    private func down(
        _ failure: Case, _ event: Event, _ callee: Case, _ link: CaseGraph.Link, _ sentence: String,
        _ result: inout Result, _ seen: inout Set<String>
    ) {
        result.steps.append(
            .init(component: names[failure], caseID: failure.id, event: event.id, sentence: sentence))
        result.confidence *= link.confidence
        walk(callee, &result, &seen)
    }

    /// What came in was wrong: whoever sent it, if it was not handed on from elsewhere.
    private func input(_ failure: Case, _ cause: CaseCause, _ result: inout Result) {
        result.steps.append(
            .init(
                component: names[failure], caseID: failure.id, event: failure.trigger.event, sentence: cause.sentence))
        result.confidence *= cause.confidence
        var here = failure
        var seen: Set<String> = [failure.id]
        while let (caller, link) = graph.caller(of: here), seen.insert(caller.id).inserted {
            let name = names[caller]
            if let value = cause.value, let source = source(of: value, in: caller, before: link.call) {
                if source.id != caller.trigger.event {
                    result.steps.append(
                        .init(
                            component: names.peer(source), caseID: nil, event: source.id,
                            sentence: "\(names.peer(source)) gave \(name) the value \(value), which it handed on."))
                    return
                }
                here = caller
                continue
            }
            result.steps.append(
                .init(
                    component: name, caseID: caller.id, event: link.call,
                    sentence: "\(name) sent it: \(cause.sentence)"))
            return
        }
        // Nobody inside made it: a service must be able to deal with what people send.
        guard here.id != failure.id else { return }
        result.steps.append(
            .init(
                component: names[failure], caseID: failure.id, event: failure.trigger.event,
                sentence: "\(names[failure]) could not deal with it, and it came from outside: \(cause.sentence)"))
    }

    /// The event that brought a value into a case before it made a call.
    private func source(of value: String, in failure: Case, before call: Int) -> Event? {
        guard value.count >= 3 else { return nil }
        func holds(_ event: Event, _ side: Side) -> Bool {
            guard let range = side == .client ? event.request : event.response,
                let connection = event.connection.flatMap(failure.connection)
            else { return false }
            return String(decoding: connection.bytes(range, from: side), as: UTF8.self).contains(value)
        }
        let start = failure.event(call)?.start ?? .max
        for event in failure.events
        where event.kind == .call && event.id != call && event.start < start && holds(event, .server) {
            return event
        }
        if let trigger = failure.trigger.event.flatMap(failure.event), holds(trigger, .client) { return trigger }
        return nil
    }

    /// The latest call of the failing work that did not go well.
    private func failedCall(_ failure: Case) -> Event? {
        failure.events.last { event in
            guard event.kind == .call, event.phase == .failing || event.phase == .ambiguous else { return false }
            let outcome = event.outcome.rawValue
            return outcome.hasPrefix("http:5") || ["timeout", "reset", "closed", "refused"].contains(outcome)
        }
    }

    /// Databases belong to the service that asks them.
    private func isService(_ event: Event) -> Bool {
        event.protocolName == "http" || event.protocolName == "raw" || event.protocolName.isEmpty
            || event.kind == .transport
    }

    private func own(_ failure: Case, _ cause: CaseCause?) -> String {
        if let cause { return cause.sentence }
        if failure.signature.isNeighbours {
            let outcome = failure.signature.outcome.rawValue
            let answer = outcome.hasPrefix("http:") ? String(outcome.dropFirst(5)) : outcome
            return "it answered \(answer) without failing itself, and nothing that it was told explains the answer."
        }
        let what =
            failure.exceptions.last.map { "\($0.type): \(Phrase.clean($0.message))" }
            ?? failure.signature.outcome.rawValue
        return "\(what), and nothing that it was told explains that."
    }
}
