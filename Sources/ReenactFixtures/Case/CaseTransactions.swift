/// The transactions of several connections, laid out one after the other for an engine that has one.
///
/// A transaction that nobody else spoke during stays what it is. Of one that others spoke during, what was committed is
/// done at the moments when it was said, and what was not is left out: what the others saw of it was nothing.
struct CaseTransactions {
    private enum Fate { case kept, flattened, gone }

    private var fates: [Int: Fate] = [:]
    private var ofStatement: [Int: Int] = [:]
    private(set) var assumptions: [String] = []

    init(_ statements: [CaseStatement], _ controls: [SQLControl?]) {
        struct Open {
            var id: Int
            var first: Int
            var isDisturbed = false
            var mayWrite = false
        }
        var open: [Int: Open] = [:]
        var count = 0
        var flattened = 0
        var gone = 0
        for (index, statement) in statements.enumerated() {
            let session = statement.session
            for other in open.keys where other != session { open[other]?.isDisturbed = true }
            if controls[index] == .begin, open[session] == nil {
                count += 1
                open[session] = Open(id: count, first: index)
                // Two that are open together disturb each other.
                if open.count > 1 { for key in open.keys { open[key]?.isDisturbed = true } }
            }
            guard let current = open[session] else { continue }
            ofStatement[index] = current.id
            if controls[index] == nil, !Self.isRead(statement) { open[session]?.mayWrite = true }
            guard controls[index] == .commit || controls[index] == .rollback else { continue }
            let isWhole = open[session]?.mayWrite == true
            switch (isWhole, open[session]?.isDisturbed == true, controls[index]) {
            case (false, _, _): fates[current.id] = .flattened
            case (true, false, _): fates[current.id] = .kept
            case (true, true, .commit):
                fates[current.id] = .flattened
                flattened += 1
            default:
                fates[current.id] = .gone
                gone += 1
            }
            open[session] = nil
        }
        // What never ended is what the others never saw, where there are others.
        for (_, current) in open {
            fates[current.id] = current.isDisturbed && current.mayWrite ? .gone : .kept
            if current.isDisturbed, current.mayWrite { gone += 1 }
        }
        if flattened > 0 {
            assumptions.append(
                "\(flattened) transactions ran beside others; their statements are taken one by one, in order of time")
        }
        if gone > 0 { assumptions.append("\(gone) transactions that ran beside others were not committed: left out") }
    }

    private static func isRead(_ statement: CaseStatement) -> Bool {
        let word = statement.sql.drop { !$0.isLetter }.prefix { $0.isLetter }.uppercased()
        return ["SELECT", "VALUES", "WITH", "SHOW", "EXPLAIN", "PRAGMA"].contains(word)
    }

    /// Whether a statement of transaction control stays.
    func isKept(_ index: Int) -> Bool {
        guard let id = ofStatement[index] else { return false }
        return fates[id] == .kept
    }

    func objection(_ index: Int) -> String? {
        guard let id = ofStatement[index], fates[id] == .gone else { return nil }
        return "its transaction ran beside others and was not committed"
    }
}
