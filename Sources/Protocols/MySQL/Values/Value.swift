import ReenactTimeline
import ReenactWire

/// A value of a row or of a parameter.
enum Value: Sendable, Equatable {
    case null
    case integer(Int64)
    case unsigned(UInt64)
    case number(Double)
    /// A date or time, in SQL's notation.
    case moment(String)
    case bytes(ArraySlice<UInt8>)

    /// Bytes of one value that get into an event.
    static let shownMax = 4096

    /// As an event shows it; `isCut` is set where that is not the whole.
    func json(isCut: inout Bool) -> JSONValue {
        switch self {
        case .null: return .null
        case .integer(let value): return .integer(value)
        case .unsigned(let value): return Int64(exactly: value).map { .integer($0) } ?? .string("\(value)")
        // JSON has no infinities.
        case .number(let value): return value.isFinite ? .number(value) : .string("\(value)")
        case .moment(let value): return .string(value)
        case .bytes(let value):
            if value.count > Self.shownMax { isCut = true }
            return .string(Self.shown(value))
        }
    }

    /// Text as text, anything else in hexadecimal digits.
    static func shown(_ value: ArraySlice<UInt8>) -> String {
        if value.count <= shownMax {
            return String(validating: value, as: UTF8.self) ?? "0x" + hex(value)
        }
        var part = value.prefix(shownMax)
        // The cut may go through a character.
        for _ in 0..<3 {
            if let text = String(validating: part, as: UTF8.self) { return text + "…" }
            part = part.dropLast()
        }
        return String(validating: part, as: UTF8.self).map { $0 + "…" } ?? "0x" + hex(value.prefix(shownMax / 2)) + "…"
    }

    /// In canonical keys: equal values of one sort give equal text, and no value can look like two.
    var key: String {
        switch self {
        case .null: return "null"
        case .integer(let value): return "\(value)"
        case .unsigned(let value): return "\(value)"
        case .number(let value): return "f\(value)"
        case .moment(let value): return "d\(value)"
        case .bytes(let value):
            if value.count > 512 { return "#\(ContentHash(value).text)" }
            if let text = String(validating: value, as: UTF8.self) { return "t\(value.count):\(text)" }
            return "x\(hex(value))"
        }
    }

    /// The marker that stands for the value where it differs from run to run by its nature, else nil.
    var volatileMarker: String? {
        switch self {
        case .moment: return "<time>"
        case .bytes(let value): return Volatile.marker(for: value)
        default: return nil
        }
    }

    /// In one line for a person.
    var line: String {
        switch self {
        case .null: return "NULL"
        case .integer(let value): return "\(value)"
        case .unsigned(let value): return "\(value)"
        case .number(let value): return "\(value)"
        case .moment(let value): return "'\(value)'"
        case .bytes(let value):
            let shown = Summary.line(Self.shown(value.prefix(200)))
            return "'\(shown.count > 40 ? shown.prefix(40) + "…" : shown[...])'"
        }
    }
}
