/// Names whose values are secrets, and values that show it themselves.
enum SecretNames {
    private static let parts = [
        "password", "passwd", "pwd", "secret", "token", "api_key", "apikey", "access_key", "private_key", "credential",
        "auth_key", "signing_key", "encryption_key", "session_key", "client_secret", "passphrase",
    ]
    /// Words that only end like a password; SSH_ASKPASS names a program.
    private static let otherPasses = ["askpass", "bypass", "compass", "surpass", "trespass"]
    private static let harmless = ["token_url", "token_endpoint", "password_file", "secret_file"]

    /// Whether an environment variable of that name holds a secret.
    static func isSecret(_ name: String) -> Bool {
        let lower = name.lowercased()
        guard !harmless.contains(where: { lower.hasSuffix($0) }), lower != "pwd", lower != "oldpwd" else {
            return false
        }
        if lower.hasSuffix("pass"), !otherPasses.contains(where: { lower.hasSuffix($0) }) { return true }
        return parts.contains { lower.contains($0) } || lower.hasSuffix("_dsn")
    }

    /// `next_page_token` is a place in a list.
    private static let places = ["page", "next", "continuation", "sync", "cancel"]

    /// Whether a member of a document, or a column of a table, of that name holds a secret: `tokens` and `secretary` do not.
    static func isSecretMember(_ name: String) -> Bool {
        let plain = name.lowercased().filter { $0 != "_" && $0 != "-" && $0 != "." }
        if ["pwd", "pass", "secret", "cvv", "cvc"].contains(plain) { return true }
        if plain.hasSuffix("token") { return !places.contains { plain.contains($0) } }
        return [
            "password", "passwd", "passwordhash", "hashedpassword", "passphrase", "secretkey", "apikey", "accesskey",
            "privatekey", "clientsecret", "credentials", "sessionid",
        ].contains { plain.hasSuffix($0) }
    }

    /// The password in `scheme://user:password@host`, where there is one.
    static func password(inURL value: String) -> Substring? {
        guard let scheme = value.range(of: "://") else { return nil }
        let rest = value[scheme.upperBound...]
        guard let at = rest.prefix(while: { $0 != "/" && $0 != "?" }).lastIndex(of: "@"),
            let colon = rest[..<at].firstIndex(of: ":")
        else { return nil }
        let password = rest[rest.index(after: colon)..<at]
        return password.isEmpty ? nil : password
    }
}

extension String {
    /// The first place of a text, without Foundation.
    func range(of text: String) -> Range<String.Index>? {
        guard let found = ByteSearch.first(Array(text.utf8), in: Array(utf8)) else { return nil }
        let start = utf8.index(utf8.startIndex, offsetBy: found)
        return start..<utf8.index(start, offsetBy: text.utf8.count)
    }
}
