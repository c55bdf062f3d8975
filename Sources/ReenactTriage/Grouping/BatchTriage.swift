import ReenactTimeline

/// Verdicts on many reports at once, side by side, and what belongs together among them.
public enum BatchTriage {
    /// What one stretch of the input gave. Only this is kept of it: reports themselves go as soon as they are judged.
    public struct Stretch: Sendable {
        public var rows: [TriagedFailure] = []
        public var problems: [IntakeProblem] = []
        var transactions: [SentryTransaction] = []
        /// Parts that are well formed and hold no failure.
        private var skipped = 0

        /// There was input, and nothing of it could be read.
        public var isUnread: Bool { rows.isEmpty && skipped == 0 && !problems.isEmpty }

        public init() {}

        /// Judges what was read.
        ///
        /// - Parameter rules: the user's own, of what belongs together.
        public init(_ intake: Intake, rules: GroupingRules = GroupingRules()) {
            rows = FingerprintBook.shared { book in
                intake.failures.map { TriagedFailure($0, rules: rules, book: &book) }
            }
            problems = intake.problems
            transactions = intake.transactions
            skipped = intake.skipped
        }

        public mutating func add(_ other: Stretch) {
            rows += other.rows
            problems += other.problems
            transactions += other.transactions
            skipped += other.skipped
        }
    }

    /// Puts stretches together, in order: links between services, near misses, and who was first of its kind.
    public static func joined(_ stretches: [Stretch]) -> Stretch {
        var whole = Stretch()
        for stretch in stretches { whole.add(stretch) }
        TraceLinks.connect(&whole.rows, whole.transactions)
        NearMisses.join(&whole.rows)
        // A person's own word counts more than likeness.
        for place in whole.rows.indices {
            guard let match = whole.rows[place].ruled else { continue }
            whole.rows[place].group = "rule:\(match.name)"
            whole.rows[place].joined = "rule \"\(match.name)\", line \(match.line)"
        }
        var seen: Set<String> = []
        // The first of its kind is explained; the rest are known.
        for place in whole.rows.indices where !seen.insert(whole.rows[place].causeGroup).inserted {
            whole.rows[place].tier = Verdict.Tier.known.rawValue
        }
        return whole
    }

    /// Verdicts on everything that files held, connected by their traces, in the order of the reports.
    public static func verdicts(_ intakes: [Intake]) -> [TriagedFailure] { joined(intakes.map { Stretch($0) }).rows }

    /// Every element's result, in the order of the elements, at most `width` of them in work at once.
    ///
    /// Elements are asked for as places become free: a sequence that reads files reads no further ahead than that.
    public static func sideBySide<Element: Sendable, Result: Sendable>(
        _ elements: some Sequence<Element>, width: Int,
        _ transform: @escaping @Sendable (Element) throws -> Result
    ) async throws -> [Result] {
        try await withThrowingTaskGroup(of: (Int, Result).self) { group in
            var results: [Result?] = []
            var iterator = elements.makeIterator()
            var running = 0
            while true {
                while running < max(width, 1), let element = iterator.next() {
                    let place = results.count
                    results.append(nil)
                    running += 1
                    group.addTask { (place, try transform(element)) }
                }
                guard let (place, result) = try await group.next() else { break }
                results[place] = result
                running -= 1
            }
            return results.compactMap { $0 }
        }
    }
}
