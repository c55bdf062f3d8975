/// A statement's text without the values that a driver wrote into it: `WHERE id = ?` of `WHERE id = 47`. Lists of values are
/// one, however long they are.
enum StatementForm {
    static func of(_ sql: String) -> String {
        var form: [UInt8] = []
        var rest = Array(sql.utf8)[...]
        while let byte = rest.first {
            if byte == quote {
                rest = rest.dropFirst()
                skipText(&rest)
                add(&form)
            } else if isDigit(byte), !(form.last.map(isWord) ?? false) {
                rest = rest.drop { isWord($0) || $0 == dot }
                add(&form)
            } else if isNull(rest), !(form.last.map(isWord) ?? false), isPlace(form) {
                rest = rest.dropFirst(4)
                add(&form)
            } else {
                form.append(byte)
                rest = rest.dropFirst()
            }
        }
        return String(decoding: form, as: UTF8.self)
    }

    private static let (quote, mark, dot, backslash) = (
        UInt8(ascii: "'"), UInt8(ascii: "?"), UInt8(ascii: "."), UInt8(ascii: "\\")
    )

    /// A value behind a value and a comma is part of the same list.
    private static func add(_ form: inout [UInt8]) {
        var end = form[...]
        while end.last == UInt8(ascii: " ") { end.removeLast() }
        if end.last == UInt8(ascii: ",") {
            end.removeLast()
            while end.last == UInt8(ascii: " ") { end.removeLast() }
            if end.last == mark {
                form = Array(end)
                return
            }
        }
        form.append(mark)
    }

    private static func skipText(_ rest: inout ArraySlice<UInt8>) {
        while let byte = rest.popFirst() {
            if byte == backslash { rest = rest.dropFirst() }
            guard byte == quote else { continue }
            if rest.first != quote { return }
            rest = rest.dropFirst()
        }
    }

    /// `NULL` where a value may stand; `IS NULL` asks something else.
    private static func isNull(_ rest: ArraySlice<UInt8>) -> Bool {
        rest.prefix(4).elementsEqual("NULL".utf8) && !(rest.dropFirst(4).first.map(isWord) ?? false)
    }

    private static func isPlace(_ form: [UInt8]) -> Bool {
        form.last { $0 != UInt8(ascii: " ") && $0 != 10 }.map { "(,=".utf8.contains($0) } ?? false
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }

    private static func isWord(_ byte: UInt8) -> Bool {
        isDigit(byte) || (0x41...0x5A).contains(byte & 0xDF) || byte == UInt8(ascii: "_") || byte == UInt8(ascii: "$")
            || byte >= 0x80
    }
}
