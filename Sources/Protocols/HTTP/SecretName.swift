/// What sort of secret a field, parameter or member holds, told by its name.
///
/// The raw value is the kind that `Secret` reports. Works on bytes: it is asked for every member of every JSON body.
enum SecretName: String, Sendable {
    case password
    case token

    private static let passwords = ["password", "passwd", "passphrase"].map { Array($0.utf8) }
    private static let exactPasswords = ["pwd", "pass", "cvv", "cvc"].map { Array($0.utf8) }
    private static let tokens = [
        "secret", "apikey", "accesskey", "privatekey", "credential", "authorization", "sessionid",
    ].map { Array($0.utf8) }
    /// A signature in a query opens a door (presigned URLs); in a body it only vouches for what stands beside it.
    private static let exactTokens = ["xamzsignature", "xgoogsignature"].map { Array($0.utf8) }
    private static let tokenEnd = Array("token".utf8)
    private static let auth = Array("xauth".utf8)
    /// `next_page_token` is a place in a list.
    private static let places = ["page", "next", "continuation", "sync", "cancel"].map { Array($0.utf8) }

    /// - Parameter name: in any case; dashes, underscores, dots and blanks do not count.
    init?(_ name: some Collection<UInt8>) {
        guard (3...64).contains(name.count) else { return nil }
        var plain: [UInt8] = []
        plain.reserveCapacity(name.count)
        for byte in name where byte != 0x2d && byte != 0x5f && byte != 0x2e && byte != ASCII.space {
            plain.append(ASCII.lower(byte))
        }
        if Self.passwords.contains(where: { ASCII.contains(plain, $0) }) || Self.exactPasswords.contains(plain) {
            self = .password
        } else if Self.tokens.contains(where: { ASCII.contains(plain, $0) }) || Self.exactTokens.contains(plain) {
            self = .token
        } else if plain.suffix(5).elementsEqual(Self.tokenEnd) || plain.starts(with: Self.auth),
            !Self.places.contains(where: { ASCII.contains(plain, $0) })
        {
            // `max_tokens` counts, and does not end like this.
            self = .token
        } else {
            return nil
        }
    }
}
