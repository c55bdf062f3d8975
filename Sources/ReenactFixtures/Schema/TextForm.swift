/// Texts of one form: letters stay letters of their case, digits stay digits, all else stays as it is.
enum TextForm {
    /// The text with one sign for every letter and digit: what texts of one form have in common.
    static func form(_ text: String) -> String {
        String(
            decoding: text.utf8.map { byte in
                switch byte {
                case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt8(ascii: "9")
                case UInt8(ascii: "a")...UInt8(ascii: "z"): UInt8(ascii: "a")
                case UInt8(ascii: "A")...UInt8(ascii: "Z"): UInt8(ascii: "A")
                default: byte
                }
            }, as: UTF8.self)
    }

    /// The next one, counted from the right; nil after the last.
    static func next(_ text: String) -> String? {
        var bytes = Array(text.utf8)
        for place in bytes.indices.reversed() {
            switch bytes[place] {
            case UInt8(ascii: "9"): bytes[place] = UInt8(ascii: "0")
            case UInt8(ascii: "z"): bytes[place] = UInt8(ascii: "a")
            case UInt8(ascii: "Z"): bytes[place] = UInt8(ascii: "A")
            case UInt8(ascii: "0")..<UInt8(ascii: "9"), UInt8(ascii: "a")..<UInt8(ascii: "z"),
                UInt8(ascii: "A")..<UInt8(ascii: "Z"):
                bytes[place] += 1
                return String(decoding: bytes, as: UTF8.self)
            default: continue
            }
        }
        return nil
    }

    /// So many that follow the text.
    static func following(_ text: String, _ count: Int) -> [String] {
        var list: [String] = []
        var last = text
        while list.count < count, let one = next(last) {
            list.append(one)
            last = one
        }
        return list
    }
}
