import ReenactTimeline

/// From a case to a verdict: all rules look, the best finding speaks, and without a good one the answer is "unclear".
public enum Triage {
    /// Raised whenever a rule may come to another verdict on the same case, so that kept verdicts are made anew.
    public static let version = 16

    /// Findings below this are not shown as a cause: precision before recall.
    public static let confidenceMin = 0.5

    /// Every rule, in order of preference where two are equally sure.
    public static let rules: [any Rule.Type] = [
        ExhaustedResource.self, RetryStorm.self, CachePoisoning.self, StaleRead.self, ExpiredToken.self,
        ClockSkew.self, VersionMismatch.self, ConstraintViolation.self, SerializationFailure.self, SchemaMismatch.self,
        DatabaseRejection.self, TLSFailure.self, NameResolution.self, ConnectionFailure.self,
        LocatedRead.self, RedirectLoop.self, DependencyErrorStatus.self, DependencyForm.self, CellForm.self,
        ValidatedField.self,
        DependencyField.self, ResponseHeader.self,
        DuplicateRows.self,
        MissingRow.self,
        UnexpectedNull.self, HangingReference.self, UnknownValue.self, MissingConfiguration.self,
        WrongConfiguration.self,
        EncodingFailure.self,
        MalformedInput.self, MissingInput.self, MalformedAnswer.self,
        ReportedField.self, UnfitValue.self, OddDate.self, ShownValue.self, PeerRefusal.self, SlowAnswer.self,
        SpokenFault.self, OddOne.self, EmptyValue.self, NilInText.self, NamedRow.self, QuotedValue.self,
        OddRequest.self,
    ]

    /// What speaks only where none of these found anything.
    public static let fallbacks: [any Rule.Type] = [LastResort.self]

    /// The verdict on a case.
    ///
    /// - Parameter known: the issue that has the same fingerprints, where there is one: then nothing is novel.
    public static func verdict(for failure: Case, known: KnownIssue? = nil) -> Verdict {
        verdict(for: Look(failure), known: known)
    }

    static func verdict(for look: Look, known: KnownIssue? = nil) -> Verdict {
        let best = findings(look).first.map { ($0.rule, withOrigin($0.finding, $0.rule, look)) }
        var verdict =
            best.map { rule, finding in
                Verdict(
                    tier: .selfEvident, causeClass: finding.causeClass, responsibility: finding.responsibility,
                    evidence: finding.evidence, counterEvidence: finding.counterEvidence,
                    confidence: (finding.confidence * 100).rounded() / 100,
                    // A message that ends in a full stop already.
                    sentence: finding.sentence.hasSuffix("..") ? String(finding.sentence.dropLast()) : finding.sentence,
                    rule: rule)
            } ?? unclear(look)
        if let known { verdict = known.verdict(of: verdict) }
        return verdict
    }

    /// What every rule found, the surest first, with the rule's name; only findings that may be shown.
    public static func findings(_ look: Look) -> [(rule: String, finding: Finding)] {
        var all: [(rank: Int, rule: String, finding: Finding)] = []
        for (rank, rule) in rules.enumerated() {
            for finding in rule.init().judge(look) where finding.confidence >= confidenceMin {
                all.append((rank, rule.name, finding))
            }
        }
        if all.isEmpty {
            for (rank, rule) in fallbacks.enumerated() {
                for finding in rule.init().judge(look) where finding.confidence >= confidenceMin {
                    all.append((rules.count + rank, rule.name, finding))
                }
            }
        }
        capElsewhere(&all, look)
        return all.sorted { ($1.finding.confidence, $0.rank) < ($0.finding.confidence, $1.rank) }
            .map { ($0.rule, $0.finding) }
    }

    /// What was not found, or was refused, was asked for by a value that something brought: that belongs to it.
    private static func withOrigin(_ finding: Finding, _ rule: String, _ look: Look) -> Finding {
        guard
            [MissingRow.name, DatabaseRejection.name, DependencyErrorStatus.name, EncodingFailure.name].contains(rule),
            let event = finding.evidence.first, finding.evidence.count == 1
        else { return finding }
        var finding = finding
        guard let asked = AskedValue.find(event, look), let end = finding.sentence.range(of: "; ") else {
            // Somebody asked for what can't be, and nobody knows who.
            if rule == MissingRow.name, AskedValue.isOddlyAsked(event, look) {
                finding.confidence = min(finding.confidence, 0.76)
            }
            return finding
        }
        finding.evidence += asked.event.map { [$0] } ?? []
        finding.sentence.replaceSubrange(end, with: " (\(asked.phrase(look))); ")
        return finding
    }

    /// Where the value that failed was found again for sure, or the exception repeats why a statement was refused, whoever
    /// accuses something else is not sure any more.
    private static func capElsewhere(_ all: inout [(rank: Int, rule: String, finding: Finding)], _ look: Look) {
        guard all.contains(where: { $0.finding.confidence > elsewhereMax }),
            let event = refused(look) ?? located(look)
        else { return }
        for index in all.indices where !all[index].finding.evidence.contains(event) {
            all[index].finding.confidence = min(all[index].finding.confidence, elsewhereMax)
        }
    }

    private static let elsewhereMax = 0.6

    private static func located(_ look: Look) -> Int? {
        guard let read = look.failedRead, read.key == nil, let place = look.readPlace, place.isSure else { return nil }
        return place.event
    }

    /// The statement whose refusal the exception repeats.
    private static func refused(_ look: Look) -> Int? {
        look.answers.prefix(20).first { answer in
            answer.sql?.error.map { $0.message.count >= 12 && look.message.contains($0.message) } ?? false
        }?.event.id
    }

    private static func unclear(_ look: Look) -> Verdict {
        let io = look.answers.count
        let seen =
            io == 0
            ? "it had asked nothing of the outside"
            : "nothing in the \(io) exchange\(io == 1 ? "" : "s") before it explains that"
        // Words that were printed are nothing that was raised.
        let isPrinted = look.isBlind
        let what = isPrinted ? "" : Phrase.exception(look)
        let said = look.failure.signature.operation
        let operation = said.isEmpty ? "The program" : said
        let subject =
            look.failure.signature.isNeighbours && isPrinted
            ? "\(operation) did not fail itself, and was \(Phrase.clean(look.message))"
            : isPrinted && !look.message.isEmpty
                ? "\(operation) \(ending(look))printed \(Phrase.quote(look.message))"
                : what.isEmpty ? "\(operation) failed" : "\(Phrase.place(look.site)) raised \(what)\(origin(look))"
        return Verdict(
            tier: .reenact, causeClass: "unclear", responsibility: .unclear,
            evidence: look.answers.first.map { [$0.event.id] } ?? [], confidence: 0,
            sentence: "\(subject); \(seen), so re-enact it to find out.", rule: "none")
    }

    /// Where it began, if what was raised wraps what another part had raised.
    private static func origin(_ look: Look) -> String {
        guard let first = look.exception?.causes.last, !first.type.isEmpty,
            let frame = first.frames.last(where: \.inApp) ?? first.frames.last, frame.function != look.site?.function
        else { return "" }
        let type = first.type.split(separator: ".").last.map(String.init) ?? first.type
        return ", which began as \(type) in \(Phrase.place(frame))"
    }

    /// How a program came to its end that raised nothing.
    private static func ending(_ look: Look) -> String {
        let outcome = look.failure.signature.outcome.rawValue
        if outcome.hasPrefix("exit:") { return "ended with status \(outcome.dropFirst(5)) and " }
        if outcome.hasPrefix("signal:") { return "was ended by SIG\(outcome.dropFirst(7)) and " }
        return ""
    }
}

/// An issue that was seen before.
public struct KnownIssue: Sendable, Equatable {
    public var id: String
    public var count: Int
    public init(id: String, count: Int) {
        self.id = id
        self.count = count
    }

    /// The verdict on a failure that is this issue's once more.
    public func verdict(of fresh: Verdict) -> Verdict {
        var verdict = fresh
        verdict.tier = .known
        verdict.sentence = "Seen \(count == 1 ? "once" : "\(count) times") before as \(id). " + fresh.sentence
        return verdict
    }
}
