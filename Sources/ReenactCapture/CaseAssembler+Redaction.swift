import ReenactProtocols
import ReenactTimeline
import ReenactWire

/// Secrets: learnt from wherever they stand, and taken out of what becomes a case.
extension CaseAssembler {
    /// Other connections that are looked at for secrets, the latest ones.
    private static let othersMax = 200

    /// An exchange, by where its request stands.
    struct PackedPlace: Hashable {
        var connection: Int?
        var offset: Int?
    }

    /// The connections without their secrets, and the views of exchanges whose packed bodies no longer unpack: secrets are
    /// masked in those.
    func redacted(
        _ connections: [Connection], _ redaction: inout Redaction
    ) -> ([Int: Connection], packed: [PackedPlace: JSONValue]) {
        learn(probe.variables, &redaction)
        var learnt: [Connection] = []
        var packed: [PackedPlace: JSONValue] = [:]
        for masked in connections.sorted(by: { $0.id < $1.id }) {
            let connection = Protocols.named(masked.protocolName)?.unmasked(masked) ?? masked
            let exchanges = exchanges(of: connection)
            var hidden = redaction.redact(connection, secrets: exchanges.flatMap(\.secrets))
            for exchange in exchanges {
                learn(cells: exchange.detail, &redaction)
                learn(messages: exchange.detail, &redaction)
            }
            // HTTP knows itself where secrets stand, but for what follows it on an upgraded connection.
            if connection.protocolName != "http" || exchanges.contains(where: { $0.detail["websocket"] != nil }) {
                redaction.hideMembers(of: &hidden)
            }
            learnt.append(hidden)
            for exchange in exchanges where exchange.secrets.contains(where: { !$0.inner.isEmpty }) {
                packed[PackedPlace(connection: connection.id, offset: exchange.request.offset)] = exchange.detail
            }
        }
        return (Dictionary(learnt.map { ($0.id, redaction.sweep($0)) }, uniquingKeysWith: { $1 }), packed)
    }

    /// What the program was given on its standard input, without the secrets in it.
    func hidden(_ input: StandardInput, _ redaction: inout Redaction) -> StandardInput {
        var result = input
        let members = SecretMembers.ranges(in: input.bytes)
        let lines = SecretLines.ranges(in: input.bytes).filter { line in !members.contains { $0.overlaps(line) } }
        for range in members + lines {
            let secret = Array(input.bytes[range])
            let isTelling = SecretMembers.isTelling(secret)
            result.bytes.replaceSubrange(range, with: redaction.placeholder(for: secret, isSearched: isTelling))
        }
        result.bytes = redaction.sweep(result.bytes)
        return result
    }

    /// What hooks told of statements: before connections are swept, to which such a cell may have gone.
    func learn(statementsOf journal: Journal, _ redaction: inout Redaction) {
        for (message, statement) in journal.statements {
            let event = statement.event(in: message, id: 0, phase: .ambiguous, origin: origin)
            learn(cells: event.detail, &redaction)
        }
    }

    /// Cells of columns that are named like secrets, and fields of a Redis hash.
    private func learn(cells detail: JSONValue, _ redaction: inout Redaction) {
        if let columns = detail["columns"]?.array, let rows = detail["rows"]?.array {
            let places = columns.indices.filter { place in
                (columns[place].string ?? columns[place]["name"]?.string).map(SecretNames.isSecretMember) ?? false
            }
            guard !places.isEmpty else { return }
            for row in rows { for place in places { learn(cell: row[place], &redaction) } }
        } else if let command = detail["command"]?.string?.uppercased() {
            let fields: [JSONValue]
            switch command {
            case "HGETALL": fields = detail["reply"]?.array ?? []
            case "HSET", "HMSET": fields = Array((detail["args"]?.array ?? []).dropFirst())
            default: return
            }
            for (name, value) in zip(fields, fields.dropFirst()).enumerated().filter({ $0.offset % 2 == 0 }).map(
                \.element)
            where name.string.map(SecretNames.isSecretMember) ?? false { learn(cell: value, &redaction) }
        }
    }

    private func learn(cell: JSONValue?, _ redaction: inout Redaction) {
        guard let text = cell?.string, text.utf8.count <= 4096, SecretMembers.isSecret(Array(text.utf8)[...]),
            SecretMembers.isTelling(text.utf8)
        else { return }
        _ = redaction.placeholder(for: text)
    }

    /// WebSocket messages may be packed: their secrets are told by the text that they become.
    private func learn(messages detail: JSONValue, _ redaction: inout Redaction) {
        guard detail["websocket"] != nil else { return }
        for side in ["request", "response"] {
            if let text = detail[side]?["text"]?.string { learn(text: Array(text.utf8), &redaction) }
        }
    }

    private func learn(text: [UInt8], _ redaction: inout Redaction) {
        for range in SecretMembers.ranges(in: text) where SecretMembers.isTelling(text[range]) {
            _ = redaction.placeholder(for: Array(text[range]))
        }
    }

    private func exchanges(of connection: Connection) -> [Exchange] {
        guard let named = Protocols.named(connection.protocolName) else { return [] }
        return Tape.exchanges(of: connection, recorder: named.recorder(), event: { _ in (0, .ambiguous) })
            .map(\.exchange)
    }

    /// Secrets of the command lines, before anything is swept that may hold them.
    func learn(_ journal: Journal, _ redaction: inout Redaction) {
        let lines = [probe.command] + journal.processes.values.map(\.arguments) + journal.hellos.values.map(\.arguments)
        for place in lines.flatMap(SecretArguments.places) { _ = redaction.placeholder(for: place.secret) }
        // What a script exports before it starts the program is not in the recorder's own environment.
        for facts in journal.processes.values.sorted(by: { $0.pid < $1.pid }) {
            learn(facts.variables.filter { probe.variables[$0.key] != $0.value }, &redaction)
        }
    }

    private func learn(_ variables: [String: String], _ redaction: inout Redaction) {
        for (name, value) in variables.sorted(by: { $0.key < $1.key }) {
            if SecretNames.isSecret(name), !value.isEmpty { _ = redaction.placeholder(for: value) }
            if let password = SecretNames.password(inURL: value) { _ = redaction.placeholder(for: String(password)) }
        }
    }

    /// Secrets of requests that are no part of the case: the program's output may speak of them.
    func learn(_ journal: Journal, without chosen: Set<Int>, _ redaction: inout Redaction) {
        let others = journal.logs.values.filter {
            $0.connection.direction == .inbound && !chosen.contains($0.connection.id)
        }
        for log in others.sorted(by: { $0.connection.id > $1.connection.id }).prefix(Self.othersMax) {
            log.prepareForCase()
            let connection = log.closedUp
            for secret in exchanges(of: connection).flatMap(\.secrets) {
                for inner in secret.inner where !inner.isEmpty { _ = redaction.placeholder(for: inner) }
                let value = connection.bytes(secret.range, from: secret.side)
                if value.count == secret.range.length, !value.isEmpty { _ = redaction.placeholder(for: value) }
            }
        }
    }
}
