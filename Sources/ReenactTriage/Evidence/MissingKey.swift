import ReenactTimeline

/// Which key or property a message says was not there.
enum MissingKey {
    /// The key by its name: `'rate'` of a KeyError, `rate` of `Undefined array key "rate"`.
    ///
    /// - Parameters:
    ///   - signature: the type of the failure, and `message` its message, where no exception was seen.
    static func named(_ chain: [ExceptionRecord], signature: String, _ message: String) -> String? {
        for record in chain {
            if let key = named(type: record.type, message: record.message) { return key }
            // `Range(**row)`: the members of a mapping are the arguments.
            if record.frames.last?.source.contains("**") ?? false,
                let range = record.message.range(of: "required positional argument: "),
                let key = SourceText.quoted(" " + record.message[range.upperBound...]).first
            {
                return key
            }
        }
        return chain.isEmpty ? named(type: signature, message: message) : nil
    }

    private static func named(type: String, message: String) -> String? {
        let newline = UInt8(ascii: "\n")
        let line = String(message.utf8.drop { $0 == newline }.prefix { $0 != newline }) ?? message
        if type == "KeyError" || type.hasSuffix(".KeyError") || type.hasSuffix("MultiValueDictKeyError") {
            if let quoted = SourceText.quoted(line).first { return quoted }
            return line.isEmpty || line.contains(" ") ? nil : line
        }
        // pydantic: the field's path on a line of its own. marshmallow: a mapping. JSON Schema: a sentence.
        if message.contains("  Field required"), let range = message.range(of: "\n  Field required") {
            let path = message[..<range.lowerBound].split(separator: "\n").last ?? ""
            if let name = path.split(separator: ".").last, !name.contains(" ") { return String(name) }
        }
        for phrase in [" is a required property", ": ['Missing data for required field"] {
            // Bytes tell quickly that it is not there; characters, where it is.
            guard message.contains(phrase), let range = message.range(of: phrase) else { continue }
            if let name = SourceText.quoted(String(message[..<range.lowerBound])).last { return name }
        }
        // dacite: the field's path.
        if let range = line.range(of: "missing value for field \"") {
            let path = line[range.upperBound...].prefix { $0 != "\"" }
            if let name = path.split(separator: ".").last { return String(name) }
        }
        for start in [
            "Undefined array key \"", "Undefined index: ", "Undefined property: ", "key not found: \"", "JSONObject[\"",
            "missing field `", "missing required field \"", "missing key: ", "Missing key: ", "No value for ",
        ] {
            if let range = line.range(of: start) {
                let rest = line[range.upperBound...].prefix { !"\"`'] ,;)".contains($0) }
                let name = rest.split(separator: "$").last.map(String.init) ?? String(rest)
                if !name.isEmpty { return name }
            }
        }
        return nil
    }

    /// The field that is one too many: Python's `unexpected keyword argument 'beta'`, Go's `json: unknown field "beta"`,
    /// Rust's `unknown field `beta``, Jackson's `Unrecognized field "beta"`.
    static func surplus(_ look: Look) -> String? {
        for phrase in ["unexpected keyword argument ", "unknown field ", "Unrecognized field ", "Unknown field "] {
            guard let range = look.message.range(of: phrase) else { continue }
            if let name = SourceText.quoted(" " + look.message[range.upperBound...]).first { return name }
        }
        return nil
    }

    /// The property that was read of `undefined` or `null`: `rate` of `(reading 'rate')`.
    static func read(_ look: Look) -> String? { read(look.message) }

    static func read(_ message: String) -> String? {
        for phrase in [
            "(reading '", "Cannot read property '", "no attribute '", "undefined method `", "undefined method '",
            "on null: ", "property \"",
        ] {
            if let range = message.range(of: phrase) {
                let name = message[range.upperBound...].prefix {
                    $0.isLetter || $0.isNumber || $0 == "_" || $0 == "$"
                }
                if !name.isEmpty { return String(name) }
            }
        }
        return nil
    }

    /// The field that could not be put into a type: Go's `Go struct field Rates.rate of type float64`.
    static func retyped(_ look: Look) -> String? {
        guard let range = look.message.range(of: "Go struct field ") else { return nil }
        let path = look.message[range.upperBound...].prefix { $0 != " " }
        return path.split(separator: ".").last.map(String.init)
    }

    /// Names that the source lines near the throw read: `["rates"]`, `.rates`, `->rates`, `get("rates")`.
    static func inSource(_ look: Look) -> [String] { names(in: look.sourceLines) }

    static func names(in lines: [String]) -> [String] {
        var names: [String] = []
        for line in lines {
            for quoted in SourceText.quoted(line) where !names.contains(quoted) { names.append(quoted) }
            for part in line.split(whereSeparator: { !($0.isLetter || $0.isNumber || $0 == "_" || $0 == "$") }) {
                let word = String(part)
                if word.count > 1, !names.contains(word) { names.append(word) }
            }
        }
        return names
    }
}
