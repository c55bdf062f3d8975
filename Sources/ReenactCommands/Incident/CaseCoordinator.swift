import FoundationEssentials
import ReenactReproduction
import ReenactTimeline
import ReenactTriage

/// Ties cases of several services together: reads, decides what is sure, re-enacts what is not, and ranks.
///
/// Bounded: in each incident at most three cases are experimented on, each within its own budget.
struct CaseCoordinator: Sendable {
    let options: ReproductionOptions
    /// No case is re-enacted.
    let isOffline: Bool
    let budget: Int?
    /// Names of services by address.
    let services: [String: String]

    /// What is surer than that by what was captured needs no experiment.
    private static let sure = 0.85
    private static let experimentsMax = 3

    /// The incidents that the cases make up: those of several cases first, and of these the larger ones.
    ///
    /// - Parameter trace: only the incident with that trace identifier.
    func incidents(
        _ cases: [Case], trace: String?, progress: @escaping @Sendable (String) -> Void
    ) async throws -> [CaseIncident] {
        let graph = CaseGraph(cases)
        var found: [CaseIncident] = []
        let groups = graph.groups.filter { group in
            trace.map { trace in group.contains { CaseGraph.traces(of: $0).contains(trace) } } ?? true
        }
        for (number, group) in groups.enumerated() {
            let place = groups.count > 1 ? "incident \(number + 1) of \(groups.count): " : ""
            found.append(try await incident(group, graph) { progress(place + $0) })
        }
        return found.enumerated().sorted {
            (-$0.element.cases.count, $0.offset) < (-$1.element.cases.count, $1.offset)
        }.map(\.element)
    }

    private func incident(
        _ group: [Case], _ graph: CaseGraph, _ progress: @escaping @Sendable (String) -> Void
    ) async throws -> CaseIncident {
        var causes: [String: CaseCause] = [:]
        for failure in group { causes[failure.id] = CaseCause.captured(failure) }
        var incident = CaseIncident(group, graph, causes: causes, services: services)
        guard !isOffline else { return incident }
        var tried: Set<String> = []
        // The chain may go further down with what an experiment shows: then its new end is looked at.
        for _ in 0..<Self.experimentsMax {
            let open = incident.chain.reversed().compactMap(\.caseID).first { id in
                guard let failure = graph[id], !tried.contains(id) else { return false }
                return !isSure(causes[id], failure)
            }
            guard let id = open, let failure = graph[id] else { break }
            tried.insert(id)
            progress("experiments on \(id)")
            let others = graph.cases.filter { $0.id != id && $0.environment.command == failure.environment.command }
            guard
                let answer = try? await Inquiry.ask(
                    failure, options: options, healthy: others, budget: budget,
                    progress: { progress("experiments on \(id), attempt \($0) of at most \($1)") })
            else { break }
            causes[id] = cause(answer, failure) ?? causes[id]
            incident = CaseIncident(group, graph, causes: causes, services: services)
        }
        return incident
    }

    /// Nothing was told wrongly from outside as often as a service says so.
    private func isSure(_ cause: CaseCause?, _ failure: Case) -> Bool {
        guard let cause, cause.event != nil, cause.event != failure.trigger.event else { return false }
        return cause.confidence >= Self.sure
    }

    private func cause(_ answer: Inquiry.Answer, _ failure: Case) -> CaseCause? {
        if let first = answer.causes.first {
            // What was wrong in the input came from whoever sent it.
            let isInput = answer.causes.allSatisfy { $0.kind == .input }
            let known = answer.causes.first { $0.kind != .input } ?? first
            let value = known.recorded.components(after: " was ").map { text in
                text.hasPrefix("\"") ? String(text.dropFirst().prefix { $0 != "\"" }) : text
            }
            return CaseCause(
                sentence: known.recorded + ": with \(known.changed) instead, the failure is gone.",
                event: isInput ? failure.trigger.event : known.event, isProven: true, confidence: 0.97,
                value: value == "null" || value == "missing" ? nil : value)
        }
        guard answer.obstacle == "no-effect" else { return nil }
        let what = failure.exceptions.last.map { "\($0.type): \($0.message)" } ?? failure.signature.outcome.rawValue
        return CaseCause(
            sentence: "\(what), whatever it was told: of \(answer.conditions) conditions none changes that.",
            event: nil,
            isProven: true, confidence: 0.8)
    }
}

extension String {
    /// What follows the last occurrence of a text.
    fileprivate func components(after text: String) -> String? {
        var rest = self[...]
        var found: String?
        while let range = rest.firstRange(of: text) {
            rest = rest[range.upperBound...]
            found = String(rest)
        }
        return found
    }
}
