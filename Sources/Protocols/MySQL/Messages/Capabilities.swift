/// What both ends agreed on. The upper 32 bits are MariaDB's own.
///
/// Sources: https://dev.mysql.com/doc/dev/mysql-server/latest/group__group__cs__capabilities__flags.html,
/// https://mariadb.com/kb/en/connection/#capabilities
struct Capabilities: OptionSet, Sendable, Hashable {
    let rawValue: UInt64
    init(rawValue: UInt64) { self.rawValue = rawValue }

    /// Set by MySQL; a MariaDB server leaves it out and says more in the upper 32 bits.
    static let longPassword = Capabilities(rawValue: 1 << 0)
    static let connectWithDatabase = Capabilities(rawValue: 1 << 3)
    static let compress = Capabilities(rawValue: 1 << 5)
    static let localFiles = Capabilities(rawValue: 1 << 7)
    static let protocol41 = Capabilities(rawValue: 1 << 9)
    static let ssl = Capabilities(rawValue: 1 << 11)
    static let secureConnection = Capabilities(rawValue: 1 << 15)
    static let pluginAuth = Capabilities(rawValue: 1 << 19)
    static let connectAttributes = Capabilities(rawValue: 1 << 20)
    static let lengthEncodedAuth = Capabilities(rawValue: 1 << 21)
    static let sessionTrack = Capabilities(rawValue: 1 << 23)
    static let deprecateEOF = Capabilities(rawValue: 1 << 24)
    static let optionalMetadata = Capabilities(rawValue: 1 << 25)
    static let zstd = Capabilities(rawValue: 1 << 26)
    static let queryAttributes = Capabilities(rawValue: 1 << 27)
    static let mariadbExtendedMetadata = Capabilities(rawValue: 1 << 35)
    static let mariadbCacheMetadata = Capabilities(rawValue: 1 << 36)

    /// What decides how answers are written.
    static let shape: Capabilities = [
        .deprecateEOF, .sessionTrack, .optionalMetadata, .mariadbExtendedMetadata, .mariadbCacheMetadata,
    ]

    /// What a stub never offers: it speaks plainly, and reads no files of the client.
    static let refusedByStub: Capabilities = [.ssl, .compress, .zstd, .localFiles, .optionalMetadata]
}

/// The server's state, sent along with most answers.
///
/// Source: https://dev.mysql.com/doc/dev/mysql-server/latest/mysql__com_8h.html (SERVER_STATUS_flags_enum)
struct ServerStatus: OptionSet, Sendable, Hashable {
    let rawValue: UInt16
    init(rawValue: UInt16) { self.rawValue = rawValue }

    static let inTransaction = ServerStatus(rawValue: 1)
    static let autocommit = ServerStatus(rawValue: 2)
    static let moreResults = ServerStatus(rawValue: 8)
    static let cursorExists = ServerStatus(rawValue: 0x40)
    static let lastRowSent = ServerStatus(rawValue: 0x80)
    static let inReadOnlyTransaction = ServerStatus(rawValue: 0x2000)
    static let sessionStateChanged = ServerStatus(rawValue: 0x4000)
}
