/// Time is lost at a service: on the way to it, on the ways from it, in its own work, or in all of these.
///
/// Each measured time is held against the usual one of its own place (the lower quartile of before, which a baseline
/// that was partly bad already does not move), and is *late* when it is further from it than 99 % of all times before
/// were, wherever. A service is as suspicious as the share of late ones around it rose. A slow network is in all ways to
/// a service, a processor without time in everything that it does; what others do in the meantime counts for nobody.
enum LatencyShift {
    /// What of a service is slow.
    enum Part: Int, Sendable, CaseIterable {
        case waysTo, all, ownWork, waysFrom
    }

    struct Shift: Sendable {
        var service: Int
        var part: Part
        var coins: TwoCoins
        /// Milliseconds, in the middle of the part.
        var before: Double
        var after: Double
        /// Held against other services' ways in place of its own past.
        var isOutlier = false
        var score: Double { coins.evidence }
    }

    /// The share of usual times that are not late.
    private static let usual = 0.99

    /// Per service the part for which most speaks.
    static func shifts(_ before: Flow, _ after: Flow) -> [Int: Shift] {
        var known: [Flow.Place: [Double]] = [:]
        for time in before.times { known[time.place, default: []].append(time.milliseconds) }
        let typical = known.mapValues { quantile($0, 0.25) }
        // Differences below the typical way are the clock's and the scheduler's.
        let ways = typical.filter { $0.key.operation == nil }.map(\.value)
        let grain = max(quantile(ways.isEmpty ? Array(typical.values) : ways, 0.5), 1e-6)
        func distance(_ milliseconds: Double, _ usual: Double) -> Double { (milliseconds + grain) / (usual + grain) }
        let limit = quantile(known.flatMap { place, times in times.map { distance($0, typical[place]!) } }, usual)

        struct Group: Hashable {
            var service: Int
            var part: Part
        }
        var coins: [Group: TwoCoins] = [:]
        var times: [Group: (before: [Double], after: [Double])] = [:]
        func add(_ flow: Flow, isAfter: Bool) {
            for time in flow.times {
                guard let usual = typical[time.place] else { continue }
                let isLate = distance(time.milliseconds, usual) > limit
                let (caller, callee) = (time.place.caller, time.place.callee)
                let groups =
                    time.place.operation == nil
                    ? [
                        Group(service: callee, part: .waysTo), Group(service: caller, part: .waysFrom),
                        Group(service: caller, part: .all), Group(service: callee, part: .all),
                    ] : [Group(service: caller, part: .ownWork), Group(service: caller, part: .all)]
                for group in groups {
                    if isAfter {
                        coins[group, default: .init()].countAfter += 1
                        if isLate { coins[group]!.after += 1 }
                        times[group, default: ([], [])].after.append(time.milliseconds)
                    } else {
                        coins[group, default: .init()].countBefore += 1
                        if isLate { coins[group]!.before += 1 }
                        times[group, default: ([], [])].before.append(time.milliseconds)
                    }
                }
            }
        }
        add(before, isAfter: false)
        add(after, isAfter: true)
        var best: [Int: Shift] = [:]
        for (group, coins) in coins where coins.shareAfter > coins.shareBefore && coins.evidence > 0 {
            let shift = Shift(
                service: group.service, part: group.part, coins: coins,
                before: quantile(times[group]!.before, 0.5), after: quantile(times[group]!.after, 0.5))
            if let other = best[group.service],
                (other.score, -other.part.rawValue) >= (shift.score, -shift.part.rawValue)
            {
                continue
            }
            best[group.service] = shift
        }
        return best
    }

    /// Services whose ways take longer than those of all others, whether or not that changed: where only a minute is
    /// known of the time before, the fault may have been there already.
    static func outliers(_ before: Flow, _ after: Flow) -> [Int: Shift] {
        let ways = (before.times + after.times).filter { $0.place.operation == nil }
        var found: [Int: Shift] = [:]
        for service in Set(ways.map(\.place.callee)) {
            let others = ways.filter { $0.place.callee != service && $0.place.caller != service }.map(\.milliseconds)
            let own = ways.filter { $0.place.callee == service }.map(\.milliseconds)
            guard !others.isEmpty else { continue }
            let limit = quantile(others, usual)
            let coins = TwoCoins(
                before: Double(others.count { $0 > limit }), countBefore: others.count,
                after: Double(own.count { $0 > limit }), countAfter: own.count)
            // A way that is slow at times is no slow way.
            let since = after.times.filter { $0.place.operation == nil && $0.place.callee == service }
            guard quantile(since.map(\.milliseconds), 0.5) > limit, coins.evidence > 0 else { continue }
            found[service] = Shift(
                service: service, part: .waysTo, coins: coins, before: quantile(others, 0.5), after: quantile(own, 0.5),
                isOutlier: true)
        }
        return found
    }

    private static func quantile(_ values: [Double], _ share: Double) -> Double {
        guard !values.isEmpty else { return 0 }
        return values.sorted()[min(values.count - 1, Int(share * Double(values.count)))]
    }
}
