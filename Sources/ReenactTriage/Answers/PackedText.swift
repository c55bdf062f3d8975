import ReenactTimeline

/// Documents within texts as queues and caches keep them: JSON, Python's pickles, either of them compressed or as base64.
enum PackedText {
    private static let plainMax = 1 << 20
    private static let layersMax = 4

    /// The document, or nil where the text is none that can be read.
    ///
    /// - Parameter text: bytes that are no text stand in it as `\x..`.
    static func document(_ text: String) -> JSONValue? {
        if let first = text.first(where: { !$0.isWhitespace }), first == "{" || first == "[",
            let json = JSONParser.parse(text)
        {
            return unwrapped(json)
        }
        guard text.contains("\\x") else { return nil }
        return document(bytes(text), layers: layersMax)
    }

    private static func document(_ bytes: [UInt8], layers: Int) -> JSONValue? {
        guard layers > 0 else { return nil }
        if Inflate.isGzip(bytes), let plain = try? Inflate.gzip(bytes, limit: plainMax) {
            return document(plain, layers: layers - 1)
        }
        if Inflate.isZlib(bytes), let plain = try? Inflate.zlib(bytes, limit: plainMax) {
            return document(plain, layers: layers - 1)
        }
        if let value = Pickle.parse(bytes) { return value }
        guard let first = bytes.first, "{[".utf8.contains(first) else { return nil }
        return JSONParser.parse(String(decoding: bytes, as: UTF8.self)).map(unwrapped)
    }

    /// An envelope that says its body is base64 holds what the body does.
    /// Source: https://docs.celeryq.dev/en/stable/internals/protocol.html
    private static func unwrapped(_ json: JSONValue) -> JSONValue {
        guard var members = json.object, json["properties"]?["body_encoding"]?.string == "base64",
            let body = json["body"]?.string.flatMap(Base64.decode), let inner = document(body, layers: layersMax - 1)
        else { return json }
        members["body"] = inner
        return .object(members)
    }

    private static func bytes(_ text: String) -> [UInt8] {
        let source = Array(text.utf8)
        var bytes: [UInt8] = []
        bytes.reserveCapacity(source.count)
        var index = 0
        while index < source.count {
            if source[index] == UInt8(ascii: "\\"), index + 3 < source.count, source[index + 1] == UInt8(ascii: "x"),
                let high = hex(source[index + 2]), let low = hex(source[index + 3])
            {
                bytes.append(high << 4 | low)
                index += 4
            } else {
                bytes.append(source[index])
                index += 1
            }
        }
        return bytes
    }

    private static func hex(_ digit: UInt8) -> UInt8? { Character(Unicode.Scalar(digit)).hexDigitValue.map(UInt8.init) }
}
