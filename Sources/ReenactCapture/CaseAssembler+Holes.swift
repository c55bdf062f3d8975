import ReenactTimeline

/// What a case does not hold, in words.
extension CaseAssembler {
    func holes(_ journal: Journal, _ choice: Choice, _ result: Case, _ redaction: Redaction) -> [Case.Hole] {
        var holes = result.holes
        let kept = Set(result.connections.map(\.id))
        holes += journal.holes.filter { $0.connection.map(kept.contains) ?? true }.prefix(200)
        for connection in result.connections {
            let dropped = connection.droppedFromClient + connection.droppedFromServer
            if dropped > 0 {
                holes.append(
                    .init(
                        kind: .truncated, what: "\(dropped) bytes with \(connection.server) were not kept",
                        connection: connection.id))
            }
            if let reason = connection.tls?.opaque {
                holes.append(
                    .init(
                        kind: .opaque, what: "the stream with \(connection.server) is encrypted: \(reason)",
                        connection: connection.id))
            }
        }
        for event in result.events {
            guard let input = StandardInputDetail(event), input.missing > 0 else { continue }
            holes.append(
                .init(
                    kind: .truncated, what: "\(input.missing) bytes of standard input were not kept", event: event.id))
        }
        for event in result.events where event.phase == .ambiguous && event.kind != .log {
            holes.append(
                .init(
                    kind: .unattributed, what: "what caused \(event.summary.prefix(80)) is not known", event: event.id))
            if holes.count > 500 { break }
        }
        if journal.droppedMessages > 0 {
            holes.append(.init(kind: .dropped, what: "\(journal.droppedMessages) messages of the hooks were dropped"))
        }
        let evicted = journal.evicted
        if evicted.exchanges + evicted.statements > 0 {
            holes.append(
                .init(
                    kind: .dropped,
                    what: "the ring had let \(evicted.exchanges) exchanges and \(evicted.statements) statements go"))
        }
        if choice.leftOut > 0 {
            holes.append(.init(kind: .dropped, what: "\(choice.leftOut) connections of earlier requests were left out"))
        }
        if key == nil, redaction.count > 0 {
            holes.append(.init(kind: .redacted, what: "\(redaction.count) secrets were replaced and not sealed"))
        }
        return holes
    }
}
