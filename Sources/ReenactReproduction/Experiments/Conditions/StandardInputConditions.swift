import ReenactTimeline
import ReenactWire

/// Single values of what a program was given on its standard input: of JSON, lines of JSON, XML, tables, settings.
enum StandardInputConditions {
    static func find(_ subject: Subject) -> [Condition] {
        guard let event = subject.failure.events.first(where: { StandardInputDetail($0) != nil }),
            let input = StandardInputDetail(event), input.missing == 0, let document = TextDocument(input.bytes)
        else { return [] }
        return TextConditions.find(
            document, told: "standard input", event: event.id, target: "input stdin", kind: .input,
            isSuspect: true, subject
        ) { .standardInput($0) }
    }
}
