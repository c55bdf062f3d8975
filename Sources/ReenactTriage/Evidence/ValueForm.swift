import ReenactTimeline

/// What sort of value stands somewhere: coarse enough that healthy values of one field have the same.
enum ValueForm: String, Sendable {
    case nothing = "nothing"
    case flag = "a truth value"
    case number = "a number"
    case object = "an object"
    case list = "a list"
    case emptyList = "an empty list"
    case emptyObject = "an empty object"
    case emptyText = "an empty text"
    case numberText = "a number as text"
    case date = "a date"
    case address = "an address"
    case text = "text"
    case notFinite = "no finite number"
    case control = "text with control characters"

    init(_ value: JSONValue) {
        switch value {
        case .null: self = .nothing
        case .bool: self = .flag
        case .integer: self = .number
        case .number(let number): self = number.isFinite ? .number : .notFinite
        case .array(let elements): self = elements.isEmpty ? .emptyList : .list
        case .object(let members): self = members.isEmpty ? .emptyObject : .object
        case .string(let text): self = Self.of(text)
        }
    }

    private static func of(_ text: String) -> ValueForm {
        guard let first = text.utf8.first else { return .emptyText }
        if text.utf8.contains(where: { $0 < 9 }) { return .control }
        if ["nan", "inf", "-inf", "infinity", "-infinity"].contains(text.lowercased()) { return .notFinite }
        if first < 0x3a, let number = Double(text), number.isFinite { return .numberText }
        if isDate(text) { return .date }
        if text.hasPrefix("http://") || text.hasPrefix("https://") || text.contains("@") && !text.contains(" ") {
            return .address
        }
        return .text
    }

    /// `2024-05-01`, with or without a time behind it; a day that there is.
    private static func isDate(_ text: String) -> Bool {
        let day = text.prefix(10).split(separator: "-", omittingEmptySubsequences: false)
        guard day.count == 3, day[0].count == 4, let year = Int(day[0]), let month = Int(day[1]),
            let number = Int(day[2])
        else { return false }
        let rest = text.dropFirst(10)
        return year > 0 && (1...12).contains(month) && (1...31).contains(number)
            && (rest.isEmpty || rest.first == "T" || rest.first == " ")
    }

    /// A text of whatever sort.
    var isText: Bool { [.text, .date, .numberText, .address, .emptyText, .control].contains(self) }

    /// Healthy values of one field may be of both forms.
    func isAkin(to other: ValueForm) -> Bool {
        if self == other { return true }
        let pairs: [Set<ValueForm>] = [
            [.text, .address], [.text, .numberText], [.list, .emptyList], [.text, .date],
        ]
        return pairs.contains([self, other])
    }
}
