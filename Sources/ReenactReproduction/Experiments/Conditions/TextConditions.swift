import ReenactTimeline
import ReenactWire

/// What could have been otherwise in a text that reads as a document.
enum TextConditions {
    static func find(
        _ document: TextDocument, told: String, event: Int?, target: String, kind: Condition.Kind, isSuspect: Bool,
        _ subject: Subject, make: @escaping (TextEdit) -> Condition.Change
    ) -> [Condition] {
        // Two ways to say the same are one.
        DocumentConditions.find(
            in: document.json, healthy: nil, told: told, event: event, target: target, isSuspect: isSuspect, kind: kind,
            subject
        ) { path, value in document.edit(path, value).map(make) }
    }
}
