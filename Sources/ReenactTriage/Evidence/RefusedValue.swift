import ReenactTimeline

/// Who brought the value with which a refused statement was made.
public enum RefusedValue {
    /// - Returns: the event that brought it, and that in words: `asked with "-7", which POST /orders brought in
    ///   "customer"`; nil where the event was not refused, or nothing is known to have brought it.
    public static func origin(of event: Int, in failure: Case) -> (event: Int?, told: String)? {
        let look = Look(failure)
        guard let answer = look.answers.first(where: { $0.event.id == event }), answer.sql?.error != nil,
            let asked = AskedValue.find(event, look)
        else { return nil }
        return (asked.event, asked.phrase(look))
    }
}
