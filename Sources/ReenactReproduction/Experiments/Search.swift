/// Finds the minimal groups of conditions without which a failure does not come: each group is a cut.
///
/// A failure comes when of every cut at least one condition is as recorded. A cut of one condition is a necessary
/// condition; in a cut of several any one is enough (OR). Halves of what matters are looked at, both at a time; what
/// changes nothing together is done with in one experiment. Where two halves change nothing by themselves and something
/// together, one is searched while the other stays changed.
///
/// Sources: Zeller and Hildebrandt, "Simplifying and Isolating Failure-Inducing Input" (TSE 2002); for conflicts that
/// lie across both halves Junker, "QuickXplain" (AAAI 2004).
struct Search<Item: Sendable & Hashable> {
    typealias Result = Oracle.Result

    /// A minimal group, and the changes under which it decides: without them an experiment may say nothing.
    struct Cut: Equatable {
        var items: [Item]
        var world: [Item] = []
    }

    struct Found: Equatable {
        var cuts: [Cut] = []
        /// Items of which nothing could be said.
        var unknown: [Item] = []
    }

    /// Carries out experiments, each a group of changed items, side by side; nil where the budget is spent.
    private let test: ([[Item]]) async throws -> [Result]?
    /// Whether there is budget for experiments that may turn out not to have been needed.
    private let isRoomy: () -> Bool
    private(set) var found = Found()

    init(isRoomy: @escaping () -> Bool = { true }, test: @escaping ([[Item]]) async throws -> [Result]?) {
        self.isRoomy = isRoomy
        self.test = test
    }

    /// Searches a group whose change, together with the background's, is known to have had that result.
    mutating func search(_ group: [Item], background: [Item] = [], is result: Result) async throws {
        switch result {
        case .stillFails: return
        case .gone: found.cuts += try await cuts(group, background)
        case .unknown: try await explore(group, background)
        }
    }

    /// A cut in a group without which the failure is gone; others in it are for a later search.
    private mutating func cuts(_ group: [Item], _ background: [Item]) async throws -> [Cut] {
        guard group.count > 1 else { return [Cut(items: group, world: background)] }
        let left = Array(group.prefix(group.count / 2))
        let right = Array(group.dropFirst(group.count / 2))
        guard let results = try await halves(left + background, right + background) else {
            found.unknown += group
            return []
        }
        if results[0] == .gone {
            // The other half was looked at as well: what it needs is needed too.
            let more = results.count > 1 && results[1] == .gone ? try await cuts(right, background) : []
            return try await cuts(left, background) + more
        }
        if results[1] == .gone {
            if results[0] == .unknown { try await explore(left, background) }
            return try await cuts(right, background)
        }
        if results == [.stillFails, .stillFails] {
            // Only together do they matter.
            guard let first = try await cuts(left, background + right).first else { return [] }
            guard let second = try await cuts(right, background + first.items).first else { return [] }
            return [Cut(items: first.items + second.items, world: background)]
        }
        // One half says nothing by itself; beside the other, which changes nothing, it decides.
        if results[1] == .stillFails { return try await cuts(left, background + right) }
        if results[0] == .stillFails { return try await cuts(right, background + left) }
        let before = found.cuts.count + found.unknown.count
        for (half, result) in [(left, results[0]), (right, results[1])] where result == .unknown {
            try await explore(half, background)
        }
        if found.cuts.count + found.unknown.count == before { found.unknown += group }
        return []
    }

    /// Both halves side by side where there is budget for it; else the second only where the first does not decide.
    private func halves(_ left: [Item], _ right: [Item]) async throws -> [Result]? {
        if isRoomy() { return try await test([left, right]) }
        guard let first = try await test([left])?.first else { return nil }
        if first == .gone { return [first] }
        guard let second = try await test([right])?.first else { return nil }
        return [first, second]
    }

    /// Looks for what can be said in a group whose change as a whole says nothing.
    private mutating func explore(_ group: [Item], _ background: [Item]) async throws {
        guard group.count > 1 else {
            found.unknown += group
            return
        }
        let left = Array(group.prefix(group.count / 2))
        let right = Array(group.dropFirst(group.count / 2))
        guard let results = try await test([left + background, right + background]) else {
            found.unknown += group
            return
        }
        for (half, result) in [(left, results[0]), (right, results[1])] {
            if result == .gone { found.cuts += try await cuts(half, background) }
            if result == .unknown { try await explore(half, background) }
        }
    }
}
