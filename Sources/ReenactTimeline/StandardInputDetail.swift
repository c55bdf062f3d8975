/// What the event of the program's standard input tells in its `detail`; its kind is `file`.
public struct StandardInputDetail: Sendable, Equatable {
    /// The event's `peer`.
    public static let peer = "stdin"

    /// From the beginning, as far as it was kept.
    public var bytes: [UInt8]
    /// True: a file, where a program may read back and forth. False: a pipe or a socket.
    public var isFile: Bool
    /// Its end was seen.
    public var isWhole: Bool
    /// Bytes that were given behind those, and not kept.
    public var missing: Int

    public init(bytes: [UInt8], isFile: Bool, isWhole: Bool, missing: Int) {
        self.bytes = bytes
        self.isFile = isFile
        self.isWhole = isWhole
        self.missing = missing
    }

    /// Of an event; nil where it is another one.
    public init?(_ event: Event) {
        guard event.kind == .file, event.peer == Self.peer else { return nil }
        if let text = event.detail["text"]?.string {
            bytes = Array(text.utf8)
        } else if let given = event.detail["base64"]?.string.flatMap(Base64.decode) {
            bytes = given
        } else {
            return nil
        }
        isFile = event.detail["file"]?.bool ?? false
        isWhole = event.detail["whole"]?.bool ?? false
        missing = Int(clamping: event.detail["missing"]?.integer ?? 0)
    }

    /// `text` where it is UTF-8, else `base64`; `file`, `whole`, `missing`.
    public var json: JSONValue {
        var members: [String: JSONValue] = ["file": .bool(isFile), "whole": .bool(isWhole)]
        if missing > 0 { members["missing"] = .integer(Int64(missing)) }
        if let text = String(validating: bytes, as: UTF8.self) {
            members["text"] = .string(text)
        } else {
            members["base64"] = .string(Base64.encode(bytes))
        }
        return .object(members)
    }
}
