import ReenactWire

/// Answers that need no recording, since the protocol's specification and the live session determine them.
struct SpecificationAnswer {
    /// The name under which such an answer is noted.
    static let relaxation = "answered from the specification"

    let session: LiveSession
    let capabilities: Capabilities
    let serverVersion: [UInt8]

    /// Whether the effect of the command is all there is to it.
    static func isPossible(_ question: Question) -> Bool {
        switch question.command {
        case .ping, .initDB, .resetConnection, .resetStatement, .setOption, .changeUser: true
        case .query, .execute: question.effect.hasFixedAnswer
        default: false
        }
    }

    /// The packets of an empty OK.
    func ok(to command: Command, sequence: UInt8) -> [UInt8] {
        var out = PacketWriter(sequence: sequence)
        if command == .setOption {
            let payload =
                capabilities.contains(.deprecateEOF)
                ? session.ok.payload(header: 0xfe, capabilities) : EOFPacket(status: session.ok.status).payload
            out.packet(payload)
        } else {
            out.packet(session.ok.payload(capabilities))
        }
        return out.bytes
    }

    /// The packets of a row of system variables; nil where one of them is not known.
    func variables(_ words: [String], sequence: UInt8) -> [UInt8]? {
        guard let names = SystemVariables.names(words) else { return nil }
        let version = text(serverVersion.starts(with: "5.5.5-".utf8) ? serverVersion[6...] : serverVersion[...])
        var row = ByteWriter()
        var columns: [Column] = []
        for name in names {
            guard
                let value = SystemVariables.value(
                    name.variable, version: version, autocommit: session.autocommit)
            else { return nil }
            row.string(value.utf8)
            let label = name.column.isEmpty ? "@@\(name.variable)" : name.column
            var column = Column(name: Array(label.lowercased().utf8), type: .varString)
            column.length = 1024
            columns.append(column)
        }
        var out = PacketWriter(sequence: sequence)
        var count = ByteWriter()
        count.lengthEncoded(UInt64(columns.count))
        if capabilities.contains(.mariadbCacheMetadata) { count.uint8(1) }
        out.packet(count.bytes)
        for column in columns { out.packet(column.payload(capabilities)) }
        let isModern = capabilities.contains(.deprecateEOF)
        if !isModern { out.packet(EOFPacket(status: session.ok.status).payload) }
        out.packet(row.bytes)
        out.packet(
            isModern ? session.ok.payload(header: 0xfe, capabilities) : EOFPacket(status: session.ok.status).payload)
        return out.bytes
    }
}
