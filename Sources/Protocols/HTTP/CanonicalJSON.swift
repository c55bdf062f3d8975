/// A JSON text in one spelling: members sorted, no blanks, escapes and numbers written one way. Source: RFC 8259.
///
/// Works on bytes, as Foundation's decoder loses digits and is not linked into the runner.
struct CanonicalJSON: Sendable {
    indirect enum Node: Sendable {
        /// `true`, `false`, `null`, and numbers in canonical spelling.
        case plain([UInt8])
        /// Without quotes, escapes resolved.
        case string([UInt8])
        case array([Node])
        case object([(name: [UInt8], value: Node)])
    }

    let root: Node

    /// Nil where this is no JSON, or is nested deeper than 100.
    init?(_ bytes: [UInt8]) {
        var reader = CanonicalJSONReader(bytes)
        guard let root = reader.readDocument() else { return nil }
        self.root = root
    }

    /// The member of the outermost object as text, where it is a string.
    func string(_ name: String) -> String? {
        guard case .object(let members) = root,
            case .string(let value)? = members.first(where: { $0.name.elementsEqual(name.utf8) })?.value
        else { return nil }
        return ASCII.text(value[...])
    }

    /// The canonical text.
    var bytes: [UInt8] { text(volatileReplaced: false).bytes }

    /// The text with a marker for every value that looks like a time or a nonce; nil where there is none.
    var bytesWithoutVolatile: [UInt8]? {
        let (bytes, found) = text(volatileReplaced: true)
        return found ? bytes : nil
    }

    private func text(volatileReplaced: Bool) -> (bytes: [UInt8], found: Bool) {
        var writer = Writer(volatileReplaced: volatileReplaced)
        writer.write(root)
        return (writer.bytes, writer.found)
    }

    private struct Writer {
        let volatileReplaced: Bool
        var bytes: [UInt8] = []
        var found = false

        mutating func write(_ node: Node) {
            switch node {
            case .plain(let text):
                if !replaced(text) { bytes.append(contentsOf: text) }
            case .string(let text):
                if !replaced(text) { writeString(text) }
            case .array(let elements):
                bytes.append(UInt8(ascii: "["))
                for (index, element) in elements.enumerated() {
                    if index > 0 { bytes.append(ASCII.comma) }
                    write(element)
                }
                bytes.append(UInt8(ascii: "]"))
            case .object(let members):
                bytes.append(UInt8(ascii: "{"))
                for (index, member) in members.enumerated() {
                    if index > 0 { bytes.append(ASCII.comma) }
                    writeString(member.name)
                    bytes.append(ASCII.colon)
                    write(member.value)
                }
                bytes.append(UInt8(ascii: "}"))
            }
        }

        private mutating func replaced(_ text: [UInt8]) -> Bool {
            guard volatileReplaced, let kind = VolatileValue(text[...]) else { return false }
            found = true
            bytes.append(contentsOf: kind.marker)
            return true
        }

        private mutating func writeString(_ text: [UInt8]) {
            bytes.append(ASCII.quote)
            for byte in text {
                if byte == ASCII.quote || byte == ASCII.backslash { bytes.append(ASCII.backslash) }
                bytes.append(byte)
            }
            bytes.append(ASCII.quote)
        }
    }
}
