import ReenactTimeline

/// The value that the failing part choked on, found again in what came from outside: the same object, with the same
/// members beside it.
public struct LocatedRead: Rule {
    public static let name = "located-read"
    public static let precondition =
        "the failing part's variables were seen, and lead to just one value that can't be used as it is"
    public static let evidence =
        "an answer, or the input, holds the very object in which that value stands, or is missing"
    public static let counterEvidence = "other answers hold one that looks alike; only the name is the same"

    public init() {}

    public func judge(_ look: Look) -> [Finding] {
        guard !look.answers.isEmpty || look.trigger != nil || look.failure.trigger.kind == .job else { return [] }
        guard let read = look.failedRead, let place = look.readPlace, place.isSure || place.likeness >= 0.5 else {
            return []
        }
        if let status = place.answer?.http?.status, status >= 400 { return [] }
        // What was picked by a key may be good, and the key be wrong.
        let most = read.key == nil ? 1 : 0.78
        let confidence = min(most, place.isSure ? 0.93 : place.rivals == 0 ? 0.8 : 0.66)
        let path = Phrase.quote(place.path)
        let isRow = place.answer?.sql != nil
        let (causeClass, what): (String, String) =
            switch read.fault {
            case .missing: ("dependency-missing-field", "without \(Self.lacking(read, place))")
            case .null: (isRow ? "unexpected-null" : "dependency-null-field", "with null in \(path)")
            case .text:
                ("malformed-answer", "with a value that can't be read in \(path)\(Self.shown(read.value))")
            case .kind:
                (
                    isRow ? "malformed-answer" : "dependency-retyped-field",
                    "with \(path) as \(ExpectedKind.name(of: read.value ?? .null))\(Self.shown(read.value))"
                )
            }
        let tail = "\(Phrase.doing(look)) raised \(Phrase.exception(look))."
        guard let answer = place.answer else {
            let brought =
                read.fault == .missing
                ? "no \(Self.lacking(read, place))"
                : read.fault == .text
                    ? "a value that can't be read in \(path)\(Self.shown(read.value))"
                    : read.fault == .null
                        ? "null in \(path)"
                        : "\(path) as \(ExpectedKind.name(of: read.value ?? .null))\(Self.shown(read.value))"
            return [
                Finding(
                    "malformed-input", .input, evidence: place.event.map { [$0] } ?? [], confidence: confidence,
                    "\(Phrase.input(look)) brought \(brought); \(tail)")
            ]
        }
        let verb = answer.http.map { "answered \($0.status ?? 200)" } ?? (isRow ? "returned a row" : "answered")
        return [
            Finding(
                causeClass, .dependency, evidence: [answer.event.id], confidence: confidence,
                "\(Phrase.call(answer, look.failure)) \(verb) \(what); \(tail)")
        ]
    }

    private static func lacking(_ read: FailedRead, _ place: ReadPlace) -> String {
        let similar = FieldDocument.similar(to: read.name, among: Set((read.beside ?? [:]).keys))
        let rest = similar.map { " (it has \(Phrase.quote($0)))" } ?? ""
        return place.path == read.name
            ? Phrase.quote(read.name) + rest : "\(Phrase.quote(read.name)) at \(Phrase.quote(place.path))" + rest
    }

    private static func shown(_ value: JSONValue?) -> String {
        guard let value, value.object == nil, value.array == nil else { return "" }
        return " (\(Phrase.quote(Leaf(path: "", name: "", value: value).text, 40)))"
    }
}
