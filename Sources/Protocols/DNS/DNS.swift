import ReenactTimeline
import ReenactWire

/// The domain name system, over UDP and TCP.
///
/// Source: RFC 1035 (messages), RFC 7766 (TCP), RFC 6891 (EDNS).
public enum DNS: WireProtocol {
    public static let name = "dns"

    public static func recorder() -> any ExchangeRecorder { DNSRecorder() }

    public static func stub() -> any StubSession { DNSStub() }

    /// A whole query. On other ports than 53 (Docker's resolver has one) only a query without any doubt, and UDP only.
    public static func recognize(client: ArraySlice<UInt8>, server: ArraySlice<UInt8>, port: Int?) -> Recognition {
        if client.isEmpty { return server.isEmpty ? .unsure : .no }
        if let message = DNSMessage(Array(client)), message.isQuery {
            return port == 53 || message.isPlainQuery ? .yes : .no
        }
        guard port == 53 else { return .no }
        guard client.count >= 2 else { return .unsure }
        let bytes = Array(client)
        let length = Int(bytes[0]) << 8 | Int(bytes[1])
        guard length >= 12 else { return .no }
        if bytes.count < length + 2 { return bytes.count >= 5 && bytes[4] & 0x80 != 0 ? .no : .unsure }
        return DNSMessage(Array(bytes[2..<length + 2]))?.isQuery == true ? .yes : .no
    }
}

/// Numbers of record types, for people.
enum DNSType {
    static let a = 1
    static let cname = 5
    static let ptr = 12
    static let aaaa = 28
    static let opt = 41
    static let any = 255

    private static let names: [Int: String] = [
        1: "A", 2: "NS", 5: "CNAME", 6: "SOA", 12: "PTR", 15: "MX", 16: "TXT", 28: "AAAA", 33: "SRV", 35: "NAPTR",
        39: "DNAME", 41: "OPT", 43: "DS", 46: "RRSIG", 48: "DNSKEY", 52: "TLSA", 64: "SVCB", 65: "HTTPS", 255: "ANY",
        257: "CAA",
    ]

    static func name(_ number: Int) -> String { names[number] ?? "TYPE\(number)" }
    static func isKnown(_ number: Int) -> Bool { names[number] != nil }
}
