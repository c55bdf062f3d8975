import ReenactTimeline

/// A day that no calendar has (`2024-02-30`), where the exception says that a date is none and shows none.
public struct OddDate: Rule {
    public static let name = "odd-date"
    public static let precondition =
        "the exception says that a date is invalid, and an answer holds one that there is not"
    public static let evidence = "it is the only such value in the last answers"
    public static let counterEvidence = "the message shows another value; several such values came"

    private static let answersMax = 20

    public init() {}

    public func judge(_ look: Look) -> [Finding] {
        guard
            look.complaint.mentions([
                "invalid date", "day is out of range", "date out of range", "date value out of range",
                "month must be in", "invalid time value",
                "not a valid date", "year is out of range", "no such date", "date/time field value out of range",
                "error parsing time", "unparseable date", "could not be parsed at index", "garbage at end of string",
            ])
        else { return [] }
        var found: [(answer: Answer, leaf: Leaf)] = []
        for answer in look.answers.prefix(Self.answersMax)
        where (answer.http?.status ?? 200) < 400 && answer.sql?.error == nil {
            for leaf in answer.leaves where leaf.value.string.map(Self.isNoDay) ?? false {
                found.append((answer, leaf))
            }
        }
        guard let (answer, leaf) = found.first else { return otherwise(look) }
        let verb = answer.http.map { "answered \($0.status ?? 200) with" } ?? "returned"
        return [
            Finding(
                "malformed-answer", .dependency, evidence: [answer.event.id],
                confidence: found.count > 1 ? 0.72 : look.distance(answer.event) <= 3 ? 0.88 : 0.78,
                "\(Phrase.call(answer, look.failure)) \(verb) \(Phrase.quote(leaf.text, 40)) in \(Phrase.quote(leaf.path)), a day that there is not; \(Phrase.doing(look)) raised \(Phrase.exception(look))."
            )
        ]
    }

    /// The only value of a field of dates that is written otherwise.
    private func otherwise(_ look: Look) -> [Finding] {
        var found: [(answer: Answer, place: FieldPlaces.Place)] = []
        for answer in look.answers.prefix(5) where (answer.http?.status ?? 200) < 400 && answer.sql?.error == nil {
            for (_, places) in FieldPlaces(answer).places.sorted(by: { $0.key < $1.key }) {
                let texts = places.filter { $0.value?.string != nil }
                let odd = texts.filter { $0.value.map(ValueForm.init) != .date }
                if texts.count > 2, odd.count == 1 { found.append((answer, odd[0])) }
            }
        }
        guard found.count == 1 else { return [] }
        let verb = found[0].answer.http.map { "answered \($0.status ?? 200) with" } ?? "returned"
        return [
            Finding(
                "malformed-answer", .dependency, evidence: [found[0].answer.event.id], confidence: 0.78,
                "\(Phrase.call(found[0].answer, look.failure)) \(verb) \(found[0].place.shown), where the others have a date; \(Phrase.doing(look)) raised \(Phrase.exception(look))."
            )
        ]
    }

    /// Of the form of a date, and no day of the calendar.
    static func isNoDay(_ text: String) -> Bool {
        guard text.utf8.count >= 10, text.utf8.count <= 40 else { return false }
        // Programs know years of four digits.
        let year = text.prefix { $0.isNumber }
        if (5...6).contains(year.count), text.dropFirst(year.count).hasPrefix("-") {
            let rest = text.dropFirst(year.count + 1).prefix(5).split(separator: "-")
            if rest.count == 2, rest.allSatisfy({ $0.count == 2 && $0.allSatisfy(\.isNumber) }) { return true }
        }
        let parts = text.prefix(10).split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0].count == 4, parts[1].count == 2, parts[2].count == 2,
            let year = Int(parts[0]), let month = Int(parts[1]), let day = Int(parts[2])
        else { return false }
        guard year > 0, (1...12).contains(month), day > 0 else { return true }
        let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
        return day > [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1]
    }
}
