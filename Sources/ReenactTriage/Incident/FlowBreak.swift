/// The usual next step of a request did not follow: absence is the signal, not the level of what is there.
///
/// Each trace has one vote for a step, however often it comes by. A break behind a call to a request that broke at least
/// half as surely is that service's affair, and does not count; so what begins at the callee stays there.
enum FlowBreak {
    struct Site: Hashable, Sendable {
        var service: Int
        var operation: Int
        var step: Flow.Step
        var next: Flow.Step

        /// Of two that are as sure, always the same one.
        var order: String { "\(self)" }
    }

    struct Break: Sendable {
        var site: Site
        var coins: TwoCoins
        /// A call left and nobody answered: whom it usually reached.
        var silent: Int?
        var score: Double { coins.evidence }
        /// Who is suspected.
        var service: Int { silent ?? site.service }
    }

    /// Per service the break that is surest.
    static func breaks(_ before: Flow, _ after: Flow) -> [Int: Break] {
        let usual = followers(before)
        let normal = observations(before, usual)
        let since = observations(after, usual)
        var scores: [Site: Double] = [:]
        for (site, seen) in since {
            guard let known = normal[site] else { continue }
            let coins = coins(known, seen)
            if coins.shareAfter < coins.shareBefore { scores[site] = coins.evidence }
        }
        let oddness = Oddness(after, since, scores)
        var best: [Int: Break] = [:]
        for (site, score) in scores where score > 0 {
            let left = since[site]!.filter {
                $0.isFollowed || oddness.behindCalls(of: $0.request, until: $0.place) < score / 2
            }
            let coins = coins(normal[site]!, left)
            guard coins.shareAfter < coins.shareBefore, coins.evidence > 0 else { continue }
            let found = Break(site: site, coins: coins, silent: silent(site, left))
            if let other = best[found.service], (other.score, other.site.order) >= (found.score, site.order) {
                continue
            }
            best[found.service] = found
        }
        return best
    }

    // MARK: - Counting

    private struct Observation {
        var request: Int
        /// Number of events before it.
        var place: Int
        var trace: Int?
        var isFollowed: Bool
        var isUnanswered: Bool
    }

    private struct Position: Hashable {
        var service: Int
        var operation: Int
        var step: Flow.Step
    }

    private static func followers(_ flow: Flow) -> [Position: [Flow.Step]] {
        var followers: [Position: [Flow.Step]] = [:]
        var known: Set<Site> = []
        for request in flow.requests {
            var step = Flow.Step.beginning
            for event in request.events {
                let position = Position(service: request.service, operation: request.operation, step: step)
                let site = Site(
                    service: request.service, operation: request.operation, step: step, next: event.step)
                if known.insert(site).inserted { followers[position, default: []].append(event.step) }
                step = event.step
            }
        }
        return followers
    }

    private static func observations(
        _ flow: Flow, _ followers: [Position: [Flow.Step]]
    ) -> [Site: [Observation]] {
        var observations: [Site: [Observation]] = [:]
        for (number, request) in flow.requests.enumerated() {
            var step = Flow.Step.beginning
            for (place, event) in request.events.enumerated() {
                let position = Position(service: request.service, operation: request.operation, step: step)
                var isUnanswered = false
                if case .unanswered = event.step { isUnanswered = true }
                // More than a request has different steps is no order.
                for next in (followers[position] ?? []).prefix(100) {
                    let site = Site(
                        service: request.service, operation: request.operation, step: step, next: next)
                    observations[site, default: []].append(
                        Observation(
                            request: number, place: place, trace: request.trace, isFollowed: event.step == next,
                            isUnanswered: isUnanswered))
                }
                step = event.step
            }
        }
        return observations
    }

    private static func coins(_ before: [Observation], _ after: [Observation]) -> TwoCoins {
        let (normal, since) = (votes(before), votes(after))
        return TwoCoins(before: normal.sum, countBefore: normal.count, after: since.sum, countAfter: since.count)
    }

    private static func votes(_ observations: [Observation]) -> (sum: Double, count: Int) {
        var traces: [Int: (followed: Int, all: Int)] = [:]
        var sum = 0.0
        var count = 0
        for observation in observations {
            guard let trace = observation.trace else {
                count += 1
                sum += observation.isFollowed ? 1 : 0
                continue
            }
            traces[trace, default: (0, 0)].all += 1
            if observation.isFollowed { traces[trace]!.followed += 1 }
        }
        // In order, so that sums of fractions come out the same each time.
        for (_, votes) in traces.sorted(by: { $0.key < $1.key }) {
            sum += Double(votes.followed) / Double(votes.all)
        }
        return (sum, count + traces.count)
    }

    /// Whom the missing call would have reached, if most of the time one left that nobody answered.
    private static func silent(_ site: Site, _ observations: [Observation]) -> Int? {
        guard case .call(let callee) = site.next else { return nil }
        let missing = observations.filter { !$0.isFollowed }
        return missing.count { $0.isUnanswered } * 2 > missing.count ? callee : nil
    }

    // MARK: - What began elsewhere

    /// How surely each request broke, its callees included.
    private struct Oddness {
        private let flow: Flow
        private var own: [Double]
        private var whole: [Double]

        init(_ flow: Flow, _ since: [Site: [Observation]], _ scores: [Site: Double]) {
            self.flow = flow
            own = [Double](repeating: 0, count: flow.requests.count)
            for (site, score) in scores {
                for observation in since[site]! where !observation.isFollowed {
                    own[observation.request] = max(own[observation.request], score)
                }
            }
            whole = own
            // Callees of callees: as many rounds as calls are deep, and no more than that.
            for _ in 0..<32 {
                var isSettled = true
                for (number, request) in flow.requests.enumerated() {
                    for event in request.events {
                        guard let callee = event.callee, whole[callee] > whole[number] else { continue }
                        whole[number] = whole[callee]
                        isSettled = false
                    }
                }
                if isSettled { break }
            }
        }

        func behindCalls(of request: Int, until place: Int) -> Double {
            var worst = 0.0
            for event in flow.requests[request].events.prefix(place) {
                if let callee = event.callee { worst = max(worst, whole[callee]) }
            }
            return worst
        }
    }
}
