import ReenactTimeline

/// Every recorded value that may have led to a failure, the likeliest first.
///
/// Rules know kinds of failures. This knows none: it asks of each value in what ways it is tied to the failure, and what
/// such ties were worth in failures whose cause is known (`TieWeights`).
struct Ties {
    let all: [Tie]

    private static let answersMax = 40
    private static let valuesMax = 6000
    private static let comparedMax = 12

    /// - Parameter limit: how many of the likeliest are kept.
    init(_ look: Look, limit: Int = 20) {
        var ties: [Tie] = []
        let scene = TieScene(look)
        for (distance, answer) in look.answers.prefix(Self.answersMax).enumerated() where ties.count < Self.valuesMax {
            var ways: Set<TieSign> = distance == 0 ? [.last] : distance <= 2 ? [.near] : distance > 6 ? [.far] : []
            if answer.sql != nil { ways.insert(.ofRow) }
            if let whole = Self.whole(answer) {
                ties.append(Tie(source: .answer(answer), path: "", name: "", value: nil, signs: ways.union([whole])))
            }
            // Far back it would cost more than it tells.
            let before = answer.waits || distance >= Self.comparedMax ? [:] : OddValue.earlier(answer, look)
            var own: [Tie] = []
            for (field, places) in Self.fields(answer).sorted(by: { $0.key < $1.key }) {
                own += scene.ties(places, before[field] ?? [], .answer(answer), ways)
            }
            if let leaf = answer.http?.notFinite {
                let place = OddValue.Place(path: leaf.path, name: leaf.name, value: leaf.value)
                own += scene.ties([place], [], .answer(answer), ways)
            }
            if distance <= 4, answer.documents.contains(where: { $0.object != nil || $0.array != nil }) {
                own += Self.unheard(scene, .answer(answer), ways)
            }
            Self.markRecords(&own, scene)
            ties += own
        }
        for part in look.inputs.parts {
            let isHeader = part.kind == "headers" || part.kind == "cookies"
            var fields = OddValue.Fields()
            fields.take(part.document)
            var before: [String: [OddValue.Place]] = [:]
            for earlier in look.inputs.earlier.flatMap({ $0 }).filter({ $0.kind == part.kind }).suffix(10) {
                var fields = OddValue.Fields()
                fields.take(earlier.document)
                before.merge(fields.places) { $0 + $1 }
            }
            var own: [Tie] = []
            for (field, places) in fields.places.sorted(by: { $0.key < $1.key }) {
                own += scene.ties(
                    places, before[field] ?? [], .input(part), isHeader ? [.ofInput, .ofHeader] : [.ofInput])
            }
            Self.markRecords(&own, scene)
            ties += own
        }
        TieWeights.weigh(&ties)
        all = Array(ties.sorted { ($1.likelihood, $0.path) < ($0.likelihood, $1.path) }.prefix(limit))
    }

    /// Members that the failing lines read, and no document has: any of these may have had to bring them.
    private static func unheard(_ scene: TieScene, _ source: OddValue.Source, _ ways: Set<TieSign>) -> [Tie] {
        scene.members.filter(scene.isUnheard).prefix(6).flatMap { name in
            scene.ties([.init(path: name, name: name, value: nil)], [], source, ways.union([.unheard]))
        }
    }

    /// Which records (objects of a list, rows) the failing code had in hand, by what else stands in them.
    private static func markRecords(_ ties: inout [Tie], _ scene: TieScene) {
        var texts: [Substring: [String]] = [:]
        for tie in ties { texts[record(tie.path), default: []].append(tie.text) }
        guard texts.count < 2000 else { return }
        let shares = texts.mapValues(scene.isHeld)
        var held: [String: Int] = [:]
        for (path, share) in shares where share >= 0.6 { held[list(path), default: 0] += 1 }
        for index in ties.indices {
            let path = record(ties[index].path)
            guard !path.isEmpty, shares[path] ?? 0 >= 0.6 else { continue }
            ties[index].signs.insert(.recordHeld)
            if path != list(path)[...], held[list(path)] == 1 { ties[index].signs.insert(.recordHeldAlone) }
        }
    }

    /// `items[2]` of `items[2].price`, `row 3` of `row 3, shipped`.
    private static func record(_ path: String) -> Substring {
        if path.hasPrefix("row "), let comma = path.firstIndex(of: ",") { return path[..<comma] }
        return path.lastIndex { $0 == "." || $0 == "[" }.map { path[..<$0] } ?? ""
    }

    /// Records of one list have one name.
    private static func list(_ record: Substring) -> String {
        if record.hasPrefix("row ") { return "row" }
        return record.last == "]"
            ? String(record[..<(record.lastIndex(of: "[") ?? record.endIndex)]) + "[]" : String(record)
    }

    private static func whole(_ answer: Answer) -> TieSign? {
        if let status = answer.http?.status, status >= 400 { return .wholeError }
        if let sql = answer.sql {
            return sql.error != nil ? .wholeError : sql.returnsRows && sql.rows.isEmpty ? .wholeEmpty : nil
        }
        if answer.redis?.saysMissing ?? false { return .wholeEmpty }
        return nil
    }

    private static let lists: Set<String> = [
        "LRANGE", "SMEMBERS", "ZRANGE", "MGET", "HVALS", "HKEYS", "SORT", "LPOP", "RPOP", "HMGET",
    ]

    /// What an answer brought, by field; of Redis also texts and numbers that stand alone.
    private static func fields(_ answer: Answer) -> [String: [OddValue.Place]] {
        var fields = OddValue.fields(of: answer)
        if let redis = answer.redis, redis.hasReply, redis.documents.isEmpty {
            if let list = redis.reply.array {
                // Elements of other replies have nothing in common.
                let isList = Self.lists.contains(redis.command)
                for (index, element) in list.prefix(200).enumerated() {
                    fields[isList ? "[]" : "[\(index)]", default: []].append(
                        .init(path: "[\(index)]", name: redis.key, value: element))
                }
            } else if redis.reply.object == nil {
                fields["reply"] = [.init(path: "reply", name: redis.key, value: redis.reply)]
            }
        } else if let http = answer.http, http.document == nil, let leaf = answer.leaves.first {
            fields["body"] = [.init(path: leaf.path, name: leaf.name, value: leaf.value)]
        } else if let sql = answer.sql {
            // Documents in cells are looked into as well.
            for (number, row) in sql.rows.prefix(100).enumerated() {
                for (column, cell) in zip(sql.columns, row) {
                    guard let text = cell.string, let first = text.first, first == "{" || first == "[",
                        let inner = JSONParser.parse(text)
                    else { continue }
                    for leaf in Leaf.all(in: inner, limit: 200) {
                        let path = "row \(number + 1), \(column).\(leaf.path)"
                        fields["\(column).\(leaf.name)", default: []].append(
                            .init(path: path, name: leaf.name, value: leaf.value))
                    }
                }
            }
        }
        // What stands between elements of XML.
        return fields.mapValues { places in
            places.filter { $0.name != "#text" || !($0.value?.string?.allSatisfy(\.isWhitespace) ?? false) }
        }
    }
}
