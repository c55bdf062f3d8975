import ReenactTimeline

/// Cases of several services, joined where one's call is another's trigger.
public struct CaseGraph: Sendable {
    /// One call that is another case's trigger.
    public struct Link: Sendable, Equatable, Codable {
        /// Ids of the cases.
        public var caller: String
        public var callee: String
        /// The caller's event of the call.
        public var call: Int
        /// `trace and bytes`, `bytes`, `trace`: how it is known, the surest first.
        public var evidence: String
        /// From 0 to 1.
        public var confidence: Double
    }

    public let cases: [Case]
    public let links: [Link]

    /// Calls of one case beyond these are not joined.
    private static let callsMax = 2000

    public init(_ cases: [Case]) {
        self.cases = cases
        var byTrigger: [(failure: Case, event: Event, bytes: [UInt8], traces: Set<String>)] = []
        for failure in cases where failure.trigger.kind == .request {
            guard let event = failure.trigger.event.flatMap(failure.event) else { continue }
            byTrigger.append((failure, event, Self.bytes(event, failure), Self.traces(event)))
        }
        var links: [Link] = []
        for caller in cases {
            for call in caller.events.filter({ $0.kind == .call && $0.request != nil }).suffix(Self.callsMax) {
                let bytes = Self.bytes(call, caller)
                let traces = Self.traces(call)
                var best: Link?
                for trigger in byTrigger where trigger.failure.id != caller.id {
                    let isPlace = Self.isSamePlace(call.peer, trigger.failure.trigger.server)
                    let isBytes = !bytes.isEmpty && bytes == trigger.bytes
                    let isTrace =
                        !traces.isDisjoint(with: trigger.traces) && Self.question(call) == Self.question(trigger.event)
                    let found: (String, Double)
                    switch (isBytes, isTrace, isPlace) {
                    case (true, true, _): found = ("trace and bytes", 1)
                    case (true, false, true): found = ("bytes", 0.9)
                    case (false, true, _): found = ("trace", 0.8)
                    default: continue
                    }
                    if found.1 > best?.confidence ?? 0 {
                        best = Link(
                            caller: caller.id, callee: trigger.failure.id, call: call.id, evidence: found.0,
                            confidence: found.1)
                    }
                }
                if let best { links.append(best) }
            }
        }
        // Bytes without a trace may be those of another time: of several callers the one nearest in time made the call.
        self.links = Self.unique(links, cases)
    }

    public subscript(id: String) -> Case? { cases.first { $0.id == id } }

    /// The case that a call led to.
    public func callee(of failure: Case, _ call: Int) -> (failure: Case, link: Link)? {
        links.first { $0.caller == failure.id && $0.call == call }.flatMap { link in
            self[link.callee].map { ($0, link) }
        }
    }

    /// The case whose call was this one's trigger.
    public func caller(of failure: Case) -> (failure: Case, link: Link)? {
        links.first { $0.callee == failure.id }.flatMap { link in self[link.caller].map { ($0, link) } }
    }

    /// Cases that belong together, in the order of their ids: joined by links, or by a trace identifier.
    public var groups: [[Case]] {
        var group: [String: Int] = [:]
        for (number, failure) in cases.enumerated() { group[failure.id] = number }
        func join(_ a: String, _ b: String) {
            guard let first = group[a], let second = group[b], first != second else { return }
            for (id, number) in group where number == second { group[id] = first }
        }
        for link in links { join(link.caller, link.callee) }
        var owners: [String: String] = [:]
        for failure in cases {
            for trace in Self.traces(of: failure) {
                if let owner = owners[trace] { join(owner, failure.id) } else { owners[trace] = failure.id }
            }
        }
        return Dictionary(grouping: cases) { group[$0.id] ?? 0 }.values
            .map { $0.sorted { $0.id < $1.id } }.sorted { $0[0].id < $1[0].id }
    }

    // MARK: - What is compared

    private static func bytes(_ event: Event, _ failure: Case) -> [UInt8] {
        guard let range = event.request, let connection = event.connection.flatMap(failure.connection) else {
            return []
        }
        return connection.bytes(range, from: .client)
    }

    /// Method and path: a service may be asked several things under one trace.
    private static func question(_ event: Event) -> String {
        "\(event.detail["method"]?.string ?? "") \(event.detail["target"]?.string ?? event.summary)"
    }

    /// Identifiers of the trace in a request's header fields.
    ///
    /// Sources: https://www.w3.org/TR/trace-context/#traceparent-header, https://github.com/openzipkin/b3-propagation
    static func traces(_ event: Event) -> Set<String> {
        var found: Set<String> = []
        for pair in event.detail["requestHeaders"]?.array ?? [] {
            guard let name = pair[0]?.string?.lowercased(), let value = pair[1]?.string else { continue }
            switch name {
            case "traceparent":
                let parts = value.split(separator: "-")
                if parts.count >= 3, parts[1].count == 32 { found.insert(String(parts[1])) }
            case "x-b3-traceid", "x-request-id", "x-correlation-id", "x-amzn-trace-id": found.insert(value)
            case "b3": if let id = value.split(separator: "-").first { found.insert(String(id)) }
            default: continue
            }
        }
        return found
    }

    /// Identifiers of the trace that a case belongs to: its trigger's.
    public static func traces(of failure: Case) -> Set<String> {
        failure.trigger.event.flatMap(failure.event).map(traces) ?? []
    }

    /// `127.0.0.1:80` is reached as `0.0.0.0:80`, too.
    private static func isSamePlace(_ a: String, _ b: String) -> Bool {
        if a == b { return true }
        func port(_ text: String) -> Substring? { text.split(separator: ":").last }
        let open = ["0.0.0.0", "[::]", "*", "127.0.0.1", "[::1]", "localhost"]
        return port(a) == port(b) && open.contains { b.hasPrefix($0) }
    }

    private static func unique(_ links: [Link], _ cases: [Case]) -> [Link] {
        var best: [String: (Link, Int64)] = [:]
        let byID = Dictionary(cases.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
        for link in links {
            guard let caller = byID[link.caller], let callee = byID[link.callee], let call = caller.event(link.call)
            else {
                continue
            }
            let distance = abs(
                caller.anchor.wallClock(at: call.start) - callee.anchor.wallClock(at: callee.trigger.time))
            if let known = best[link.callee], (known.0.confidence, -known.1) >= (link.confidence, -distance) {
                continue
            }
            best[link.callee] = (link, distance)
        }
        return links.filter { best[$0.callee]?.0 == $0 }
    }
}
