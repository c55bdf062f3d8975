/// JSON of what a recording says of itself, as `JSONDecoder` reads it. By hand: Foundation's encoder takes a millisecond
/// to get ready, which a recording of a small program would notice.
struct JSONWriter {
    private var text = "{"
    private var isFirst = true

    static func bytes(_ header: RecordingHeader) -> [UInt8] {
        var processor = JSONWriter()
        processor.add("name", header.processor.name)
        let features = header.processor.features.sorted { $0.key < $1.key }
        var words = JSONWriter()
        for (name, value) in features { words.add(name, UInt64(value)) }
        processor.add("features", raw: words.end())
        processor.add("stateSize", UInt64(header.processor.stateSize))
        var json = JSONWriter()
        json.add("command", header.command)
        json.add("workingDirectory", header.workingDirectory)
        json.add("kernel", header.kernel)
        json.add("processor", raw: processor.end())
        json.add("cpu", header.cpu)
        if let started = header.started { json.add("started", started) }
        if let host = header.host { json.add("host", host) }
        return Array(json.end().utf8)
    }

    static func bytes(_ file: RecordedFile) -> [UInt8] {
        var json = JSONWriter()
        json.add("id", file.id)
        json.add("path", file.path)
        json.add("size", file.size)
        json.add("hash", file.hash)
        json.add("isEmbedded", raw: file.isEmbedded ? "true" : "false")
        return Array(json.end().utf8)
    }

    static func bytes(_ summary: RecordingSummary) -> [UInt8] {
        var json = JSONWriter()
        json.add("events", summary.events)
        json.add("tasks", summary.tasks)
        json.add("status", Int(summary.status))
        json.add("nanoseconds", summary.nanoseconds)
        json.add("calls", summary.calls)
        json.add("preemptions", summary.preemptions)
        json.add("signals", summary.signals)
        json.add("notes", summary.notes)
        if let buffered = summary.buffered { json.add("buffered", buffered) }
        return Array(json.end().utf8)
    }

    private mutating func add(_ name: String, raw value: String) {
        if !isFirst { text += "," }
        isFirst = false
        text += JSONWriter.quoted(name) + ":" + value
    }

    private mutating func add(_ name: String, _ value: String) { add(name, raw: JSONWriter.quoted(value)) }
    private mutating func add(_ name: String, _ value: some BinaryInteger) { add(name, raw: "\(value)") }

    private mutating func add(_ name: String, _ list: [String]) {
        var text = "["
        for (index, value) in list.enumerated() { text += (index > 0 ? "," : "") + JSONWriter.quoted(value) }
        add(name, raw: text + "]")
    }

    private func end() -> String { text + "}" }

    /// RFC 8259, section 7.
    static func quoted(_ value: String) -> String {
        var result = "\""
        for scalar in value.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case _ where scalar.value < 0x20:
                let digits = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}
