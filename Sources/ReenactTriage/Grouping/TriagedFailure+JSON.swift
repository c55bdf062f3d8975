import ReenactTimeline

extension TriagedFailure {
    /// The row as one line of JSON: what `JSONText.encode` makes of it, in a hundredth of the time.
    public var line: String {
        var line = JSONLine()
        line.add("cause", cause)
        line.add("causeClass", causeClass)
        line.add("causeGroup", causeGroup)
        line.add("confidence", confidence)
        line.add("counterEvidence", counterEvidence.map(\.line))
        line.add("evidence", evidence.map(\.line))
        line.add("exceptionType", exceptionType)
        line.add("firstComponent", firstComponent)
        line.add("former", former)
        line.add("group", group)
        line.add("id", id)
        line.add("input", input)
        line.add("issue", issue)
        if let joined { line.add("joined", joined) }
        line.add("message", message)
        line.add("responsibility", responsibility)
        line.add("rule", rule)
        line.add("sentence", sentence)
        line.add("service", service)
        line.add("tier", tier)
        line.add("trace", trace)
        return line.text
    }
}

extension TriagedFailure.Evidence {
    fileprivate var line: JSONLine {
        var line = JSONLine(capacity: 128)
        line.add("event", event)
        line.add("outcome", outcome)
        line.add("summary", summary)
        return line
    }
}
