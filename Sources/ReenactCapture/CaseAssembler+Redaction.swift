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
            let secrets = exchanges.flatMap(\.secrets)
            let clean = redaction.redact(connection, secrets: secrets)
            learnt.append(redaction.redactMembers(of: connection, in: clean, besides: secrets))
            for exchange in exchanges { learn(SecretMembers.values(in: exchange.detail), &redaction) }
            for exchange in exchanges where exchange.secrets.contains(where: { !$0.inner.isEmpty }) {
                packed[PackedPlace(connection: connection.id, offset: exchange.request.offset)] = exchange.detail
            }
        }
        return (Dictionary(learnt.map { ($0.id, redaction.sweep($0)) }, uniquingKeysWith: { $1 }), packed)
    }

    /// Secrets in what hooks told, and in what was printed.
    func learn(_ journal: Journal, tail: String, _ redaction: inout Redaction) {
        for (message, statement) in journal.statements {
            let event = statement.event(in: message, id: 0, phase: .ambiguous, origin: 0)
            learn(SecretMembers.values(in: event.detail), &redaction)
        }
        learn(SecretMembers.values(in: .string(tail)), &redaction)
    }

    private func learn(_ values: Set<String>, _ redaction: inout Redaction) {
        for value in values.sorted() { _ = redaction.placeholder(for: value) }
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
