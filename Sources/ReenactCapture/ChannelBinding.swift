/// PostgreSQL's offer to bind a password's proof to the server's certificate.
///
/// A server makes it over TLS only, and a client that was told that there is no TLS takes it for an attack.
/// Source: https://www.postgresql.org/docs/current/sasl-authentication.html
enum ChannelBinding {
    private static let offer = Array("SCRAM-SHA-256-PLUS\0".utf8)

    /// The bytes without the offer, where they begin with AuthenticationSASL and it is not the only one.
    static func withoutOffer(_ bytes: [UInt8]) -> [UInt8] {
        // 'R', length, 10, names that end in zero bytes, and one more.
        guard bytes.count >= 9, bytes[0] == UInt8(ascii: "R"), bytes[5...8].elementsEqual([0, 0, 0, 10]) else {
            return bytes
        }
        let length = bytes[1...4].reduce(0) { $0 << 8 | Int($1) }
        guard length < 1000, bytes.count >= length + 1 else { return bytes }
        let names = Array(bytes[9..<(length + 1)])
        guard let place = ByteSearch.first(offer, in: names), names.count > offer.count + 1 else { return bytes }
        let shorter = UInt32(length - offer.count)
        var result = [bytes[0]]
        for shift in [24, 16, 8, 0] { result.append(UInt8(truncatingIfNeeded: shorter >> UInt32(shift))) }
        result += [0, 0, 0, 10]
        result += names[..<place] + names[(place + offer.count)...]
        return result + bytes[(length + 1)...]
    }
}
