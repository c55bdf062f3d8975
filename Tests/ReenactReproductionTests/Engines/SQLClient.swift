import ReenactWire

/// A PostgreSQL client in a few lines.
struct SQLClient {
    /// What came back.
    struct Answer {
        /// The messages' byte ids.
        var types = ""
        var rows: [[String?]] = []
        var error: String?
        /// Of ReadyForQuery.
        var status = ""

        init(_ bytes: [UInt8]) {
            var rest = bytes[...]
            while rest.count >= 5 {
                let length = rest.dropFirst().prefix(4).reduce(0) { $0 << 8 | Int($1) }
                let body = Array(rest.dropFirst(5).prefix(length - 4))
                let type = Character(Unicode.Scalar(rest[rest.startIndex]))
                types.append(type)
                switch type {
                case "D": rows.append(Self.row(body))
                case "E":
                    let fields = body.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
                    error = fields.first { $0.hasPrefix("M") }.map { String($0.dropFirst()) }
                case "Z": status = String(decoding: body, as: UTF8.self)
                default: break
                }
                rest = rest.dropFirst(1 + length)
            }
        }

        private static func row(_ body: [UInt8]) -> [String?] {
            var rest = body.dropFirst(2)
            var cells: [String?] = []
            while rest.count >= 4 {
                let length = rest.prefix(4).reduce(Int32(0)) { $0 << 8 | Int32($1) }
                rest = rest.dropFirst(4)
                cells.append(length < 0 ? nil : String(decoding: rest.prefix(Int(length)), as: UTF8.self))
                rest = rest.dropFirst(max(0, Int(length)))
            }
            return cells
        }
    }

    var live: Live

    init(_ live: Live) {
        self.live = live
        _ = self.live.send(Self.startup)
    }

    mutating func ask(_ sql: String) -> Answer { send(Self.query(sql)) }

    mutating func send(_ bytes: [UInt8]) -> Answer { Answer(live.send(bytes)) }

    mutating func prepare(_ sql: String) -> Answer {
        send(
            Self.message("P", [0] + Array(sql.utf8) + [0, 0, 0]) + Self.message("D", Array("S\0".utf8))
                + Self.message("S"))
    }

    mutating func execute(_ values: [String]) -> Answer {
        let count = [UInt8(0), UInt8(values.count)]
        let cells = values.flatMap { (value) -> [UInt8] in [0, 0, 0, UInt8(value.utf8.count)] + Array(value.utf8) }
        let bind: [UInt8] = [0, 0, 0, 0] + count + cells + [0, 0]
        return send(
            Self.message("B", bind) + Self.message("E", [0, 0, 0, 0, 0])
                + Self.message("S"))
    }

    static let startup: [UInt8] = {
        let body: [UInt8] = [0, 3, 0, 0] + Array("user\0postgres\0database\0postgres\0\0".utf8)
        return [0, 0, 0, UInt8(body.count + 4)] + body
    }()

    static func query(_ sql: String) -> [UInt8] { message("Q", Array(sql.utf8) + [0]) }

    static func copy(_ data: String) -> [UInt8] { message("d", Array(data.utf8)) + message("c") }

    static func message(_ type: Character, _ body: [UInt8] = []) -> [UInt8] {
        let length = UInt32(body.count + 4)
        return [
            type.asciiValue ?? 0, UInt8(length >> 24), UInt8(length >> 16 & 255), UInt8(length >> 8 & 255),
            UInt8(length & 255),
        ]
            + body
    }

    /// ReadyForQuery is the end of every answer here.
    static func isReady(_ bytes: ArraySlice<UInt8>) -> Bool {
        bytes.count >= 6 && Array(bytes.suffix(6).prefix(5)) == Array("Z\0\0\0\u{5}".utf8)
    }

    /// Runs statements without recording them.
    static func make(_ statements: [String], at server: any EngineHost) throws {
        var link = try server.connect()
        // It listens before it is ready.
        while link.ask(startup, milliseconds: 5000, until: { isReady($0) || $0.first == UInt8(ascii: "E") })?.suffix(6)
            .first
            != UInt8(ascii: "Z")
        {
            link.close()
            server.pause()
            link = try server.connect()
        }
        for statement in statements { _ = link.ask(query(statement), milliseconds: 5000, until: isReady) }
        link.close()
    }
}
