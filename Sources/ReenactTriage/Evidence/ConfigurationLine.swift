import ReenactTimeline

/// A line in which a program complains about a setting by its name.
struct ConfigurationLine {
    var text: String
    /// The setting.
    var name: String
    var isException: Bool
    /// The log event, where it was printed.
    var event: Int?

    /// The exception's message first, then what a command printed last.
    static func said(_ look: Look) -> [ConfigurationLine] {
        var lines: [ConfigurationLine] = []
        if look.complaint.mentions(["config", "settings"]), let line = line(look.message, look.types) {
            lines.append(line)
        }
        guard look.failure.trigger.kind == .command else { return lines }
        for text in look.failure.outputTail.split(separator: "\n").suffix(12).map(String.init) {
            guard var line = line(text, "") else { continue }
            line.isException = false
            line.event =
                look.failure.events.last { $0.kind == .log && $0.detail["text"]?.string?.contains(text) ?? false }?.id
            lines.append(line)
        }
        return lines
    }

    private static func line(_ text: String, _ types: String) -> ConfigurationLine? {
        guard text.utf8.count <= 2000,
            Wording(types + " " + text).contains(any: ["configuration", "config ", "settings", "improperlyconfigured"]),
            let name = SourceText.quoted(text).first, name.count >= 3,
            name.allSatisfy({ $0.isLetter || $0.isNumber || "_.-".contains($0) })
        else { return nil }
        return ConfigurationLine(text: text, name: name, isException: true)
    }
}
