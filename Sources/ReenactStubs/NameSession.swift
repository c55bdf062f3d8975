import ReenactDNS
import ReenactTimeline
import ReenactWire

/// A name server of the sandbox: what was recorded of it, then the names of the case, and no other name exists.
struct NameSession: StubSession {
    /// Names in lower case, and their addresses.
    private let names: [String: [String]]
    /// True over TCP, where a length stands before each message (RFC 7766 section 8).
    private let isStream: Bool
    private var recorded = DNS.stub()
    private var pending: [UInt8] = []

    init(names: [String: [String]], isStream: Bool) {
        self.names = names
        self.isStream = isStream
    }

    mutating func opened(_ shelf: Shelf) -> [StubAction] { [] }

    mutating func clientClosed(_ shelf: Shelf) -> [StubAction] { [] }

    mutating func received(_ bytes: ArraySlice<UInt8>, _ shelf: Shelf) -> [StubAction] {
        guard isStream else { return answer(Array(bytes), shelf) }
        pending += bytes
        var actions: [StubAction] = []
        while pending.count >= 2, pending.count >= 2 + Self.length(pending) {
            let end = 2 + Self.length(pending)
            actions += answer(Array(pending[2..<end]), shelf)
            pending.removeFirst(end)
        }
        return actions
    }

    private mutating func answer(_ query: [UInt8], _ shelf: Shelf) -> [StubAction] {
        let tell = shelf.onEncounter
        var met: Shelf.Encounter?
        shelf.onEncounter = { met = $0 }
        let replay = recorded.received(framed(query)[...], shelf)
        shelf.onEncounter = tell
        if met?.event == nil, let reply = DNS.answer(query, hosts: names) {
            // After a refusal the recorded server's session is over; the next query begins another.
            recorded = DNS.stub()
            if reply.count > 3, reply[3] & 0x0F == 0 {
                met?.relaxations = ["names of the case"]
                met?.reason = ""
            }
            if let met { tell?(met) }
            return [.send(framed(reply), delay: 0)]
        }
        if let met { tell?(met) }
        return replay
    }

    private func framed(_ message: [UInt8]) -> [UInt8] {
        isStream ? [UInt8(message.count >> 8 & 0xFF), UInt8(message.count & 0xFF)] + message : message
    }

    private static func length(_ bytes: [UInt8]) -> Int { Int(bytes[0]) << 8 | Int(bytes[1]) }
}
