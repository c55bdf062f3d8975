import ReenactTimeline
import ReenactWire

/// Recorded queries by their normal form, for programs that spell the same question otherwise: built when a question
/// comes that nothing recorded asks in these words.
final class PostgresSpellings {
    static let relaxation = "spelling of the statement"

    private var descriptions: [String: PostgresIndex.Description] = [:]
    private static let textMax = 100_000

    private struct Names {
        var statements: [String: String] = [:]
        var portals: [String: (sql: String, values: [String])] = [:]
    }

    init(_ shelf: Shelf) {
        var names: [Int: Names] = [:]
        for (place, entry) in shelf.recorded.enumerated() where !entry.exchange.isPreamble {
            note(entry, place, &names[entry.connection, default: Names()], shelf)
        }
        for (sql, description) in shelf.cached({ PostgresIndex($0) }).descriptions {
            for shape in Self.shapes(sql) where descriptions[shape] == nil { descriptions[shape] = description }
        }
    }

    private func note(_ entry: Recorded, _ place: Int, _ names: inout Names, _ shelf: Shelf) {
        var framer = Framer()
        framer.append(entry.requestBytes[...], at: 0)
        while let message = framer.next(.typed) {
            guard message.skipped.count == 0 else { continue }
            switch message.type {
            case Frontend.query:
                var reader = ByteReader(message.body)
                if let key = Self.query(text(reader.cString() ?? reader.rest)) {
                    shelf.relate(place, .init(Self.relaxation, key: key))
                }
            case Frontend.parse:
                if let parse = ParseMessage(message.body) { names.statements[parse.name] = text(parse.sql) }
            case Frontend.bind:
                guard let bind = BindMessage(message.body) else { continue }
                names.portals[bind.portal] = names.statements[bind.statement].map {
                    ($0, bind.parameters.map(PostgresKey.value))
                }
            case Frontend.execute:
                guard let execute = ExecuteMessage(message.body),
                    let portal = names.portals.removeValue(forKey: execute.portal),
                    let key = Self.execution(portal.sql, portal.values, execute.maxRows)
                else { continue }
                shelf.relate(place, .init(Self.relaxation, key: key))
            default: break
            }
        }
    }

    static func query(_ sql: String) -> String? { normal(sql, []).map { "NQ|" + $0 } }

    static func execution(_ sql: String, _ values: [String], _ maxRows: Int32) -> String? {
        normal(sql, values).map { "NE|\(maxRows)|" + $0 }
    }

    /// How the result of such a query looks, and its parameters.
    func description(_ sql: String) -> PostgresIndex.Description? {
        let shapes = Self.shapes(sql)
        guard let place = shapes.firstIndex(where: { descriptions[$0] != nil }), let found = descriptions[shapes[place]]
        else { return nil }
        // Where the parameters stand in another order, their types must not matter.
        return place == 0 || Set(found.types ?? []).count <= 1 ? found : nil
    }

    /// With its parameters in their order, and without.
    private static func shapes(_ sql: String) -> [String] {
        let count = 200
        return [normal(sql, (1...count).map { "$\($0)" }), normal(sql, Array(repeating: "?", count: count))].compactMap(
            \.self)
    }

    private static func normal(_ sql: String, _ values: [String]) -> String? {
        guard sql.utf8.count <= textMax else { return nil }
        return SQLNormalForm.text(SQLWord.list(sql), values: values)
    }
}

extension PostgresStub {
    /// The key with another spelling's, where nothing recorded was asked in these words.
    func spelled(_ key: PostgresKey, _ shelf: Shelf, _ normal: () -> String?) -> PostgresKey {
        guard !shelf.holds(key: key.key, relaxed: key.relaxed) else { return key }
        _ = shelf.cached { PostgresSpellings($0) }
        guard let text = normal() else { return key }
        var key = key
        key.relaxed.append(RelaxedKey(PostgresSpellings.relaxation, key: text))
        return key
    }
}
