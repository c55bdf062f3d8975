import FoundationEssentials
import ReenactTimeline
import ReenactTriage

extension Store {
    /// The user's rules of what belongs together, beside the cases.
    public static let rulesFile = "grouping.rules"

    /// Issues of the store, the one that failed last first.
    public func issues() throws -> [StoredIssue] {
        let (all, book) = try decisions()
        return Self.issues(try list().cases, book, all)
    }

    static func issues(_ cases: [StoredCase], _ book: IssueBook, _ all: [Decision]) -> [StoredIssue] {
        Dictionary(grouping: cases, by: { book.issue(of: $0) })
            .map { StoredIssue($0.key, $0.value, book, all) }
            .sorted { ($1.lastTime, $1.id) < ($0.lastTime, $0.id) }
    }

    /// The issue that a person means: the beginning of its id, its key, or a case.
    public func issue(_ name: String) throws -> StoredIssue {
        let issues = try issues()
        if let exact = issues.first(where: { $0.id == name || $0.key == name }) { return exact }
        let matches = name.isEmpty ? [] : issues.filter { $0.id.hasPrefix(name) }
        if matches.count == 1 { return matches[0] }
        if matches.count > 1 {
            throw StoreError(
                .ambiguous, thing: name, reason: "\(matches.count) issues begin like that",
                remedy: "give more of the id")
        }
        if let path = try? resolve(name), let entry = try entry(path: path),
            let issue = issues.first(where: { $0.causes.contains { $0.cases.contains(entry.id) } })
        {
            return issue
        }
        throw StoreError(
            .notFound, thing: name, reason: "no such issue in \(directory)",
            remedy: "`reenact issues` shows what there is")
    }

    /// Writes down what a person decided.
    ///
    /// - Returns: the decision with its number.
    @discardableResult
    public func decide(_ decision: Decision) throws -> Decision {
        let all = try log.append { all in
            if let number = decision.undoes {
                guard let target = all.first(where: { $0.number == number }), target.isByHand else {
                    throw StoreError(
                        .notFound, thing: "decision \(number)", reason: "there is none by hand with that number",
                        remedy: "`reenact issues show ISSUE` numbers them")
                }
                guard IssueBook(all).undone[number] == nil else {
                    throw StoreError(
                        .notFound, thing: "decision \(number)", reason: "it was taken back already",
                        remedy: "`reenact issues show ISSUE` tells by which")
                }
            }
            return [decision]
        }
        return all[all.count - 1]
    }

    /// The decision with that number.
    public func decision(_ number: Int) throws -> Decision? { try log.read().first { $0.number == number } }

    /// The user's rules; none where there is no file.
    public func rules() throws -> GroupingRules {
        let path = "\(directory)/\(Self.rulesFile)"
        guard let data = FileManager.default.contents(atPath: path) else { return GroupingRules() }
        do {
            return try GroupingRules(String(decoding: data, as: UTF8.self))
        } catch {
            throw StoreError(.unusable, thing: path, reason: "\(error)", remedy: "correct that line")
        }
    }

    var log: DecisionLog { DecisionLog(directory: directory) }

    func decisions() throws -> ([Decision], IssueBook) {
        let all = try log.read()
        return (all, IssueBook(all, rules: try rules()))
    }

    /// Notes what is new of these failures, the earliest first, and gives every one its issue and what is known of it.
    func settled(_ cases: [StoredCase]) throws -> [StoredCase] {
        let cases = cases.sorted { ($0.time, $0.id) < ($1.time, $1.id) }
        var (all, book) = try decisions()
        if cases.contains(where: { book.news(of: $0) != nil }) {
            // A directory that we may only read is told the same, without keeping it.
            all = (try? log.append { Self.news(of: cases, $0) }) ?? all + Self.news(of: cases, all)
            book = IssueBook(all, rules: try rules())
        }
        var counts: [String: Int] = [:]
        return cases.map { entry in
            var entry = entry
            entry.issue = IssueName.short(book.issue(of: entry))
            let before = counts[book.cause(of: entry), default: 0]
            counts[book.cause(of: entry), default: 0] += entry.count
            if let first = book.firstCase(of: entry), first != entry.id {
                entry.knownAs = first
                entry.verdict = KnownIssue(id: first, count: max(before, 1)).verdict(of: entry.verdict)
            }
            return entry
        }
    }

    /// Notes a failure that has just been added: what is new of it, and that it reopens its issue.
    func settle(_ entry: StoredCase, _ addition: Addition) throws -> Placement {
        var (_, book) = try decisions()
        let before = book.firstCase(of: entry)
        var resolved = book.resolved(book.issue(of: entry)).flatMap { entry.time > $0 ? $0 : nil }
        if resolved != nil || book.news(of: entry) != nil {
            let all = try log.append { all in
                let now = IssueBook(all, rules: book.rules)
                let issue = now.issue(of: entry)
                // Of several processes that see it come back, one says so.
                resolved = now.resolved(issue).flatMap { entry.time > $0 ? $0 : nil }
                let back = resolved.map { _ in
                    Decision(.regression, issue: issue, caseID: entry.id, time: entry.time, by: "reenact")
                }
                return [now.news(of: entry), back].compactMap { $0 }
            }
            book = IssueBook(all, rules: book.rules)
        }
        var knownAs = before
        if case .same(let id, _) = addition { knownAs = knownAs ?? id }
        return Placement(
            addition: addition, issue: IssueName.short(book.issue(of: entry)), resolved: resolved,
            knownAs: knownAs == entry.id ? nil : knownAs)
    }

    private static func news(of cases: [StoredCase], _ all: [Decision]) -> [Decision] {
        var book = IssueBook(all)
        var news: [Decision] = []
        for entry in cases {
            guard let decision = book.news(of: entry) else { continue }
            book.note(decision)
            news.append(decision)
        }
        return news
    }
}
