/// First bytes of values.
///
/// Source: https://redis.io/docs/latest/develop/reference/protocol-spec/#resp-protocol-description
enum RESPType {
    static let simple = UInt8(ascii: "+")
    static let error = UInt8(ascii: "-")
    static let integer = UInt8(ascii: ":")
    static let bulk = UInt8(ascii: "$")
    static let array = UInt8(ascii: "*")
    static let null = UInt8(ascii: "_")
    static let boolean = UInt8(ascii: "#")
    static let double = UInt8(ascii: ",")
    static let bigNumber = UInt8(ascii: "(")
    static let bulkError = UInt8(ascii: "!")
    static let verbatim = UInt8(ascii: "=")
    static let map = UInt8(ascii: "%")
    static let attribute = UInt8(ascii: "|")
    static let set = UInt8(ascii: "~")
    static let push = UInt8(ascii: ">")

    static func isKnown(_ byte: UInt8) -> Bool { "+-:$*_#,(!=%|~>".utf8.contains(byte) }
}
