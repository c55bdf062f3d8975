import ReenactHTTP
import ReenactProtocols
import ReenactTimeline
import ReenactWire

/// A case with conditions changed, and what of the change is no part of a case.
struct ChangedCase: Sendable {
    var failure: Case
    /// Variables over the recorded ones.
    var variables: [String: String] = [:]
    var unset: Set<String> = []
    /// Nanoseconds that the program's clock is moved by.
    var clockShift: Int64 = 0
    /// Requests in flight that are left out, by event.
    var without: Set<Int> = []
    /// The order of answers to requests in flight, where it is another one.
    var order: [Int]?
    /// Answers that are brought forward.
    var swaps: [(early: Int, late: Int)] = []
    /// What peers answer to what nothing recorded answers, by server.
    var answers: [String: [UInt8]] = [:]
    /// Files that the program reads and their changes, by path; nil: not there.
    var files: [String: [TextEdit]?] = [:]
    /// The message on the upgraded connection as it stands after the changes so far.
    private var message: JSONValue?

    /// Nil where one of the changes cannot be made.
    init?(_ original: Case, _ conditions: [Condition]) {
        failure = original
        var edits: [Int: [AnswerEdit]] = [:]
        var edited: [Int] = []
        var databases: [String: [(sql: String, values: [JSONValue])]] = [:]
        var given: [TextEdit] = []
        var inputs: [InputEdit] = []
        for condition in conditions {
            switch condition.change {
            case .edit(let event, let edit):
                if edits[event] == nil { edited.append(event) }
                edits[event, default: []].append(edit)
            case .edits(let several):
                for one in several {
                    if edits[one.event] == nil { edited.append(one.event) }
                    edits[one.event, default: []].append(one.edit)
                }
            case .reach(let server, let protocolName, let answer): reach(server, protocolName, answer)
            case .host(let name, let server, let isTLS, let answer): appear(name, server, isTLS, answer)
            case .variable(let name, let value):
                if let value { variables[name] = value } else { unset.insert(name) }
            case .database(let path, let sql, let values): databases[path, default: []].append((sql, values))
            case .unlocked(let event): failure.unlock(event)
            case .input(let edit): inputs.append(edit)
            case .standardInput(let edit): given.append(edit)
            case .file(let path, let edit):
                guard let edit else {
                    files[path] = .some(nil)
                    continue
                }
                if case .some(nil) = files[path] { continue }
                files[path] = (files[path] ?? [])! + [edit]
            case .clock(let shift): clockShift += shift
            case .alone(let event): without.insert(event)
            case .order(let events): order = events
            case .swap(let early, let late): swaps.append((early, late))
            case .delay(let event, let nanoseconds): failure = failure.delaying(event, by: nanoseconds)
            }
        }
        // Ranges are those of the recorded body: the last ones are exchanged first.
        for edit in AnswerEdit.lastRemoved(inputs.sorted { $0.offset > $1.offset }, \.member) {
            guard apply(edit) else { return nil }
        }
        if !given.isEmpty { guard give(given) else { return nil } }
        for event in edited {
            guard let bytes = Self.edited(event, in: original, by: edits[event] ?? []) else { return nil }
            failure = failure.answering(event, with: bytes)
        }
        for (path, statements) in databases {
            guard change(path, statements) else { return nil }
        }
        for name in unset {
            failure.environment.variables[name] = nil
            failure.environment.maskedVariables.removeAll { $0 == name }
        }
    }

    private mutating func give(_ edits: [TextEdit]) -> Bool {
        guard
            let index = failure.events.firstIndex(where: { StandardInputDetail($0) != nil }),
            var detail = StandardInputDetail(failure.events[index]),
            let bytes = TextEdit.applied(edits, to: detail.bytes)
        else { return false }
        detail.bytes = bytes
        failure.events[index].detail = detail.json
        return true
    }

    /// The bytes of an event's answer with the edits in it.
    static func edited(_ id: Int, in failure: Case, by edits: [AnswerEdit]) -> [UInt8]? {
        guard let event = failure.event(id), let connection = event.connection.flatMap(failure.connection),
            let type = Protocols.named(event.protocolName)
        else { return nil }
        let recorded = event.response.map { connection.bytes($0, from: .server) } ?? []
        // Another answer as a whole leaves nothing of the recorded one to change.
        if let whole = edits.last(where: { if case .whole = $0 { true } else { false } }) {
            return type.edited(recorded, detail: event.detail, by: [whole])
        }
        // Rows keep their numbers while others are changed: they are taken out last. So are elements of lists.
        let removals = edits.filter { if case .removeRow = $0 { true } else { false } }
        let others = edits.filter { if case .removeRow = $0 { false } else { true } }
        return type.edited(recorded, detail: event.detail, by: AnswerEdit.lastRemoved(others, \.member) + removals)
    }

    /// The peer is there: what failed to open is gone from the recording.
    private mutating func reach(_ server: String, _ protocolName: String, _ answer: [UInt8]) {
        let refused = FaultConditions.failedOpenings(in: failure).filter { $0.peer == server }
        for index in failure.connections.indices where failure.connections[index].server == server {
            if refused.contains(where: { $0.connection == failure.connections[index].id }) {
                // Without a recorded opening the stub lets everybody in.
                failure.connections[index].segments = []
            }
            guard
                failure.connections[index].opening != .connected || failure.connections[index].segments.isEmpty
                    || failure.connections[index].closes.contains(where: { $0.manner == .reset })
                    || failure.connections[index].tls?.complaint != nil
            else { continue }
            failure.connections[index].tls?.complaint = nil
            failure.connections[index].opening = .connected
            failure.connections[index].openingErrno = nil
            failure.connections[index].closes = []
            failure.connections[index].protocolName = protocolName
        }
        failure.events.removeAll { event in
            event.kind == .transport && event.peer == server || refused.contains { $0.id == event.id }
        }
        if !answer.isEmpty { answers[server] = answer }
    }

    /// A host that nobody knew is there, under its name.
    private mutating func appear(_ name: String, _ server: String, _ isTLS: Bool, _ answer: [UInt8]) {
        guard let colon = server.lastIndex(of: ":") else { return }
        failure.environment.names[name] = [String(server[..<colon])]
        let asked = failure.events.filter {
            $0.detail["name"]?.string?.lowercased() == name && $0.protocolName == "dns"
        }
        let number = (failure.connections.map(\.id).max() ?? 0) + 1
        failure.connections.append(
            Connection(
                id: number, direction: .outbound, transport: .tcp, server: server, protocolName: "http",
                tls: isTLS ? .init(serverName: name) : nil, opened: asked.first?.start ?? 0))
        // What was asked of name servers is answered by the table of names.
        failure.events.removeAll { event in asked.contains { $0.id == event.id } }
        if !answer.isEmpty { answers[server] = answer }
    }

    private mutating func apply(_ edit: InputEdit) -> Bool {
        if case .argument(let index, let value) = edit {
            guard failure.environment.command.indices.contains(index) else { return false }
            failure.environment.command[index] = value
            return true
        }
        if case .message(let path, let value) = edit { return say(path, value) }
        guard let event = failure.trigger.event.flatMap(failure.event), let range = event.request,
            let connection = event.connection.flatMap(failure.connection),
            let bytes = edit.applied(to: connection.bytes(range, from: .client))
        else { return false }
        failure = failure.asking(event.id, with: bytes)
        return true
    }

    /// Another message on the upgraded connection, not packed: each message says of itself whether it is.
    private mutating func say(_ path: [AnswerEdit.Step], _ value: JSONValue?) -> Bool {
        guard let event = failure.trigger.event.flatMap(failure.event),
            let document = message ?? SaidConditions.document(of: event),
            let changed = AnswerEdit.replacing(path[...], in: document, by: value),
            let text = try? JSONText.encode(changed)
        else { return false }
        message = changed
        failure = failure.asking(event.id, with: WebSocketMessage.fromClient(Array(text.utf8)))
        return true
    }

    /// The number of the row that a statement of ours is about.
    private static func offset(_ sql: String) -> Int {
        let digits = sql.reversed().drop { !$0.isNumber }.prefix { $0.isNumber }
        return Int(String(digits.reversed())) ?? 0
    }

    private mutating func change(_ path: String, _ statements: [(sql: String, values: [JSONValue])]) -> Bool {
        guard let index = failure.databases.firstIndex(where: { $0.path == path }) else { return false }
        var bytes = failure.databases[index].bytes
        // Updates find rows by their recorded order, so rows are taken out last, and of those the last first.
        let ordered =
            statements.filter { !$0.sql.hasPrefix("DELETE") }
            + statements.filter { $0.sql.hasPrefix("DELETE") }.sorted { Self.offset($0.sql) > Self.offset($1.sql) }
        for statement in ordered {
            guard let changed = FileDatabase.changed(bytes, statement.sql, statement.values) else { return false }
            bytes = changed
        }
        failure.databases[index].bytes = bytes
        return true
    }
}

extension Condition {
    /// The change can be made, and makes a difference.
    func isApplicable(to failure: Case) -> Bool {
        switch change {
        case .edit(let id, let edit):
            guard let bytes = ChangedCase.edited(id, in: failure, by: [edit]), let event = failure.event(id) else {
                return false
            }
            let recorded = event.response.flatMap { range in
                event.connection.flatMap(failure.connection)?.bytes(range, from: .server)
            }
            return bytes != recorded
        case .variable(let name, let value): return failure.environment.seenVariables[name] != value
        case .file(let path, let edit):
            guard let edit else { return true }
            guard let file = failure.keptFiles.first(where: { $0.path == path }) else {
                // The finder saw to it: one that was not there, or is the same here.
                return !failure.environment.madeFiles.contains(path)
            }
            return TextEdit.applied([edit], to: file.bytes).map { $0 != file.bytes } ?? false
        case .standardInput(let edit):
            guard let bytes = failure.events.lazy.compactMap(StandardInputDetail.init).first?.bytes else {
                return false
            }
            return TextEdit.applied([edit], to: bytes).map { $0 != bytes } ?? false
        default: return ChangedCase(failure, [self]) != nil
        }
    }
}
