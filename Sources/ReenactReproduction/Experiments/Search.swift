/// Finds the minimal groups of conditions without which a failure does not come: each group is a cut.
///
/// A failure comes when of every cut at least one condition is as recorded. A cut of one condition is a necessary
/// condition; in a cut of several any one is enough (OR). What changes nothing together is done with in one experiment.
/// A cut's items are the last ones of the shortest beginnings of a group that decide. Where parts of a group say
/// nothing, halves are looked at, both at a time; where two change nothing by themselves and something together, one is
/// searched while the other stays changed.
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
    /// Whether these changes and more are known to change nothing.
    private let isIdle: ([Item]) -> Bool
    /// How often what says nothing is halved to look at its parts.
    private let levels: Int
    private(set) var found = Found()

    init(
        levels: Int = .max,
        isRoomy: @escaping () -> Bool = { true }, isIdle: @escaping ([Item]) -> Bool = { _ in false },
        test: @escaping ([[Item]]) async throws -> [Result]?
    ) {
        self.levels = levels
        self.isRoomy = isRoomy
        self.isIdle = isIdle
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
        switch try await narrowed(group, background) {
        case .cut(let cut): return [cut]
        case .spent:
            found.unknown += group
            return []
        case .unclear: return try await halved(group, background)
        }
    }

    private enum Narrowed {
        case cut(Cut), spent
        /// A part of the group says nothing by itself.
        case unclear
    }

    /// The shortest beginning of the group that decides ends with an item of a cut; what else that cut has stands
    /// before it, and is found in the same way beside it.
    private mutating func narrowed(_ group: [Item], _ background: [Item]) async throws -> Narrowed {
        var items: [Item] = []
        var end = group.count
        while true {
            var low = 0
            while end - low > 1 {
                var probes = [low + (end - low) / 2]
                if end - low > 2, isRoomy() { probes = [low + (end - low) / 3, low + (end - low + 1) * 2 / 3] }
                guard let results = try await results(probes.map { items + group.prefix($0) + background }) else {
                    return .spent
                }
                guard !results.contains(.unknown) else { return .unclear }
                if let first = results.firstIndex(of: .gone) { end = probes[first] }
                if let last = results.prefix(while: { $0 == .stillFails }).indices.last { low = probes[last] }
            }
            items.append(group[end - 1])
            end -= 1
            if end > 0 {
                guard let alone = try await results([items + background])?.first else { return .spent }
                if alone == .unknown { return .unclear }
                if alone == .stillFails { continue }
            }
            return .cut(Cut(items: items, world: background))
        }
    }

    /// Results, without an experiment where one with more changes changed nothing.
    private func results(_ groups: [[Item]]) async throws -> [Result]? {
        let open = groups.indices.filter { !isIdle(groups[$0]) }
        guard let made = open.isEmpty ? [] : try await test(open.map { groups[$0] }) else { return nil }
        var results = [Result](repeating: .stillFails, count: groups.count)
        for (place, result) in zip(open, made) { results[place] = result }
        return results
    }

    /// The same by halves, for groups of which parts say nothing by themselves.
    private mutating func halved(_ group: [Item], _ background: [Item]) async throws -> [Cut] {
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
    private mutating func explore(_ group: [Item], _ background: [Item], level: Int = 0) async throws {
        guard group.count > 1, level < levels else {
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
            if result == .unknown { try await explore(half, background, level: level + 1) }
        }
    }
}
