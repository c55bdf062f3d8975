import COpenSSL
import ReenactTimeline
import ReenactWire

/// The recorded `101`, said to a live program: it drew another key, and its messages are not packed.
///
/// Source: RFC 6455, 4.2.2, number 5.
enum WebSocketHandshake {
    static func adapted(_ actions: [StubAction], key: String) -> [StubAction] {
        var bytes: [UInt8] = []
        var delay: Int64?
        var rest: [StubAction] = []
        for action in actions {
            if case .send(let piece, let after) = action {
                bytes += piece
                delay = delay ?? after
            } else {
                rest.append(action)
            }
        }
        guard let delay else { return actions }
        return [.send(rewritten(bytes, key), delay: delay)] + rest
    }

    private static func rewritten(_ bytes: [UInt8], _ key: String) -> [UInt8] {
        guard let message = HTTPMessage(bytes, side: .server) else { return bytes }
        return message.written(
            body: [], without: "sec-websocket-extensions", with: ("Sec-WebSocket-Accept", accept(key)))
    }

    static func accept(_ key: String) -> String {
        let text = Array((key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").utf8)
        let digest = [UInt8](unsafeUninitializedCapacity: 20) { buffer, count in
            SHA1(text, text.count, buffer.baseAddress)
            count = 20
        }
        return Base64.encode(digest)
    }
}
