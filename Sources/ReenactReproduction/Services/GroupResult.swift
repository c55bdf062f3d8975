import ReenactTimeline

/// The result of `reenact run --together`, and what `--json` prints; its fields stand in `docs/run-json.md`.
public struct GroupResult: Codable, Sendable {
    /// One service.
    public struct Service: Codable, Sendable {
        public var name: String
        public var caseID: String
        /// It got the trigger; the others were called.
        public var isFront: Bool
        /// Whether its own recorded failure came again; for one that did not fail itself, whether it answered alike.
        public var outcome: Outcome
        /// One sentence.
        public var reason: String
        /// Who answered it.
        public var peers: [Peer]
        /// All that `reenact run` tells of one case.
        public var result: RunResult
    }

    /// A peer of a service.
    public struct Peer: Codable, Sendable, Equatable {
        public var server: String
        /// The live service's name; nil for a stub.
        public var service: String?
        /// Questions that it answered.
        public var answers: Int
    }

    /// A call between two live services.
    public struct Call: Codable, Sendable, Equatable {
        public var from: String
        public var to: String
        /// The caller's recorded event; nil for a call that was not recorded.
        public var event: Int?
        public var question: String
        /// How it was answered then, and now; nil where it was not made.
        public var recorded: String?
        public var seen: String?
        /// The body was the recorded one, byte by byte; nil where there are not two.
        public var isSameBody: Bool?
    }

    /// That of the front.
    public var outcome: Outcome
    public var reason: String
    public var front: String
    /// In the order of their calls, the front first.
    public var services: [Service]
    public var calls: [Call]
    public var notes: [String]

    /// As for `run`: the front decides.
    public var exitCode: Int32 { outcome.exitCode }
}

extension GroupResult {
    /// Peers of one service, live ones and stubs.
    static func peers(_ record: AttemptRecord, _ number: Int, _ group: ServiceGroup, _ calls: LinkedCalls) -> [Peer] {
        var peers: [Peer] = []
        for (server, callee) in group.members[number].links.sorted(by: { $0.key < $1.key }) {
            let count = calls.calls.count { $0.caller == number && $0.server == server && $0.exchange != nil }
            peers.append(.init(server: server, service: group.members[callee].name, answers: count))
        }
        var counts: [String: Int] = [:]
        for meeting in record.meetings where group.members[number].links[meeting.encounter.server] == nil {
            counts[meeting.encounter.server, default: 0] += 1
        }
        peers += counts.sorted { $0.key < $1.key }.map { .init(server: $0.key, service: nil, answers: $0.value) }
        return peers
    }

    static func told(_ calls: LinkedCalls, _ group: ServiceGroup) -> [Call] {
        calls.calls.map { call in
            let recorded = call.event.map { $0.result.isEmpty ? $0.outcome.rawValue : $0.result }
            let failure = group.members[call.caller].failure
            let bytes = call.event.flatMap { event -> [UInt8]? in
                guard let range = event.response, let id = event.connection else { return nil }
                return failure.connection(id)?.bytes(range, from: .server)
            }
            var isSame: Bool?
            if let bytes, call.exchange != nil {
                isSame =
                    AnswerPreview.body(of: bytes, bytesMax: .max) == AnswerPreview.body(of: call.answer, bytesMax: .max)
            }
            return Call(
                from: group.members[call.caller].name, to: group.members[call.callee].name, event: call.event?.id,
                question: call.exchange?.summary ?? call.event?.summary ?? "", recorded: recorded,
                seen: call.exchange.map { $0.result.isEmpty ? $0.outcome.rawValue : $0.result }, isSameBody: isSame)
        }
    }
}
