/// A moment as the failing code wants it written, read off the message that says what it wanted.
enum WantedMoment {
    private static let fields: [(String, String)] = [
        ("%Y", "2026"), ("%y", "26"), ("%m", "01"), ("%d", "02"), ("%e", "2"), ("%H", "03"), ("%I", "03"), ("%M", "04"),
        ("%S", "05"), ("%f", "000000"), ("%L", "000"), ("%z", "+0000"), ("%Z", "UTC"), ("%b", "Jan"), ("%B", "January"),
        ("%a", "Fri"), ("%A", "Friday"), ("%p", "AM"), ("%j", "002"), ("%T", "03:04:05"), ("%F", "2026-01-02"),
        ("%s", "1767323045"),
    ]

    /// Nil where the message speaks of no moment.
    static func text(_ message: String) -> String? {
        // `time data '' does not match format '%Y-%m-%d'`
        if let format = quoted(behind: "does not match format ", in: message) {
            let written = fields.reduce(format) { $0.replacing($1.0, with: $1.1) }.replacing("%%", with: "%")
            return written.contains("%") ? nil : written
        }
        // `parsing time "" as "2006-01-02T15:04:05Z07:00"`: such a format is itself a moment.
        if message.contains("parsing time "), let layout = quoted(behind: " as ", in: message) {
            return layout.replacing("Z07:00", with: "Z").replacing("-0700", with: "+0000").replacing(
                "-07:00", with: "+00:00")
        }
        let phrases = [
            "Invalid isoformat string", "Invalid time value", "Invalid Date", "invalid date",
            "Failed to parse time string",
            "DateTimeParseException", "could not be parsed at index", "invalid xmlschema date", "no time information",
            "not a valid date", "date value out of range",
        ]
        return phrases.contains { message.contains($0) } ? "2026-01-02T03:04:05" : nil
    }

    private static func quoted(behind start: String, in message: String) -> String? {
        guard let range = message.firstRange(of: start), let quote = message[range.upperBound...].first,
            quote == "'" || quote == "\""
        else { return nil }
        let rest = message[range.upperBound...].dropFirst()
        guard let end = rest.firstIndex(of: quote), end > rest.startIndex else { return nil }
        return String(rest[..<end])
    }
}
