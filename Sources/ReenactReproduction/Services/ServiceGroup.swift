import ReenactLinux
import ReenactTimeline
import ReenactTriage

/// Cases of several services of one incident, as they are to be re-enacted together: who calls whom, and where.
public struct ServiceGroup: Sendable {
    /// One service.
    public struct Member: Sendable {
        public var name: String
        public var failure: Case
        /// Recorded peers that are other members: the address that it dials, to the member's number.
        public var links: [String: Int] = [:]
    }

    public let members: [Member]
    /// The number of the one that nobody calls: it gets the trigger.
    public let front: Int
    public let notes: [String]

    /// - Throws: `ReproductionError` where the cases do not belong together.
    public init(_ given: [Case]) throws(ReproductionError) {
        let graph = CaseGraph(given)
        let names = CaseNames(given)
        var notes: [String] = []
        guard Set(given.map(\.id)).count == given.count else {
            throw Self.unfit("a case is named twice; name each once")
        }
        let cases = Self.latest(given)
        for dropped in given where !cases.contains(where: { $0.id == dropped.id }) {
            notes.append(
                "\(names[dropped]) has several cases: its latest is used, which holds the requests before it, and not "
                    + "\(dropped.id).")
        }
        var members = cases.map { Member(name: names[$0], failure: $0) }
        var numbers: [String: Int] = [:]
        for failure in given { numbers[failure.id] = cases.firstIndex { Self.areSameService($0, failure) } }
        for link in graph.links {
            guard let caller = numbers[link.caller], let callee = numbers[link.callee],
                cases[caller].id == link.caller, let call = cases[caller].event(link.call)
            else { continue }
            if let note = try Self.join(&members, caller, callee, call) { notes.append(note) }
        }
        front = try Self.front(members)
        Self.joinOthers(&members)
        for (number, member) in members.enumerated() {
            try Self.checkPorts(member, members)
            if number != front, member.failure.trigger.kind != .request {
                throw Self.unfit("\(member.name) (\(member.failure.id)) was not set off by a request; leave it out")
            }
        }
        self.members = members
        self.notes = notes
    }

    /// The members in the order of their calls, the front first.
    public var inOrder: [Int] {
        var order = [front]
        var next = 0
        while next < order.count {
            let links = members[order[next]].links.sorted { $0.key < $1.key }.map(\.value)
            for callee in links where !order.contains(callee) { order.append(callee) }
            next += 1
        }
        return order
    }

    /// The member with that name, number from 1, address, or (beginning of an) id of its case.
    public func number(of text: String) -> Int? {
        if let named = members.firstIndex(where: { $0.name == text }) { return named }
        if let number = Int(text), members.indices.contains(number - 1) { return number - 1 }
        let found = members.indices.filter {
            let failure = members[$0].failure
            return failure.trigger.server == text || (text.count >= 4 && failure.id.hasPrefix(text))
        }
        return found.count == 1 ? found[0] : nil
    }

    /// One case a service, in the given order: the latest one.
    private static func latest(_ given: [Case]) -> [Case] {
        func time(_ failure: Case) -> Int64 { failure.anchor.wallClock(at: failure.trigger.time) }
        return given.filter { failure in
            !given.contains { other in
                areSameService(failure, other) && (time(failure), failure.id) < (time(other), other.id)
            }
        }
    }

    private static func areSameService(_ one: Case, _ other: Case) -> Bool {
        one.trigger.server == other.trigger.server && one.environment.command == other.environment.command
            && one.environment.workingDirectory == other.environment.workingDirectory
            && one.environment.hostName == other.environment.hostName
    }

    /// - Returns: why the callee stays a stub for the caller, where it does.
    private static func join(
        _ members: inout [Member], _ caller: Int, _ callee: Int, _ call: Event
    ) throws(ReproductionError) -> String? {
        let (from, to) = (members[caller].name, members[callee].name)
        if let known = members[caller].links[call.peer], known != callee {
            throw unfit(
                "\(from) calls both \(members[known].name) and \(to) at \(call.peer), a gateway between them; "
                    + "give only one of the two: the other's answers then come from the recording")
        }
        guard let connection = call.connection.flatMap(members[caller].failure.connection) else { return nil }
        if connection.transport != .tcp {
            return "\(from) reached \(to) by \(connection.transport.rawValue): its answers come from the recording."
        }
        if connection.tls != nil {
            return "\(from) spoke TLS with \(to) at \(call.peer): its answers come from the recording."
        }
        members[caller].links[call.peer] = callee
        return nil
    }

    /// Other callers of a member dial it at the same address, though their calls are not those of its case.
    private static func joinOthers(_ members: inout [Member]) {
        for number in members.indices {
            let failure = members[number].failure
            for connection in failure.connections
            where connection.direction == .outbound && connection.transport == .tcp && connection.tls == nil
                && members[number].links[connection.server] == nil
            {
                let isOwn = SocketAddress(connection.server)?.isLoopback ?? true
                let known = Set(
                    members.filter { !isOwn || $0.failure.environment.hostName == failure.environment.hostName }
                        .compactMap { $0.links[connection.server] })
                if known.count == 1, let callee = known.first, callee != number {
                    members[number].links[connection.server] = callee
                }
            }
        }
    }

    private static func front(_ members: [Member]) throws(ReproductionError) -> Int {
        let called = Set(members.flatMap(\.links.values))
        let fronts = members.indices.filter { !called.contains($0) }
        guard let front = fronts.first else {
            throw unfit("\(list(members)) call each other in a circle; leave the case of the later call out")
        }
        guard fronts.count == 1 else {
            let alone = fronts.filter { members[$0].links.isEmpty }.map { members[$0] }
            let which = alone.isEmpty ? fronts.map { members[$0] } : alone
            throw unfit(
                "nothing joins \(list(which)) to the others: no trace identifier, and no request with the same bytes; "
                    + "give cases of one incident (`reenact incident DIR…` shows which belong together)")
        }
        return front
    }

    /// A service that listens at every address takes its port from all its peers: both cannot be in one network.
    private static func checkPorts(_ member: Member, _ members: [Member]) throws(ReproductionError) {
        guard let own = SocketAddress(member.failure.trigger.server), own.isAny else { return }
        for (server, callee) in member.links.sorted(by: { $0.key < $1.key })
        where SocketAddress(server).map({ $0.path == nil && $0.port == own.port }) ?? false {
            throw unfit(
                "\(member.name) listens at every address on port \(own.port), and calls \(members[callee].name) at "
                    + "\(server): one network cannot hold both. Record \(member.name) with an address of its own to listen "
                    + "at (127.0.0.1:\(own.port), say), or with another port")
        }
    }

    private static func list(_ members: [Member]) -> String {
        members.map { "\($0.name) (\($0.failure.id))" }.joined(separator: " and ")
    }

    private static func unfit(_ reason: String) -> ReproductionError {
        ReproductionError(.group, "These cases cannot be re-enacted together: \(reason).")
    }
}
