/// The engine whose SQL is spoken.
public enum SQLDialect: String, Sendable, CaseIterable {
    case sqlite, postgres
}

/// A value as statements bind it and rows hold it.
public enum SQLValue: Sendable, Hashable {
    case null
    case bool(Bool)
    case int(Int64)
    case real(Double)
    /// A decimal number in its lexical form, scale kept.
    case number(String)
    case text(String)
    case blob([UInt8])

    var isNull: Bool { self == .null }

    /// Its numeric value, where it has one without looking into text.
    var double: Double? {
        switch self {
        case .bool(let flag): flag ? 1 : 0
        case .int(let number): Double(number)
        case .real(let number): number
        case .number(let text): Double(text)
        case .null, .text, .blob: nil
        }
    }

    /// As `double`, but text that reads as a number counts too: a column's affinity would make it one.
    var looseDouble: Double? {
        if case .text(let text) = self, let first = text.utf8.first, first < 0x3A { return Double(text) }
        return double
    }

    /// Truth as SQL has it; nil is unknown.
    var truth: Bool? {
        switch self {
        case .null: nil
        case .bool(let flag): flag
        default: looseDouble.map { $0 != 0 } ?? false
        }
    }

    /// Equal after the conversions that columns make; two nulls are the same value here.
    func matches(_ other: SQLValue) -> Bool {
        if self == other { return true }
        if isNull || other.isNull { return false }
        if case .text(let left) = self, case .text(let right) = other {
            return left == right || TimeSpan.areSame(left, right)
        }
        if let left = looseDouble, let right = other.looseDouble { return left == right }
        return false
    }

    /// Which comes first, by number where both are, else by text; nil where SQL would say unknown.
    func ordered(before other: SQLValue) -> Bool? {
        if isNull || other.isNull { return nil }
        if case .text(let left) = self, case .text(let right) = other {
            return left.utf8.lexicographicallyPrecedes(right.utf8)
        }
        if let left = looseDouble, let right = other.looseDouble { return left < right }
        return nil
    }

    /// The literal that gives this value back in both dialects.
    func literal(_ dialect: SQLDialect) -> String {
        switch self {
        case .null: return "NULL"
        case .bool(let flag): return dialect == .sqlite ? (flag ? "1" : "0") : (flag ? "true" : "false")
        case .int(let number): return String(number)
        case .real(let number):
            if number.isFinite { return "\(number)" }
            if dialect == .postgres { return "'\(number.isNaN ? "NaN" : number < 0 ? "-Infinity" : "Infinity")'" }
            return number.isNaN ? "NULL" : number < 0 ? "-9e999" : "9e999"
        case .number(let text): return dialect == .sqlite || Double(text)?.isFinite != true ? Self.quoted(text) : text
        case .text(let text):
            guard dialect == .sqlite, text.utf8.contains(0) else { return Self.quoted(text) }
            return "CAST(x'\(Self.hex(Array(text.utf8)))' AS TEXT)"
        case .blob(let bytes): return dialect == .sqlite ? "x'\(Self.hex(bytes))'" : "'\\x\(Self.hex(bytes))'::bytea"
        }
    }

    static func quoted(_ text: String) -> String {
        var out = "'"
        for scalar in text.unicodeScalars {
            if scalar == "'" { out.unicodeScalars.append("'") }
            out.unicodeScalars.append(scalar)
        }
        return out + "'"
    }

    static func hex(_ bytes: [UInt8]) -> String {
        let digits = Array("0123456789abcdef".utf8)
        var out: [UInt8] = []
        out.reserveCapacity(bytes.count * 2)
        for byte in bytes { out += [digits[Int(byte >> 4)], digits[Int(byte & 15)]] }
        return String(decoding: out, as: UTF8.self)
    }
}

/// An identifier as both dialects take it.
func quotedName(_ name: String) -> String {
    "\"" + name.replacing("\"", with: "\"\"") + "\""
}
