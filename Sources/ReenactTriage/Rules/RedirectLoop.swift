import ReenactTimeline

/// Answers sent the program from one address to another until its client gave up.
public struct RedirectLoop: Rule {
    public static let name = "redirect-loop"
    public static let precondition = "the exception is about redirects, and several answers of status 3xx came before it"
    public static let evidence = "an address was asked for more than once among them"
    public static let counterEvidence = "none: clients count redirects themselves"

    public init() {}

    public func judge(_ look: Look) -> [Finding] {
        guard look.complaint.mentions(["redirect"]) else { return [] }
        let moved = Array(
            look.answers.prefix { $0.http.map { (300..<400).contains($0.status ?? 0) } ?? true }
                .filter { $0.http != nil })
        guard moved.count >= 3 else { return [] }
        // The latest first: the circle is what stands between two visits of one place.
        let places = moved.compactMap { $0.http.map { "\($0.host)\($0.target)" } }
        let again = places.dropFirst().firstIndex(of: places[0])
        let circle = Array(moved.prefix(again ?? 2).reversed())
        let first = Phrase.call(circle[0], look.failure)
        let path =
            circle.count == 1 || again == nil
            ? "itself" : circle.dropFirst().compactMap { $0.http?.target }.map { Phrase.quote($0, 60) }.joined(separator: ", ")
        let what =
            again == nil
            ? "\(first) and \(moved.count - 1) more answers redirected on and on"
            : "\(first) redirects to \(path)\(circle.count > 1 ? " and back" : "")"
        return [
            Finding(
                "redirect-loop", .dependency, evidence: circle.map(\.event.id), confidence: again == nil ? 0.8 : 0.95,
                "\(what) (\(moved.count) redirects); \(Phrase.doing(look)) raised \(Phrase.exception(look)).")
        ]
    }
}
