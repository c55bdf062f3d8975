import ReenactTimeline

/// The cause of a failure by experiment: recorded conditions are changed, and the case re-enacted.
///
/// The likeliest condition is tried beside the control; what remains is halved (`Search`). What is found is repeated
/// before it is told, and whether it is enough by itself is tried by changing the others. Where the program asked for
/// something that was never recorded the result is unknown, never "not a cause".
public struct Inquiry: Sendable {
    /// Runs the case with these changes, side by side.
    typealias Attempts = @Sendable (_ changes: [[Condition]]) async throws -> [Experiment]

    private let attempts: Attempts
    private let warm: Warm?
    /// Groups that were tried in programs that had been through nothing.
    private var seenFresh: Set<Set<Int>> = []
    /// What was changed when it still failed, all but what was found.
    private var others: [Int]?

    let conditions: [Condition]
    let budget: Int
    var experiments: [Experiment] = []
    /// Results by the conditions that were changed, so that nothing is tried twice.
    var known: [Set<Int>: Oracle.Result] = [:]
    var cuts: [Search<Int>.Cut] = []
    var unknown: Set<Int> = []
    private var isUnstable = false
    var isSpent = false
    private var isInterrupted = false
    /// What repetitions gave that were made early, in places that would have been idle.
    private var early: [Set<Int>: [Oracle.Result]] = [:]
    /// How often the program came through the place when the failure was gone.
    private var passes: [Set<Int>: Int] = [:]
    private let width: Int
    private let isLate: @Sendable () -> Bool

    /// - Parameters:
    ///   - width: so many experiments run side by side.
    ///   - isLate: nothing new is looked for any more; what was found is still repeated.
    init(
        _ conditions: [Condition], budget: Int?, width: Int = 1, warm: Warm? = nil,
        isLate: @escaping @Sendable () -> Bool = { false }, attempts: @escaping Attempts
    ) {
        self.width = width
        self.isLate = isLate
        self.conditions = conditions
        self.warm = warm
        self.budget = min(budget ?? .max, conditions.count / 2 + 10)
        self.attempts = attempts
    }

    /// The answer; where the task is cancelled, what was seen by then.
    mutating func run() async throws -> Answer {
        let answer = try await inquire()
        guard isInterrupted || Task.isCancelled else { return answer }
        let open = found
        cuts = []
        let count = experiments.count
        let start = "Not determined: interrupted after \(count) attempt\(count == 1 ? "" : "s")"
        guard let first = open.first.map({ conditions[$0] }) else {
            return self.answer(
                obstacle: "interrupted", "\(start); nothing that was changed by then made the failure go away.")
        }
        let more = open.count > 1 ? ", and \(open.count - 1) more changed," : ""
        return self.answer(
            obstacle: "interrupted",
            "\(start); with \(first.changed) in place of \(first.recorded)\(more) the failure was gone, but that was not "
                + "confirmed.", unconfirmed: open)
    }

    private mutating func inquire() async throws -> Answer {
        let suspects = layer(.suspect)
        let given = experiments.last?.result
        if given == nil || given == Oracle.Result.stillFails.rawValue {
            try await begin(suspects, hasControl: given != nil)
        }
        guard (known[[]]?.rawValue ?? given) == Oracle.Result.stillFails.rawValue else {
            cuts = []
            return answer(
                obstacle: "not-reproduced",
                "Not determined: unchanged, the case does not fail again (\(experiments.first?.reason ?? "")).")
        }
        guard !conditions.isEmpty else {
            return answer(obstacle: "nothing-to-change", "Not determined: nothing that was recorded can be changed.")
        }
        if cuts.isEmpty { try await search() }
        if cuts.isEmpty {
            // What was gone with many changed together, and could not be narrowed down.
            return answer(unconfirmed: found)
        }
        let isSufficient = try await complete()
        preferPassing()
        let hasOthers = preferTold()
        preferAffordable()
        try await confirm()
        guard !isUnstable else {
            cuts = []
            return answer(
                obstacle: "unstable",
                "Not determined: the same experiment gives different results when it is repeated, so something that "
                    + "was not recorded decides.")
        }
        guard isConfirmed else {
            unknown.formUnion(cuts.flatMap(\.items))
            let open = cuts.flatMap(\.items).sorted()
            cuts = []
            return answer(unconfirmed: open)
        }
        return answer(hasOthers || isSufficient == true && !isAlone ? nil : isSufficient)
    }

    /// The control where there was none, the likeliest condition, and beside it all the other suspects: where that one is
    /// the cause, these show whether it is enough.
    private mutating func begin(_ suspects: [Int], hasControl: Bool) async throws {
        let control: [[Int]] = hasControl ? [] : [[]]
        let first = suspects.prefix(1).map { [$0] }
        // A program that is to be used again is first to be tried.
        let rest = suspects.count > 1 && warm == nil ? [Array(suspects.dropFirst())] : []
        let affordable = Array((control + first + rest).prefix(max(1, budget - experiments.count)))
        let spare = rest.isEmpty ? [] : Array(repeating: [Int](), count: idlePlaces(beside: affordable.count))
        guard let results = try await tested(affordable, spare: spare), let suspect = suspects.first,
            results.count > control.count
        else { return }
        // Without a failure there is nothing to be gone.
        guard control.isEmpty || results[0] == .stillFails else { return }
        switch results[control.count] {
        case .gone: cuts = [.init(items: [suspect])]
        case .unknown: unknown.insert(suspect)
        case .stillFails: break
        }
    }

    // MARK: - Groups

    /// Conditions of a stage of which each has another target, without those that are settled.
    private func layer(_ stage: Condition.Stage, number: Int = 0) -> [Int] {
        var counts: [String: Int] = [:]
        return conditions.indices.filter { index in
            guard conditions[index].stage == stage else { return false }
            counts[conditions[index].target, default: 0] += 1
            return counts[conditions[index].target] == number + 1
        }
    }

    /// Goes through the stages until something is found.
    private mutating func search() async throws {
        await warm?.ahead()
        // Each by itself, nothing: two suspects may be enough each.
        let suspects = layer(.suspect)
        let next = suspects.dropFirst().prefix(2).filter { conditions[$0].score >= Likelihood.strong }
        if suspects.count > 4, !next.isEmpty, let results = try await tested(next.map { [$0] }) {
            for (one, result) in zip(next, results) {
                if result == .gone { cuts.append(.init(items: [one])) }
                if result == .unknown { unknown.insert(one) }
            }
            if !cuts.isEmpty { return }
        }
        let rest = Array(suspects.dropFirst())
        if let result = known[Set(rest)], result != .stillFails, !rest.isEmpty {
            try await search(rest, is: result)
        } else if suspects.count > 1, let result = try await tested([suspects])?.first {
            try await search(suspects, is: result)
        }
        if !cuts.isEmpty { return }
        var layers: [[Int]] = [layer(.possible)]
        for number in 0..<8 { layers.append(layer(.remote, number: number)) }
        var number = 0
        while number < layers.count {
            // Two layers are looked at side by side.
            let pair = layers[number..<min(number + 2, layers.count)].map { layer in
                layer.filter { (known[[$0]] ?? .gone) == .gone }
            }.filter { !$0.isEmpty }
            number += 2
            guard !pair.isEmpty else { continue }
            guard let results = try await tested(pair) else {
                for group in pair { unknown.formUnion(group) }
                return
            }
            for (group, result) in zip(pair, results) {
                try await search(group, is: result)
                if !cuts.isEmpty { return }
            }
        }
    }

    private mutating func search(_ group: [Int], is result: Oracle.Result, levels: Int = .max) async throws {
        guard result != .stillFails else { return }
        var box = self
        var search = Search<Int>(
            levels: levels, isRoomy: { box.budget - box.experiments.count > 14 }, isIdle: { box.isIdle($0) },
            test: { try await box.tested($0) })
        try await search.search(group, is: result)
        self = box
        cuts += search.found.cuts
        unknown.formUnion(search.found.unknown)
        unknown.subtract(search.found.cuts.flatMap(\.items))
    }

    /// Changing these, and more than these, changed nothing.
    private func isIdle(_ group: [Int]) -> Bool {
        let group = Set(group)
        return known.contains { $0.value == .stillFails && $0.key.isSuperset(of: group) }
    }

    /// Looks for more that is needed, and whether what was found is enough.
    private mutating func complete() async throws -> Bool? {
        for _ in 0..<4 {
            let targets = Set(cuts.flatMap(\.items).map { conditions[$0].target })
            func others(_ layers: [[Int]]) -> [Int] {
                layers.joined().filter { !targets.contains(conditions[$0].target) && !unknown.contains($0) }
            }
            let suspects = others([layer(.suspect)])
            let group = suspects.isEmpty ? others([layer(.possible)]) : suspects
            guard !group.isEmpty else { return unknown.isEmpty ? true : nil }
            // What takes a program of its own is worth one only where the rest leaves the question open.
            let live = warm == nil ? [] : group.filter { conditions[$0].isLive }
            if !live.isEmpty, live.count < group.count, let first = try await tested([live])?.first,
                first != .stillFails
            {
                let before = cuts.count + unknown.count
                if !suspects.isEmpty { try await search(live, is: first) }
                if suspects.isEmpty || cuts.count + unknown.count == before { return nil }
                continue
            }
            guard let result = try await tested([group])?.first else { return nil }
            if result == .stillFails {
                self.others = group
                return unknown.isEmpty ? true : nil
            }
            // Of what is merely possible, most would change what is asked for; it proves nothing more.
            guard !suspects.isEmpty else { return nil }
            let before = cuts.count + unknown.count
            // Once something was found, parts that say nothing are not worth a program each.
            try await search(group, is: result, levels: warm == nil ? 1 : .max)
            if cuts.count + unknown.count == before { return nil }
        }
        return nil
    }

    /// Of several single causes those count that let the program come through the place most often: a change with which it
    /// comes there less often leads it around what it would have failed over.
    private mutating func preferPassing() {
        let counts = cuts.map { cut in cut.items.count == 1 ? passes[Set(cut.items + cut.world)] : nil }
        guard cuts.count > 1, let most = counts.compactMap({ $0 }).max(), !counts.contains(nil) else { return }
        cuts = zip(cuts, counts).filter { $0.1 == most }.map(\.0)
    }

    /// Where the attempts that are left are too few to repeat all causes, the likeliest single one is worth them.
    private mutating func preferAffordable() {
        let groups = cuts.map { $0.items + $0.world } + Array(Set(cuts.map(\.world)))
        // Each in a fresh program, and once more.
        let fresh = warm == nil ? 0 : groups.count { !seenFresh.contains(Set($0)) }
        guard cuts.count > 1, groups.count + fresh > budget - experiments.count else { return }
        guard let best = cuts.filter({ $0.items.count == 1 }).min(by: { $0.items[0] < $1.items[0] }) else { return }
        unknown.formUnion(cuts.flatMap(\.items).filter { $0 != best.items[0] })
        cuts = [best]
    }

    /// Repeats what decides: twice, or more often where that may cost little, as far as the budget allows it. With each
    /// group changed it is gone, with nothing changed it fails. What was seen once only may be chance, and is not told.
    private mutating func confirm() async throws {
        var wanted: [(group: [Int], result: Oracle.Result)] = cuts.map { ($0.items + $0.world, .gone) }
        wanted += Set(cuts.map(\.world)).sorted { $0.count < $1.count }.map { ($0, .stillFails) }
        // What used programs showed, a fresh one has to show.
        let unseen = wanted.filter { !seenFresh.contains(Set($0.group)) }
        let rest = others.flatMap { seenFresh.contains(Set($0)) ? nil : $0 }
        if let results = try await tested(unseen.map(\.group), again: true, isFresh: true) {
            isUnstable = !zip(unseen, results).allSatisfy { $0.result == $1 }
            // No program is started only to show that it is enough: a used one shows it twice.
            if let rest {
                isAlone = try await tested([rest], again: true) == [.stillFails]
            } else {
                isAlone = true
            }
        } else if !unseen.isEmpty {
            guard let agree = try await agree(unseen, isFresh: true) else { return }
            isUnstable = !agree
        }
        let isDoubtful = await warm?.isDoubtful() ?? false
        var agreed = 0
        // What is changed before a program starts takes a fresh one each time.
        let isCheap =
            warm != nil && cuts.flatMap(\.items).allSatisfy { conditions[$0].isLive } && meanOfWarm < Self.cheap
        for _ in 0..<(isCheap || isDoubtful || isUnlikely ? 4 : 2) where !isUnstable {
            guard let agree = try await agree(wanted) else { break }
            guard !agree else {
                agreed += 1
                continue
            }
            isUnstable = true
            // That may be the used programs' doing: then fresh ones decide.
            guard experiments.contains(where: \.isWarm), !isDoubtful else { return }
            for _ in 0..<3 {
                guard try await self.agree(wanted, isFresh: true) == true else { return }
            }
            (isUnstable, agreed) = (false, 3)
            break
        }
        if isDoubtful, agreed < 3 { isUnstable = true }
        isConfirmed = !isUnstable && agreed > (isUnlikely ? 1 : 0)
    }

    /// Milliseconds of an attempt that may be repeated more often than necessary.
    private static let cheap = 150.0

    private var meanOfWarm: Double {
        let times = experiments.filter(\.isWarm).map(\.milliseconds)
        return times.isEmpty ? .infinity : times.reduce(0, +) / Double(times.count)
    }

    /// Whether repetitions show what was seen; nil where the budget does not allow them.
    private mutating func agree(
        _ wanted: [(group: [Int], result: Oracle.Result)], isFresh: Bool = false
    ) async throws -> Bool? {
        var open = wanted
        var isSame = true
        if !isFresh {
            open = []
            for one in wanted {
                guard var results = early[Set(one.group)], !results.isEmpty else {
                    open.append(one)
                    continue
                }
                isSame = results.removeFirst() == one.result && isSame
                early[Set(one.group)] = results
            }
        }
        guard let results = try await tested(open.map(\.group), again: true, isFresh: isFresh) else { return nil }
        return zip(open, results).allSatisfy { $0.result == $1 } && isSame
    }

    /// How many places no experiment takes while so many run.
    private func idlePlaces(beside count: Int) -> Int { warm == nil ? (width - count % width) % width : 0 }

    /// Repetitions that will be wanted, as many as there are idle places beside so many experiments: of what was found,
    /// and of the control.
    private func repetitions(beside count: Int) -> [[Int]] {
        let places = (width - count % width) % width
        guard count > 0, places > 0, cuts.count == 1 else { return [] }
        // What used programs show takes no time worth filling.
        let isLive = cuts[0].items.allSatisfy { conditions[$0].isLive }
        let groups = [cuts[0].items + cuts[0].world, cuts[0].world].prefix(warm == nil ? 2 : isLive ? 0 : 1)
        let wanted = groups.flatMap { Array(repeating: $0, count: max(0, 2 - early[Set($0), default: []].count)) }
        return Array(wanted.prefix(places))
    }

    /// Experiments that were made before.
    mutating func note(_ made: [Experiment]) {
        experiments += made
        if let control = made.last, !control.isWarm, control.changes.isEmpty { seenFresh.insert([]) }
    }

    var isConfirmed = false
    /// What was found is enough, as a fresh program showed too.
    private var isAlone = false

    // MARK: - Experiments

    /// Results of groups, in order; nil where the budget does not allow them.
    ///
    /// - Parameter spare: repeated beside them if the budget allows it; by default what will have to be repeated.
    private mutating func tested(
        _ groups: [[Int]], again: Bool = false, isFresh: Bool = false, spare: [[Int]]? = nil
    ) async throws -> [Oracle.Result]? {
        let new = groups.filter { again || known[Set($0)] == nil }
        // What is found must still be repeated.
        let reserve = again || experiments.isEmpty ? 0 : cuts.count + 2
        let hasTime = again || experiments.count < 2 || new.isEmpty || !isLate()
        guard experiments.count + new.count + reserve <= budget, hasTime else {
            isSpent = true
            return nil
        }
        var beside = again ? [] : spare ?? repetitions(beside: new.count)
        if experiments.count + new.count + beside.count + reserve > budget { beside = [] }
        let changes = (new + beside).map { $0.map { conditions[$0] } }
        let attempts = isFresh ? warm?.fresh ?? attempts : attempts
        let made: [Experiment]
        do { made = new.isEmpty ? [] : try await attempts(changes) } catch  where Task.isCancelled { made = [] }
        guard !Task.isCancelled else {
            // What was cut off in its middle shows nothing.
            isInterrupted = true
            return nil
        }
        experiments += made
        var results: [Oracle.Result] = []
        for (group, experiment) in zip(new, made) {
            let result = Oracle.Result(rawValue: experiment.result) ?? .unknown
            if !again { known[Set(group)] = result }
            if result == .gone, let count = experiment.passes { passes[Set(group)] = count }
            if !experiment.isWarm { seenFresh.insert(Set(group)) }
            results.append(result)
        }
        for (group, experiment) in zip(beside, made.dropFirst(new.count)) {
            early[Set(group), default: []].append(Oracle.Result(rawValue: experiment.result) ?? .unknown)
        }
        return again ? results : groups.map { known[Set($0)] ?? .unknown }
    }
}
