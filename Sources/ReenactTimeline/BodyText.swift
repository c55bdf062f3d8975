/// The text of a recorded body.
public enum BodyText {
    /// The text; where its bytes are no UTF-8 and its type says that they are text, each byte as the character of that
    /// number (ISO 8859-1), so that what is ASCII in it can be read. Nil where it is no text.
    ///
    /// - Parameter body: `requestBody` or `responseBody` of an event's detail.
    public static func read(_ body: JSONValue?) -> String? {
        if let text = body?["text"]?.string { return text }
        guard let coded = body?["base64"]?.string, isText(body?["contentType"]?.string ?? ""),
            let bytes = Base64.decode(coded), !bytes.contains(0)
        else { return nil }
        return String(String.UnicodeScalarView(bytes.map { Unicode.Scalar($0) }))
    }

    /// By RFC 9110's media types: `text/html`, `application/vnd.api+json`.
    private static func isText(_ type: String) -> Bool {
        let name = type.prefix { $0 != ";" }.lowercased()
        return name.hasPrefix("text/")
            || ["json", "xml", "javascript", "x-www-form-urlencoded", "yaml"].contains { name.hasSuffix($0) }
    }
}
