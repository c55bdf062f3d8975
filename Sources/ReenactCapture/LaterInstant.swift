import ReenactTimeline

extension Instant {
    /// So many nanoseconds later. What is still under way ends at `max`, and nothing is later than that.
    func later(by nanoseconds: Int64) -> Instant {
        let (sum, isOver) = addingReportingOverflow(nanoseconds)
        return isOver ? .max : sum
    }
}
