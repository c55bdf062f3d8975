import ReenactTimeline

/// Which of several services misbehaved first, from their cases: the chain from the failure that a user saw down to
/// what was necessary and whose own inputs were normal.
public struct CaseIncident: Sendable, Encodable, Equatable {
    /// One step of the chain, the user's end first.
    public struct Step: Sendable, Encodable, Equatable {
        public var component: String
        /// The case of the component, where it failed itself.
        public var caseID: String?
        /// The event that hands the trouble on.
        public var event: Int?
        public var sentence: String
    }

    public struct Suspect: Sendable, Encodable, Equatable {
        public var rank: Int
        public var component: String
        /// `experiment` where re-enacting proved it, else `captured`, `passed-on` for those that only handed it on.
        public var signal: String
        /// From 0 to 1.
        public var score: Double
        public var evidence: [String]
    }

    /// One moment of the common timeline.
    public struct Moment: Sendable, Encodable, Equatable {
        /// Nanoseconds since the first one, clocks corrected.
        public var time: Int64
        /// How far off that may be.
        public var uncertainty: Int64
        public var component: String
        public var caseID: String
        public var event: Int?
        public var summary: String
    }

    public var traces: [String]
    public var cases: [String]
    public var ranking: [Suspect]
    public var chain: [Step]
    public var timeline: [Moment]
    public var links: [CaseGraph.Link]
    /// Cases whose clocks the messages contradict.
    public var contradictoryClocks: [String]
    public var sentence: String
}

/// What is necessary for one case's failure.
public struct CaseCause: Sendable, Equatable {
    /// The recorded condition in words.
    public var sentence: String
    /// The event that brought it; the trigger for an input; nil for what is no event.
    public var event: Int?
    /// By experiment, or read off the case.
    public var isProven: Bool
    public var confidence: Double
    /// The value that was wrong, where one can be named.
    public var value: String?

    public init(sentence: String, event: Int?, isProven: Bool, confidence: Double, value: String? = nil) {
        self.sentence = sentence
        self.event = event
        self.isProven = isProven
        self.confidence = confidence
        self.value = value
    }

    /// What triage reads off the case; nil where nothing is sure enough.
    public static func captured(_ failure: Case) -> CaseCause? {
        let verdict = Triage.verdict(for: failure)
        guard verdict.causeClass != "unclear", verdict.confidence >= Triage.confidenceMin else { return nil }
        return CaseCause(
            sentence: verdict.sentence, event: verdict.evidence.first, isProven: false, confidence: verdict.confidence)
    }
}

extension CaseIncident {
    /// - Parameters:
    ///   - group: cases that belong together.
    ///   - causes: what is necessary for each case's failure, by the case's id; experiments know better than triage.
    ///   - services: names of services by address, for those without a case.
    public init(_ group: [Case], _ graph: CaseGraph, causes: [String: CaseCause], services: [String: String] = [:]) {
        let names = CaseNames(graph.cases, given: services)
        let clocks = CausalClocks(graph)
        let walk = OriginWalk(graph: graph, names: names, causes: causes)
        let ids = Set(group.map(\.id))
        // The user's end: the case that nobody else called; of several the one with the longest chain.
        let ends = group.filter { graph.caller(of: $0) == nil }
        let walks = (ends.isEmpty ? group : ends).map { walk.from($0) }
        let longest = walks.max { $0.steps.count < $1.steps.count } ?? OriginWalk.Result()
        chain = longest.steps
        cases = group.map(\.id)
        traces = Set(group.flatMap(CaseGraph.traces)).sorted()
        links = graph.links.filter { ids.contains($0.caller) }
        contradictoryClocks = group.filter { clocks[$0].isContradictory }.map(\.id)
        timeline = Self.moments(group, names, clocks)
        ranking = Self.suspects(longest, group, names)
        let last = chain.last
        if let first = ranking.first, let last {
            let way =
                chain.count > 1
                ? " It reached the user by way of \(Self.list(Self.once(chain.dropLast().reversed().map(\.component))))."
                : ""
            sentence = "\(first.component) misbehaved first: \(last.sentence)\(way)"
        } else {
            sentence = "Not determined: no case was given."
        }
    }

    private static func once(_ names: [String]) -> [String] {
        var seen: Set<String> = []
        return names.filter { seen.insert($0).inserted }
    }

    private static func list(_ names: [String]) -> String {
        names.count < 2 ? names.joined() : names.dropLast().joined(separator: ", ") + " and " + (names.last ?? "")
    }

    /// The origin first, then those nearer to the user, then those that failed beside the chain.
    private static func suspects(_ walk: OriginWalk.Result, _ group: [Case], _ names: CaseNames) -> [Suspect] {
        var list: [Suspect] = []
        for (distance, step) in walk.steps.reversed().enumerated()
        where !list.contains(where: { $0.component == step.component }) {
            let isOrigin = distance == 0
            list.append(
                Suspect(
                    rank: list.count + 1, component: step.component,
                    signal: isOrigin ? (walk.isProven ? "experiment" : "captured") : "passed-on",
                    score: isOrigin ? walk.confidence : walk.confidence / Double(2 * (distance + 1)),
                    evidence: [step.sentence]))
        }
        for failure in group where !list.contains(where: { $0.component == names[failure] }) {
            list.append(
                Suspect(
                    rank: list.count + 1, component: names[failure], signal: "beside", score: 0.05,
                    evidence: ["It failed in the same trace, and nothing leads from it to the failure that was seen."]))
        }
        return list.map { suspect in
            var suspect = suspect
            suspect.score = (suspect.score * 100).rounded() / 100
            return suspect
        }
    }

    private static func moments(_ group: [Case], _ names: CaseNames, _ clocks: CausalClocks) -> [Moment] {
        var moments: [Moment] = []
        for failure in group {
            func add(_ time: Instant, _ event: Int?, _ summary: String) {
                moments.append(
                    Moment(
                        time: clocks.time(time, in: failure), uncertainty: clocks[failure].uncertainty,
                        component: names[failure], caseID: failure.id, event: event, summary: summary))
            }
            add(failure.trigger.time, failure.trigger.event, "took \(failure.trigger.summary)")
            for event in failure.events.filter({
                ($0.kind == .call || $0.kind == .transport || $0.kind == .statement) && $0.phase == .failing
                    && $0.detail["preamble"]?.bool != true
            }).suffix(200) {
                add(event.start, event.id, "asked \(names.peer(event)): \(event.summary)")
                if let end = event.end {
                    add(end, event.id, "got \(event.result.isEmpty ? event.outcome.rawValue : event.result)")
                }
            }
            if let exception = failure.exceptions.last {
                add(exception.time, nil, "raised \(exception.type): \(Phrase.clean(exception.message))")
            }
            add(
                failure.failureTime, nil,
                "\(failure.signature.isNeighbours ? "answered" : "failed"): \(failure.signature.outcome.rawValue)")
        }
        let ordered = moments.enumerated().sorted { ($0.element.time, $0.offset) < ($1.element.time, $1.offset) }.map(
            \.element)
        let first = ordered.first?.time ?? 0
        return ordered.map { moment in
            var moment = moment
            moment.time -= first
            return moment
        }
    }
}
