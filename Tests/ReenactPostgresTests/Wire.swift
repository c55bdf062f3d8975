import ReenactTesting
import ReenactTimeline
import ReenactWire
import ReenactWireTesting
import ReenactTesting

@testable import ReenactPostgres

extension Turn {
    static func client(_ messages: [UInt8]...) -> Turn { Turn(side: .client, bytes: messages.flatMap { $0 }) }
    static func server(_ messages: [UInt8]...) -> Turn { Turn(side: .server, bytes: messages.flatMap { $0 }) }
}

extension Connection {
    static func of(
        _ turns: [Turn], id: Int = 1, ends: Bool = true, cutBy generator: SeededGenerator? = nil
    ) -> Connection {
        of(turns, port: 5432, id: id, ends: ends, cutBy: generator, pieceMax: 40)
    }

    func recorded(_ phase: Event.Phase = .failing) -> [Recorded] { recorded(by: Postgres.self, phase) }

    var exchanges: [Exchange] { recorded().map(\.exchange) }
}

typealias Session = StubTalk

extension StubTalk {
    init(_ recorded: [Recorded], phase: Event.Phase = .failing) {
        self.init(with: Postgres.self, port: 5432, recorded, phase: phase)
    }

    mutating func ask(_ messages: [UInt8]...) -> [UInt8] { say(messages.flatMap { $0 }).bytes }
}

/// What clients send.
enum Say {
    static func startup(_ parameters: (String, String)..., code: Int32 = 196_608) -> [UInt8] {
        var body = Outgoing.bigEndian(code)
        for (name, value) in parameters { body += Outgoing.cString(name) + Outgoing.cString(value) }
        if !parameters.isEmpty { body.append(0) }
        return Outgoing.bigEndian(Int32(body.count + 4)) + body
    }

    static let hello = startup(("user", "me"), ("database", "app"))

    static func query(_ sql: String) -> [UInt8] { Outgoing.message(Frontend.query, Outgoing.cString(sql)) }

    static func parse(_ sql: String, name: String = "", types: [Int32] = []) -> [UInt8] {
        Outgoing.message(
            Frontend.parse,
            Outgoing.cString(name) + Outgoing.cString(sql) + Outgoing.bigEndian(Int16(types.count))
                + types.flatMap(Outgoing.bigEndian))
    }

    static func bind(
        _ values: [[UInt8]?] = [], statement: String = "", portal: String = "", formats: [Int16] = [],
        results: [Int16] = []
    ) -> [UInt8] {
        var body = Outgoing.cString(portal) + Outgoing.cString(statement) + Outgoing.bigEndian(Int16(formats.count))
        body += formats.flatMap(Outgoing.bigEndian) + Outgoing.bigEndian(Int16(values.count))
        for value in values { body += value.map { Outgoing.bigEndian(Int32($0.count)) + $0 } ?? [255, 255, 255, 255] }
        return Outgoing.message(
            Frontend.bind, body + Outgoing.bigEndian(Int16(results.count)) + results.flatMap(Outgoing.bigEndian))
    }

    static func describe(statement: String) -> [UInt8] {
        Outgoing.message(Frontend.describe, [UInt8(ascii: "S")] + Outgoing.cString(statement))
    }

    static func describe(portal: String) -> [UInt8] {
        Outgoing.message(Frontend.describe, [UInt8(ascii: "P")] + Outgoing.cString(portal))
    }

    static func execute(_ portal: String = "", maxRows: Int32 = 0) -> [UInt8] {
        Outgoing.message(Frontend.execute, Outgoing.cString(portal) + Outgoing.bigEndian(maxRows))
    }

    static let sync = Outgoing.message(Frontend.sync)
    static let flush = Outgoing.message(Frontend.flush)
    static let terminate = Outgoing.message(Frontend.terminate)
    static func copyData(_ text: String) -> [UInt8] { Outgoing.message(Frontend.copyData, Array(text.utf8)) }
    static let copyDone = Outgoing.message(Frontend.copyDone)
}

/// What servers send.
enum Reply {
    static let welcome =
        Outgoing.authenticationOk + Outgoing.parameterStatus("server_version", "15.4")
        + Outgoing.parameterStatus("client_encoding", "UTF8")
        + Outgoing.message(Backend.backendKeyData, [0, 0, 0, 7, 0, 0, 0, 9]) + ready
    static let ready = Outgoing.ready(UInt8(ascii: "I"))
    static let readyInTransaction = Outgoing.ready(UInt8(ascii: "T"))
    static let readyFailed = Outgoing.ready(UInt8(ascii: "E"))
    static let one = Outgoing.parseComplete
    static let two = Outgoing.bindComplete

    static func columns(_ columns: (String, Int32)..., binary: Bool = false) -> [UInt8] {
        var body = Outgoing.bigEndian(Int16(columns.count))
        for (name, type) in columns {
            body += Outgoing.cString(name) + Outgoing.bigEndian(Int32(0)) + Outgoing.bigEndian(Int16(0))
            body += Outgoing.bigEndian(type) + Outgoing.bigEndian(Int16(-1)) + Outgoing.bigEndian(Int32(-1))
            body += Outgoing.bigEndian(Int16(binary ? 1 : 0))
        }
        return Outgoing.message(Backend.rowDescription, body)
    }

    static func row(_ cells: String?...) -> [UInt8] { Outgoing.dataRow(cells.map { $0.map { Array($0.utf8) } }) }
    static func done(_ tag: String) -> [UInt8] { Outgoing.commandComplete(tag) }
    static func error(_ code: String, _ text: String = "no") -> [UInt8] { Outgoing.error(code: code, message: text) }
}
