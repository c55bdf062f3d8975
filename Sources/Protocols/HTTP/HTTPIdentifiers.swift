/// Values in header fields that may name the trigger which caused a message; read, never added.
enum HTTPIdentifiers {
    static func all(in head: HTTPHead) -> [String] {
        var found: [String] = []
        for field in head.fields {
            // Of all the fields that pass, few are any of these: their values are not made texts.
            guard names.contains(field.name),
                let value = identifier(field.name, head.text(field.valueRange)), !value.isEmpty,
                value.utf8.count <= 256, !found.contains(value), found.count < 32
            else { continue }
            found.append(value)
        }
        return found
    }

    private static let names: Set<String> = [
        "x-request-id", "x-correlation-id", "x-b3-traceid", "request-id", "traceparent", "sentry-trace", "b3",
        "x-amzn-trace-id",
    ]

    private static func identifier(_ name: String, _ value: String) -> String? {
        switch name {
        case "x-request-id", "x-correlation-id", "x-b3-traceid", "request-id": value
        // W3C Trace Context, 3.2: version, trace id, parent id, flags.
        case "traceparent": value.split(separator: "-").dropFirst().first.map(String.init)
        case "sentry-trace", "b3": value.contains("-") ? value.split(separator: "-").first.map(String.init) : nil
        // The root is what all calls of one trigger share.
        case "x-amzn-trace-id":
            value.split(separator: ";").first { $0.hasPrefix("Root=") }.map { String($0.dropFirst(5)) } ?? value
        default: nil
        }
    }
}
