import ReenactTimeline
import ReenactTriage

/// A case as the finders of conditions look at it.
struct Subject: Sendable {
    let failure: Case
    /// Other cases: what their peers answered well is a healthy form.
    let others: [Case]
    let look: Look
    let verdict: Verdict
    /// The code's own files, where they can be read here: for names of variables.
    let host: HostView
    /// Calls that may be changed, the latest first.
    let calls: [Event]
    /// What the failing code's text says.
    let source: SourceText
    /// The failure's message; of a command with what it printed shortly before its end: some say only there what was wrong.
    let complaint: String
    private let evidence: Set<Int>

    /// Beyond so many the earlier ones are left alone.
    private static let callsMax = 60

    init(_ failure: Case, _ others: [Case] = [], host: HostView = .here) {
        self.failure = failure
        self.others = others
        self.host = host
        look = Look(failure)
        verdict = Triage.verdict(for: failure)
        source = SourceText(failure, host: host)
        complaint = look.message + Self.lastWords(failure)
        evidence = Set(verdict.evidence)
        let phases: Set<Event.Phase> =
            failure.trigger.event == nil
            ? [.startup, .history, .failing, .ambiguous] : [.failing, .ambiguous, .concurrent]
        let kinds: Set<Event.Kind> = [.call, .statement, .transport]
        let end = max(look.time, failure.trigger.time)
        calls = Array(
            failure.events.reversed().filter {
                kinds.contains($0.kind) && phases.contains($0.phase) && $0.start <= end
                    && $0.detail["preamble"]?.bool != true
            }.prefix(Self.callsMax))
    }

    private static let lastWordsNanoseconds: Instant = 1_000_000_000
    private static let lastWordsBytes = 4000

    private static func lastWords(_ failure: Case) -> String {
        guard failure.trigger.kind == .command else { return "" }
        var words = ""
        for event in failure.events.reversed() where event.kind == .log {
            let text = event.detail["text"]?.string ?? ""
            guard event.start >= failure.failureTime - lastWordsNanoseconds,
                words.utf8.count + text.utf8.count <= lastWordsBytes
            else { break }
            words = "\n" + text + words
        }
        return words
    }

    /// Triage took the event as evidence.
    func isEvidence(_ event: Event) -> Bool { evidence.contains(event.id) }

    /// The verdict's sentence names a member and its value.
    func isTold(_ name: String, _ value: String) -> Bool {
        guard name.count > 1, value.count >= 3 else { return false }
        return verdict.sentence.contains(name) && verdict.sentence.contains(value)
    }

    /// The verdict's sentence names the place: `"items[1].name"`.
    func isTold(place: String) -> Bool {
        place.count > 1 && (verdict.sentence.contains("\"\(place)\"") || verdict.sentence.contains("`\(place)`"))
    }

    /// The verdict accuses that event, and names a place whose last part is the name.
    func tells(_ name: String, of event: Event) -> Bool {
        guard verdict.evidence.first == event.id, name.count > 1 else { return false }
        return [".\(name)\"", "\"\(name)\"", ", \(name)\"", "]\(name)\""].contains(where: verdict.sentence.contains)
    }

    /// The value stands in the failure's message or in what the failing code held.
    func reaches(_ text: String) -> Bool {
        guard !text.isEmpty, text.count < 500 else { return false }
        let near = look.holdings.filter { ($0.depth ?? 0) < 2 }
        if text.count >= 3 {
            // Characters that cannot be shown stand there as programs write them: `\\x00`.
            let shown = Self.escaped(text)
            return near.contains { $0.value.contains(text) || shown.map($0.value.contains) ?? false }
        }
        // A short value counts only where the message quotes it.
        return says(text)
    }

    /// The text with `\\x00` for each control character; nil where it has none.
    private static func escaped(_ text: String) -> String? {
        guard text.unicodeScalars.contains(where: { $0.value < 32 }) else { return nil }
        return text.unicodeScalars.reduce("") { shown, scalar in
            guard scalar.value < 32 else { return shown + String(scalar) }
            let short = ["\n": "\\n", "\t": "\\t", "\r": "\\r"][String(scalar)]
            return shown + (short ?? "\\x" + (scalar.value < 16 ? "0" : "") + String(scalar.value, radix: 16))
        }
    }

    /// The value stands in the failure's own message.
    func says(_ text: String) -> Bool { Self.says(text, in: look.message) }

    /// The value stands there, or in what the command printed last.
    func hears(_ text: String) -> Bool { Self.says(text, in: complaint) }

    private static func says(_ text: String, in message: String) -> Bool {
        guard !text.isEmpty, text.count < 500 else { return false }
        if text.count >= 3 { return message.contains(text) }
        return message.contains("'\(text)'") || message.contains("\"\(text)\"") || message.contains(": \(text)")
    }

    /// Another value of the same form that the failing code held or its message tells: of the same length and beginning.
    func kin(of text: String) -> String? {
        guard (8...200).contains(text.count) else { return nil }
        let start = text.prefix(4)
        for holding in look.holdings {
            let words = holding.value.prefix(20_000).split { !($0.isLetter || $0.isNumber || ":/+=_-.".contains($0)) }
            if let found = words.first(where: { $0.count == text.count && $0.hasPrefix(start) && $0 != text }) {
                return String(found)
            }
        }
        return nil
    }

    /// The name stands in the source lines near the throw, or in the message.
    func names(_ word: String) -> Bool {
        guard word.count > 1 else { return false }
        if look.message.contains(word) { return true }
        // Where an assignment failed, the narrow part is only what was assigned to.
        return look.frames.prefix(3).contains { $0.source.contains(word) } || source.near.contains(word)
    }

    /// The failure's words, and the failing code's.
    var text: String { look.types + "\n" + look.message + "\n" + source.all }

    /// A variable of the failing code has that name.
    func holds(_ name: String) -> Bool {
        guard name.count > 1 else { return false }
        return look.frames.prefix(2).contains { frame in frame.locals.contains { $0.name == name } }
    }

    /// All cases, this one first, each with the events of a kind that went well.
    var sources: [Case] { [failure] + others }
}
