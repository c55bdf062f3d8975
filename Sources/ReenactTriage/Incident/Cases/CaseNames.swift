import ReenactTimeline

/// Names of services: what a person calls them, as far as cases tell.
public struct CaseNames: Sendable {
    private var byCase: [String: String] = [:]
    private var byAddress: [String: String] = [:]

    /// Interpreters and starters, which are not what runs.
    private static let starters: Set<String> = [
        "python", "python3", "node", "php", "ruby", "java", "sh", "bash", "env", "exec", "gunicorn", "uvicorn", "npm",
        "npx",
        "flask", "go",
    ]

    /// - Parameter given: names by address, which count before what cases tell.
    public init(_ cases: [Case], given: [String: String] = [:]) {
        defer { byAddress.merge(given) { $1 } }
        var uses: [String: Set<String>] = [:]
        for failure in cases { uses[Self.name(failure), default: []].insert(failure.trigger.server) }
        for failure in cases {
            let name = Self.name(failure)
            let isShared = (uses[name]?.count ?? 0) > 1
            let full = given[failure.trigger.server] ?? (isShared ? "\(name) \(failure.trigger.server)" : name)
            byCase[failure.id] = full
            if !failure.trigger.server.isEmpty { byAddress[failure.trigger.server] = full }
        }
    }

    public subscript(failure: Case) -> String { byCase[failure.id] ?? Self.name(failure) }

    /// The service that listens there; its address where no case is known of it.
    public func peer(_ event: Event) -> String {
        if let known = byAddress[event.peer] { return known }
        let port = event.peer.split(separator: ":").last
        for (address, name) in byAddress
        where address.split(separator: ":").last == port && address.hasPrefix("0.0.0.0") {
            return name
        }
        if let host = event.detail["host"]?.string, !host.isEmpty { return byAddress[host] ?? host }
        return event.peer
    }

    /// The program's file without its ending: `orders` of `python3 /srv/orders.py 8000`.
    private static func name(_ failure: Case) -> String {
        let words = failure.environment.command.map { $0.split(separator: "/").last.map(String.init) ?? $0 }
        let program = words.first { word in
            let stem = word.split(separator: ".").first.map(String.init) ?? word
            return !word.hasPrefix("-") && !word.contains("=") && !starters.contains(stem) && !word.contains(":")
                && Int(word) == nil
                && word.contains { $0.isLetter }
        }
        let file = program ?? words.first ?? failure.trigger.server
        return file.split(separator: ".").first.map(String.init) ?? file
    }
}
