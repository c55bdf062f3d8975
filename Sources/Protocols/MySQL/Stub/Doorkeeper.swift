import ReenactTimeline
import ReenactWire

/// The stub's part of the handshake: the recorded greeting, and OK to whatever the client then says.
///
/// A password cannot be checked against a recorded challenge, and need not be: what the recorded server answered
/// this user is what the live one gets.
struct Doorkeeper: Sendable {
    private(set) var greeting: Greeting
    private static let plugin = "mysql_native_password"

    /// The greeting to open with; nil where none was recorded.
    init?(_ shelf: Shelf) {
        let openings = shelf.recorded.filter { $0.exchange.isPreamble && $0.exchange.key.hasPrefix("connect") }
        guard
            let found = openings.first(where: { $0.phase == shelf.phase && Self.greeting(of: $0) != nil })
                ?? openings.first(where: { Self.greeting(of: $0) != nil }), var greeting = Self.greeting(of: found)
        else { return nil }
        greeting.capabilities.subtract(.refusedByStub)
        // Whoever connects is led to the form in which the answers were recorded.
        let agreed = openings.compactMap { Playback.capabilities(of: $0) }.reduce(Capabilities()) { $0.union($1) }
        if !agreed.isEmpty { greeting.capabilities.subtract(Capabilities.shape.subtracting(agreed)) }
        // With this plugin a client takes an immediate OK.
        greeting.plugin = Array(Self.plugin.utf8)
        self.greeting = greeting
    }

    private static func greeting(of recorded: Recorded) -> Greeting? {
        var cutter = PacketCutter()
        cutter.append(recorded.answerBytes[...], at: 0)
        guard let packet = try? cutter.next(), packet.payload.first == 0x0a else { return nil }
        return try? Greeting(packet.payload)
    }

    /// Whether this moment's recorded connections were all refused before a greeting.
    static func refuses(_ shelf: Shelf) -> Bool {
        let openings = shelf.recorded.filter {
            $0.exchange.key == "refused" || $0.exchange.key.hasPrefix("connect|")
        }
        let now = openings.filter { $0.phase == shelf.phase }
        let deciding = now.isEmpty ? openings : now
        return !deciding.isEmpty && deciding.allSatisfy { $0.exchange.key == "refused" }
    }

    /// The answer to the client's handshake, the state that it opens with, and what both ends can.
    func answer(
        _ packet: Packet, _ shelf: Shelf
    ) throws(MySQLError) -> (actions: [StubAction], status: ServerStatus?, capabilities: Capabilities) {
        let response = try HandshakeResponse(packet.payload)
        guard !response.isSSLRequest else { throw MySQLError("the client insists on TLS") }
        let capabilities = greeting.capabilities.intersection(response.capabilities)
        let (user, database) = (text(response.user), text(response.database))
        let recorded = shelf.take(
            key: "connect|\(user)|\(database)", relaxed: [RelaxedKey("user and database", key: "connect")],
            summary: Summary.line("connect as \(user)\(database.isEmpty ? "" : " to \(database)")"))
        guard let recorded else { return ([.close(.fin, delay: 0)], nil, capabilities) }
        var out = PacketWriter(sequence: packet.sequence &+ 1)
        guard let last = Self.lastPacket(of: recorded) else { return (Playback.ending(recorded), nil, capabilities) }
        if last.payload.first == 0xff {
            out.packet(last.payload)
            return ([.send(out.bytes, delay: last.ended)] + Playback.ending(recorded), nil, capabilities)
        }
        // This plugin's client waits for a word on its fast path. Source:
        // https://dev.mysql.com/doc/dev/mysql-server/latest/page_caching_sha2_authentication_exchanges.html
        if text(response.plugin) == "caching_sha2_password", !response.auth.isEmpty { out.packet([1, 3]) }
        let ok = try OKPacket(last.payload, Playback.capabilities(of: recorded) ?? capabilities)
        out.packet(ok.payload(capabilities))
        return ([.send(out.bytes, delay: last.ended)] + Playback.ending(recorded), ok.status, capabilities)
    }

    /// The OK or the error that ended the recorded handshake.
    private static func lastPacket(of recorded: Recorded) -> Packet? {
        guard recorded.exchange.responseEnd != nil else { return nil }
        var cutter = PacketCutter()
        var last: Packet?
        for piece in recorded.answer {
            cutter.append(piece.bytes[...], at: piece.delay)
            while let packet = try? cutter.next() { last = packet }
        }
        guard let last, last.payload.first == 0 || last.payload.first == 0xff else { return nil }
        return last
    }
}
