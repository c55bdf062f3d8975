/// What sort of secret a field, parameter or member holds, told by its name.
///
/// The raw value is the kind that `Secret` reports.
enum SecretName: String, Sendable {
    case password
    case token

    /// - Parameter name: in lower case.
    init?(_ name: String) {
        guard name.utf8.count <= 64 else { return nil }
        let plain = name.filter { $0 != "-" && $0 != "_" && $0 != "." && $0 != " " }
        if plain.contains("password") || plain.contains("passwd") || plain.contains("passphrase")
            || ["pwd", "pass", "cvv", "cvc"].contains(plain)
        {
            self = .password
            return
        }
        let marks = ["secret", "apikey", "accesskey", "privatekey", "credential", "authorization", "sessionid"]
        if marks.contains(where: { plain.contains($0) }) || ["sig", "signature", "xamzsignature"].contains(plain) {
            self = .token
            return
        }
        // `max_tokens` counts, `next_page_token` is a place in a list.
        let isPlace = ["page", "next", "continuation", "sync", "cancel"].contains { plain.contains($0) }
        guard plain.hasSuffix("token") || plain.hasPrefix("xauth"), !isPlace else { return nil }
        self = .token
    }
}
