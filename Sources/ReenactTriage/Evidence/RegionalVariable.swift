import ReenactTimeline

/// Variables that every process has and that tell of the place where it runs: zone, language, characters. Most failures
/// have nothing to do with them; what is here says when one has.
public struct RegionalVariable: Sendable, Equatable {
    public var name: String
    public var value: String

    /// The value as messages have it: a locale without its encoding.
    public var said: String { name == "TZ" ? value : Self.withoutEncoding(value) }

    private static let ofLanguage = [
        "LANGUAGE", "LC_ALL", "LC_CTYPE", "LC_TIME", "LC_NUMERIC", "LC_MONETARY", "LC_COLLATE", "LC_MESSAGES", "LANG",
    ]
    private static let aboutZones = ["timezone", "time zone", "zoneinfo", "time-zone", "unknown zone", "tzset"]
    private static let plain: Set<String> = ["C", "POSIX", "UTC", "GMT", "", "en", "en_US"]

    /// What the variable would hold where nobody wanted anything special.
    public var ordinary: String { name == "TZ" ? "UTC" : name == "LANGUAGE" ? "en" : "C.UTF-8" }

    /// The variable of which a failure speaks; nil where it speaks of none.
    ///
    /// A zone must be what the exception complains of, and be held or quoted as it is. Of a locale all but the encoding must stand
    /// in the message: libraries take that off before they look for `en_US@euro`.
    public static func spoken(_ look: Look) -> RegionalVariable? {
        let variables = look.variables
        if let zone = variables["TZ"], isZone(zone, look) { return .init(name: "TZ", value: zone) }
        for name in ofLanguage {
            guard let value = variables[name] else { continue }
            let locale = withoutEncoding(value)
            let parts = locale.split { "@:".contains($0) }.map(String.init)
            guard !plain.contains(locale), parts.contains(where: { $0.count >= 4 || $0.contains("_") }),
                parts.allSatisfy({ part in look.messages.contains { SourceText.contains($0, word: part) } })
            else { continue }
            return .init(name: name, value: value)
        }
        return nil
    }

    private static func isZone(_ zone: String, _ look: Look) -> Bool {
        guard zone.count >= 4, !plain.contains(zone), look.complaint.mentions(aboutZones) else { return false }
        return look.messages.contains { $0.contains(zone) }
            || look.frames.prefix(4).contains { frame in
                frame.locals.contains { !$0.redacted && SourceText.unquoted($0.value) == zone }
            }
    }

    /// `en_US.UTF-8@euro` is `en_US@euro` to those who look for its files.
    private static func withoutEncoding(_ value: String) -> String {
        guard let dot = value.firstIndex(of: ".") else { return value }
        return String(value[..<dot]) + value[dot...].drop { $0 != "@" && $0 != ":" }
    }
}
