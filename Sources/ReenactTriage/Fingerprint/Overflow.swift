/// Stacks that were used up: where they were cut, and in which function of the circle, is chance.
enum Overflow {
    private static let repeatedMin = 3

    /// The calls of the circle, sorted; nil for other failures.
    static func cycle(_ type: String, _ message: String, _ calls: [String]) -> [String]? {
        guard
            type.contains("RecursionError") || type.contains("StackOverflow") || type.contains("SystemStackError")
                || message.contains("stack ") || message.contains("recursion")
        else { return nil }
        let name = type.split { $0 == "." || $0 == ":" }.last ?? ""
        let isOverflow =
            ["RecursionError", "StackOverflowError", "StackOverflowException", "SystemStackError"].contains(name)
            || message.hasPrefix("Maximum call stack size exceeded") || message.hasPrefix("too much recursion")
            || message.hasPrefix("stack overflow") || message.hasPrefix("maximum recursion depth exceeded")
        guard isOverflow else { return nil }
        var counts: [String: Int] = [:]
        for call in calls { counts[call, default: 0] += 1 }
        let repeated = counts.filter { $0.value >= max(repeatedMin, calls.count / 10) }.keys.sorted()
        return repeated.isEmpty ? nil : repeated
    }
}
