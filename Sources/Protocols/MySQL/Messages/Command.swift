/// What a client asks: the first byte of a packet that begins a command.
///
/// Source: https://dev.mysql.com/doc/dev/mysql-server/latest/my__command_8h.html
struct Command: RawRepresentable, Sendable, Hashable {
    let rawValue: UInt8
    init(rawValue: UInt8) { self.rawValue = rawValue }

    static let quit = Command(rawValue: 0x01)
    static let initDB = Command(rawValue: 0x02)
    static let query = Command(rawValue: 0x03)
    static let fieldList = Command(rawValue: 0x04)
    static let statistics = Command(rawValue: 0x09)
    static let processInfo = Command(rawValue: 0x0a)
    static let ping = Command(rawValue: 0x0e)
    static let changeUser = Command(rawValue: 0x11)
    static let binlogDump = Command(rawValue: 0x12)
    static let prepare = Command(rawValue: 0x16)
    static let execute = Command(rawValue: 0x17)
    static let sendLongData = Command(rawValue: 0x18)
    static let closeStatement = Command(rawValue: 0x19)
    static let resetStatement = Command(rawValue: 0x1a)
    static let setOption = Command(rawValue: 0x1b)
    static let fetch = Command(rawValue: 0x1c)
    static let binlogDumpGTID = Command(rawValue: 0x1e)
    static let resetConnection = Command(rawValue: 0x1f)
    /// MariaDB's own: one statement with many sets of values.
    static let bulkExecute = Command(rawValue: 0xfa)

    private static let names: [UInt8: String] = [
        0x01: "QUIT", 0x02: "USE", 0x03: "QUERY", 0x04: "FIELD LIST", 0x05: "CREATE DB", 0x06: "DROP DB",
        0x07: "REFRESH", 0x08: "SHUTDOWN", 0x09: "STATISTICS", 0x0a: "PROCESS INFO", 0x0c: "KILL", 0x0d: "DEBUG",
        0x0e: "PING", 0x11: "CHANGE USER", 0x12: "BINLOG DUMP", 0x16: "PREPARE", 0x17: "EXECUTE",
        0x18: "SEND LONG DATA", 0x19: "CLOSE STATEMENT", 0x1a: "RESET STATEMENT", 0x1b: "SET OPTION", 0x1c: "FETCH",
        0x1e: "BINLOG DUMP GTID", 0x1f: "RESET CONNECTION", 0xfa: "BULK EXECUTE",
    ]

    /// In words for a person.
    var name: String { Self.names[rawValue] ?? "command \(rawValue)" }

    /// The server never answers these.
    var isUnanswered: Bool { [.quit, .sendLongData, .closeStatement].contains(self) }
}
