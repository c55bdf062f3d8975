import ReenactTimeline
import ReenactTriage

/// Which issue every failure belongs to: fingerprints, then the user's rules, then what people decided, in that order.
///
/// A pure function of decisions and rules. Keys of issues are fingerprints as they were first seen, `rule:NAME`, or
/// `split:` and a cause. Fingerprints of later versions lead to the key of the first one.
public struct IssueBook: Sendable {
    /// Decisions that count, in order.
    private(set) var standing: [Decision]
    /// Numbers of those that were taken back, with the decision that did so.
    let undone: [Int: Int]
    let rules: GroupingRules
    /// Any fingerprint of an issue to its key; any fingerprint of a cause to the cause's key.
    private var issueKeys: [String: String] = [:]
    private var causeKeys: [String: String] = [:]
    /// The first case of each cause.
    private var firstCases: [String: String] = [:]
    /// Causes that were taken out, with the decision.
    private var splits: [String: Decision] = [:]
    /// Issues that were put into others.
    private var parents: [String: (into: String, decision: Decision)] = [:]

    public init(_ decisions: [Decision], rules: GroupingRules = GroupingRules()) {
        var undone: [Int: Int] = [:]
        for decision in decisions.reversed() {
            if let number = decision.undoes, undone[decision.number] == nil { undone[number] = decision.number }
        }
        self.undone = undone
        self.rules = rules
        standing = decisions.filter { undone[$0.number] == nil && $0.action != .undo }
        for decision in standing { apply(decision) }
    }

    /// Takes in what has just been noted.
    mutating func note(_ decision: Decision) {
        standing.append(decision)
        apply(decision)
    }

    private mutating func apply(_ decision: Decision) {
        switch decision.action {
        case .seen:
            for key in [decision.issue] + decision.keys where issueKeys[key] == nil {
                issueKeys[key] = decision.issue
            }
            guard let cause = decision.causes.first.map({ causeKeys[$0] ?? $0 }) else { return }
            for key in decision.causes where causeKeys[key] == nil { causeKeys[key] = cause }
            if firstCases[cause] == nil { firstCases[cause] = decision.caseID }
        case .split:
            for cause in decision.causes { splits[causeKeys[cause] ?? cause] = decision }
        case .merge:
            for key in decision.keys {
                let (from, into) = (root(key), root(decision.issue))
                if from != into { parents[from] = (into, decision) }
            }
        case .regression, .resolve, .reopen, .ignore, .assign, .undo: break
        }
    }

    /// The key of the issue that a key was put into, or the key itself.
    func root(_ key: String) -> String {
        var key = issueKeys[key] ?? key
        while let parent = parents[key] { key = parent.into }
        return key
    }

    /// The key of the issue that this failure belongs to.
    func issue(of entry: StoredCase) -> String { root(base(of: entry)) }

    /// Before merges: a split beats a rule, and a rule beats the fingerprint.
    func base(of entry: StoredCase) -> String {
        if let split = splits[cause(of: entry)] { return split.splitKey }
        if let match = rules.match(entry.subject) { return "rule:\(match.name)" }
        return key(of: entry.issueKeys, issueKeys)
    }

    /// The key of the cause: its fingerprint as it was first seen.
    func cause(of entry: StoredCase) -> String { key(of: entry.causeKeys, causeKeys) }

    private func key(of candidates: [String], _ known: [String: String]) -> String {
        for candidate in candidates { if let key = known[candidate] { return key } }
        return candidates[0]
    }

    /// When the issue was resolved, where that is what holds.
    func resolved(_ key: String) -> String? {
        let decisions = standing.filter { $0.action != .seen && root($0.issue) == key }
        guard StoredIssue.state(decisions, lastTime: "").0 == .resolved else { return nil }
        return decisions.last { $0.action == .resolve }?.time
    }

    /// The case that was the first of this cause; nil where none was seen.
    func firstCase(of entry: StoredCase) -> String? { firstCases[cause(of: entry)] }

    /// What the store has to note of a failure; nil where everything about it is known.
    func news(of entry: StoredCase) -> Decision? {
        let isKnown =
            entry.issueKeys.allSatisfy { issueKeys[$0] != nil } && entry.causeKeys.allSatisfy { causeKeys[$0] != nil }
        guard !isKnown else { return nil }
        return Decision(
            .seen, issue: key(of: entry.issueKeys, issueKeys), keys: entry.issueKeys,
            causes: [cause(of: entry)]
                + entry.causeKeys.filter { $0 != cause(of: entry) }, caseID: entry.id, time: entry.time, by: "reenact")
    }

    /// The decisions about an issue, by its key: all that were ever made, also those taken back.
    func decisions(_ all: [Decision], about issue: String) -> [Decision] {
        all.filter { decision in
            guard decision.action != .seen else { return false }
            if let number = decision.undoes {
                return all.first { $0.number == number }.map { concerns($0, issue) } ?? false
            }
            return concerns(decision, issue)
        }
    }

    private func concerns(_ decision: Decision, _ issue: String) -> Bool {
        ([decision.issue] + decision.keys).contains { root($0) == issue }
            || (decision.action == .split && root(decision.splitKey) == issue)
    }

    /// Why the failure is in this issue, for people; nothing where its fingerprint alone says so.
    func reasons(_ entry: StoredCase) -> [String] {
        var reasons: [String] = []
        if let split = splits[cause(of: entry)] {
            reasons.append("taken out of \(IssueName.short(root(split.issue))) \(Self.told(split))")
        } else if let match = rules.match(entry.subject) {
            reasons.append("rule \"\(match.name)\", line \(match.line) of \(Store.rulesFile)")
        }
        var key = issueKeys[base(of: entry)] ?? base(of: entry)
        while let parent = parents[key] {
            reasons.append(
                "\(IssueName.short(key)) was put into \(IssueName.short(parent.into)) \(Self.told(parent.decision))")
            key = parent.into
        }
        return reasons
    }

    private static func told(_ decision: Decision) -> String {
        let why = decision.text.isEmpty ? "" : ": \(decision.text)"
        return "by \(decision.by) on \(decision.time.prefix(10)) (decision \(decision.number))\(why)"
    }
}

/// What people call an issue.
enum IssueName {
    /// Eight hexadecimal digits: of the fingerprint, or of the key's own hash.
    static func short(_ key: String) -> String {
        let parts = key.split(separator: ":")
        if parts.count == 2, Int(parts[0]) != nil, parts[1].count == 24 { return String(parts[1].prefix(8)) }
        return String(SHA256.hex(Array(key.utf8)).prefix(8))
    }
}

extension StoredCase {
    /// Fingerprints of the issue, this version's first.
    var issueKeys: [String] { [fingerprint] + formerFingerprints.prefix(1) }
    /// Fingerprints of the cause, this version's first.
    var causeKeys: [String] { [causeFingerprint] + formerFingerprints.dropFirst().prefix(1) }

    var subject: GroupingRules.Subject {
        GroupingRules.Subject(
            types: [exceptionType] + signature.causeTypes, message: message, frames: signature.frames,
            operation: operation, outcome: outcome.rawValue, causeClass: verdict.causeClass)
    }
}
