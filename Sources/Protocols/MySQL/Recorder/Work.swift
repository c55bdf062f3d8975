import ReenactTimeline
import ReenactWire

/// A command and its answer, on their way.
struct Work: Sendable {
    var exchange: Exchange
    var question: Question
    var answer: Answer

    /// Takes one more packet of the server.
    mutating func extend(_ packet: Packet) {
        if let range = exchange.response {
            exchange.response?.length = packet.end - range.offset
        } else {
            exchange.response = StreamRange(offset: packet.offset, length: packet.end - packet.offset)
            exchange.responseStart = packet.began
        }
        exchange.responseEnd = answer.isDone ? packet.ended : nil
    }

    /// The exchange with everything that is known of it.
    func built(_ capabilities: Capabilities, inTransaction: Bool) -> Exchange {
        var exchange = exchange
        exchange.holdsLease = inTransaction
        var detail = Self.detail(question)
        detail["capabilities"] = .integer(Int64(bitPattern: capabilities.rawValue))
        guard answer.isDone else {
            exchange.detail = .object(detail)
            return exchange
        }
        detail["transaction"] = inTransaction ? "T" : "I"
        // What the last error or result says decides; the others are parts.
        if answer.sets.count > 1 { detail["parts"] = .array(answer.sets.prefix(20).map { .object($0.detail) }) }
        if let error = answer.error {
            detail["error"] = [
                "code": .integer(Int64(error.code)), "sqlstate": .string(error.state),
                "message": .string(error.message),
            ]
            exchange.outcome = OutcomeClass(rawValue: "mysql:\(error.code)")
            exchange.result = "error \(error.code) (\(error.state)): \(Summary.line(error.message))"
        } else if let set = answer.sets.first {
            detail.merge(set.detail) { $1 }
            exchange.outcome = .rows(set.count)
            exchange.result = Summary.count(UInt64(set.count), "row")
        } else if let ok = answer.ok, question.asksData {
            detail["affected"] = .integer(Int64(clamping: ok.affected))
            exchange.outcome = OutcomeClass(rawValue: "affected:\(ok.affected < 2 ? "\(ok.affected)" : "n")")
            exchange.result = Summary.count(ok.affected, "row") + " affected"
            if ok.lastInsertID > 0 {
                detail["lastInsertID"] = .integer(Int64(clamping: ok.lastInsertID))
                exchange.result += ", id \(ok.lastInsertID)"
            }
        } else {
            exchange.outcome = .ok
            exchange.result = "OK"
        }
        exchange.detail = .object(detail)
        return exchange
    }

    static func detail(_ question: Question) -> [String: JSONValue] {
        var members: [String: JSONValue] = ["kind": .string(question.command.name.lowercased())]
        if let sql = question.sql { members["sql"] = .string(String(sql.exact.prefix(16 << 10))) }
        if question.command == .execute {
            var isCut = false
            members["params"] = .array(question.values.prefix(1000).map { $0.json(isCut: &isCut) })
        }
        return members
    }
}

extension Question {
    /// It runs a statement, so that what came back is rows or a number of them.
    var asksData: Bool { [.query, .execute, .bulkExecute].contains(command) }

    /// It concerns the connection and not what the program is doing.
    var isPreamble: Bool { effect.isSetting && command != .prepare }
}
