import Dispatch
import ReenactTimeline

/// Verdicts on many reports at once, side by side, and what belongs together among them.
public enum BatchTriage {
    /// Verdicts in the order of the reports.
    public static func verdicts(_ failures: [ForeignFailure]) -> [TriagedFailure] {
        var rows = mapped(failures) { TriagedFailure($0) }
        NearMisses.join(&rows)
        var seen: Set<String> = []
        // The first of its kind is explained; the rest are known.
        for place in rows.indices where !seen.insert(rows[place].causeGroup).inserted { rows[place].tier = 1 }
        return rows
    }

    /// Every element's result, made side by side in stretches; the order stays.
    public static func mapped<Element: Sendable, Result: Sendable>(
        _ elements: [Element], _ transform: @Sendable (Element) -> Result
    ) -> [Result] {
        guard elements.count > 1 else { return elements.map(transform) }
        let stretch = max(1, min(256, elements.count / 16))
        let count = (elements.count + stretch - 1) / stretch
        return [[Result]](unsafeUninitializedCapacity: count) { buffer, filled in
            nonisolated(unsafe) let base = buffer.baseAddress!
            DispatchQueue.concurrentPerform(iterations: count) { index in
                let range = (index * stretch)..<min((index + 1) * stretch, elements.count)
                (base + index).initialize(to: elements[range].map(transform))
            }
            filled = count
        }.flatMap { $0 }
    }
}
