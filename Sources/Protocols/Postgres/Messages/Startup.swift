/// Codes that stand where a StartupMessage has its version.
///
/// Source: https://www.postgresql.org/docs/current/protocol-message-formats.html#PROTOCOL-MESSAGE-FORMATS-STARTUPMESSAGE
enum StartupCode {
    static let cancel: UInt32 = 80_877_102
    static let ssl: UInt32 = 80_877_103
    static let gss: UInt32 = 80_877_104
}

/// StartupMessage (no byte id): the version and names with values.
///
/// Source: https://www.postgresql.org/docs/current/protocol-message-formats.html#PROTOCOL-MESSAGE-FORMATS-STARTUPMESSAGE
struct StartupMessage {
    /// The server refuses longer ones (`MAX_STARTUP_PACKET_LENGTH`).
    static let lengthMax = 10_000

    var code: UInt32
    var parameters: [(name: String, value: String)] = []

    init?(_ body: ArraySlice<UInt8>) {
        var reader = ByteReader(body)
        guard let code = reader.int32() else { return nil }
        self.code = UInt32(bitPattern: code)
        guard self.code >> 16 == 3 else { return }
        while let name = reader.cString(), !name.isEmpty, let value = reader.cString() {
            parameters.append((text(name), text(value)))
        }
    }

    func value(_ name: String) -> String? { parameters.first { $0.name == name }?.value }

    /// `startup|database=app|user=me`: sorted, because clients' order carries no meaning.
    var key: String {
        "startup|" + parameters.map { "\($0.name)=\($0.value)" }.sorted().joined(separator: "|")
    }

    var summary: String {
        let user = value("user") ?? ""
        return "connect \(user)@\(value("database") ?? user)"
    }
}

/// Authentication… ('R'): what the server asks for.
///
/// Source: https://www.postgresql.org/docs/current/protocol-message-formats.html#PROTOCOL-MESSAGE-FORMATS-AUTHENTICATIONOK
enum Authentication {
    static let ok: Int32 = 0
    static let clearText: Int32 = 3
    static let md5: Int32 = 5

    static func name(_ code: Int32) -> String {
        switch code {
        case ok: "ok"
        case 2: "kerberos"
        case clearText: "password"
        case md5: "md5"
        case 7, 8: "gss"
        case 9: "sspi"
        case 10, 11, 12: "scram"
        default: "\(code)"
        }
    }
}
