import ReenactTimeline

/// This machine's clock and a peer's do not agree, and one of them minded.
public struct ClockSkew: Rule {
    public static let name = "clock-skew"
    public static let precondition =
        "an answer or the exception says that a time is too far off: not yet valid, issued in the future, skewed"
    public static let evidence = "those words; the peer's Date field differs from the recording's clock"
    public static let counterEvidence = "the peer's Date field agrees with the recording's clock within five seconds"

    public init() {}

    private static let phrases = [
        "clock skew", "clockskew", "requesttimetooskewed", "request time is too skewed", "too skewed",
        "difference between the request time and the current time", "used before issued", "issued in the future",
        "immaturesignature", "not yet valid (iat)", "not yet valid (nbf)", "token is not yet valid",
        "jwt not active", "certificate is not yet valid", "cert_not_yet_valid", "certificate not yet valid",
        "krb_ap_err_skew", "outside of the recvwindow", "timestamp is out of range", "timestamp out of range",
        "stale timestamp", "timestamp too old", "signature not yet current", "clock is set incorrectly",
        "time drift", "is later than the current time",
    ]
    /// Clocks that are kept by NTP differ by less; heads say whole seconds.
    private static let agreementMax: Int64 = 5
    private static let skewMin: Int64 = 30

    public func judge(_ look: Look) -> [Finding] {
        let told = look.answers.prefix(10).first { answer in
            guard let http = answer.http, let status = http.status, status >= 400 else { return false }
            return Wording(String(http.body.prefix(4000))).contains(any: Self.phrases)
        }
        let isLast = told.map { look.distance($0.event) == 0 } ?? false
        let early = look.answers.first { $0.event.outcome == "tls:not-yet-valid" }
        let isSpoken = look.complaint.mentions(Self.phrases) || early.map { look.distance($0.event) } == 0
        guard isSpoken || isLast else { return [] }
        let measured = look.answers.lazy.compactMap { answer in
            self.skew(answer, look).map { (answer: answer, seconds: $0) }
        }.first
        let agrees = measured.map { abs($0.seconds) <= Self.agreementMax } ?? false
        let differs = measured.map { abs($0.seconds) >= Self.skewMin } ?? false
        let confidence = differs ? 0.97 : agrees ? 0.7 : 0.9
        var by = ""
        if differs, let measured {
            let ahead = measured.seconds < 0 ? "ahead of" : "behind"
            by = ", \(abs(measured.seconds)) s \(ahead) \(Phrase.peer(measured.answer.event, look.failure))"
        }
        let call =
            told.map { "\(Phrase.call($0, look.failure)) answered \($0.http?.status ?? 0); " }
            ?? early.map { "\($0.event.summary): \($0.event.result). " } ?? ""
        return [
            Finding(
                "clock-skew", .configuration,
                evidence: [early, told, measured?.answer].compactMap { $0?.event.id }.unique,
                counterEvidence: agrees ? [measured?.answer.event.id].compactMap { $0 } : [], confidence: confidence,
                "\(call)The clocks do not agree: this machine's is off\(by); \(Phrase.doing(look)) raised \(Phrase.exception(look))."
            )
        ]
    }

    /// Seconds by which the peer's clock is ahead of the recording's; nil where it did not say.
    private func skew(_ answer: Answer, _ look: Look) -> Int64? {
        guard look.failure.anchor.unixNanoseconds > 0,
            let said = HTTPDate.seconds(answer.header("Date"))
        else { return nil }
        let here = look.failure.anchor.wallClock(at: answer.event.end ?? answer.event.start) / 1_000_000_000
        return said - here
    }
}

/// `Sun, 06 Nov 1994 08:49:37 GMT`. Source: RFC 9110, section 5.6.7.
enum HTTPDate {
    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    /// Seconds since 1970; nil where the text is no such date.
    static func seconds(_ text: String) -> Int64? {
        let words = text.split(separator: " ")
        guard words.count == 6, words[5] == "GMT", let day = Int64(words[1]), (1...31).contains(day),
            let month = months.firstIndex(of: String(words[2])), let year = Int64(words[3]),
            (1970...9999).contains(year)
        else { return nil }
        let time = words[4].split(separator: ":").compactMap { Int64($0) }
        guard time.count == 3, (0...23).contains(time[0]), (0...59).contains(time[1]), (0...60).contains(time[2]) else {
            return nil
        }
        return days(year, Int64(month) + 1, day) * 86_400 + time[0] * 3600 + time[1] * 60 + time[2]
    }

    /// Source: Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", days_from_civil.
    private static func days(_ year: Int64, _ month: Int64, _ day: Int64) -> Int64 {
        let shifted = month <= 2 ? year - 1 : year
        let era = shifted / 400
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * 146_097 + dayOfEra - 719_468
    }
}

extension [Int] {
    /// Each once, in order of appearance.
    var unique: [Int] {
        var seen: Set<Int> = []
        return filter { seen.insert($0).inserted }
    }
}
