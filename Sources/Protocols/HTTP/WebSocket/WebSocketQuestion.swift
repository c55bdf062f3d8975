import ReenactTimeline
import ReenactWire

/// What a program says on a WebSocket before the peer speaks again: keys and words of it.
struct WebSocketQuestion {
    /// Of the request that opened the WebSocket.
    let place: String
    let messages: [WebSocketReader.Message]

    var key: String { key(volatileReplaced: false) }

    /// Without times and nonces, where there are any.
    var relaxed: [RelaxedKey] {
        let weaker = key(volatileReplaced: true)
        return weaker == key ? [] : [RelaxedKey("volatile values in message", key: weaker)]
    }

    private func key(volatileReplaced: Bool) -> String {
        var bytes: [UInt8] = []
        for message in messages {
            let json = CanonicalJSON(message.payload)
            bytes += (volatileReplaced ? json?.bytesWithoutVolatile : nil) ?? json?.bytes ?? message.payload
            bytes += [0, message.opcode]
        }
        return "WEBSOCKET \(place) \(StableHash.hex(bytes[...]))"
    }

    /// `websocket {"id": 1}`
    var summary: String {
        messages.isEmpty ? "websocket opened" : "websocket " + Self.line(messages.map(\.payload), limit: 80)
    }

    static func line(_ payloads: [[UInt8]], limit: Int) -> String {
        let text = payloads.prefix(3).map { payload in
            let shown = payload.prefix(limit)
            guard let text = String(validating: shown, as: UTF8.self), !shown.contains(where: { $0 < 0x20 }) else {
                return "\(payload.count) B"
            }
            return shown.count < payload.count ? text + "…" : text
        }.joined(separator: " · ")
        return payloads.count > 3 ? text + " · …" : text
    }
}
