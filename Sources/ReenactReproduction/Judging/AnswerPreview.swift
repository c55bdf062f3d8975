import FoundationEssentials
import ReenactHTTP
import ReenactTimeline
import ReenactWire

/// The beginning of an HTTP answer's body, as a person reads it.
enum AnswerPreview {
    private static let bytesMax = 2000

    /// As it is told: in the sandbox a program works with the real secrets, and may answer with one.
    static func told(of bytes: [UInt8]) -> String {
        var recorder = HTTP.recorder()
        _ = recorder.received(Array("GET / HTTP/1.1\r\nHost: x\r\n\r\n".utf8)[...], from: .client, offset: 0, at: 0)
        let changes =
            recorder.received(bytes[...], from: .server, offset: 0, at: 1)
            + recorder.closed(.server, manner: .fin, at: 2)
        for case .ended(let exchange) in changes where !exchange.secrets.isEmpty {
            guard let text = exchange.detail["responseBody"]?["text"]?.string else { continue }
            return String(text.prefix(bytesMax))
        }
        return body(of: bytes)
    }

    static func body(of bytes: [UInt8], bytesMax: Int = AnswerPreview.bytesMax) -> String {
        guard let end = bytes.firstRange(of: Array("\r\n\r\n".utf8)) else {
            return String(decoding: bytes.prefix(bytesMax), as: UTF8.self)
        }
        let head = String(decoding: bytes[..<end.lowerBound], as: UTF8.self).lowercased()
        let body = bytes[end.upperBound...]
        if let encoding = head.split(separator: "\r\n").first(where: { $0.hasPrefix("content-encoding:") }) {
            let name = encoding.split(separator: " ").last ?? ""
            if name != "identity" { return "(\(body.count) bytes, \(name))" }
        }
        let plain = head.contains("transfer-encoding: chunked") ? joined(body, bytesMax) : Array(body.prefix(bytesMax))
        guard !plain.contains(0) else { return "(\(body.count) bytes)" }
        return String(decoding: plain, as: UTF8.self)
    }

    /// The chunks' contents, as far as a preview needs them. Source: RFC 9112, 7.1.
    private static func joined(_ body: ArraySlice<UInt8>, _ bytesMax: Int) -> [UInt8] {
        var rest = body
        var result: [UInt8] = []
        while result.count < bytesMax, let line = rest.firstRange(of: Array("\r\n".utf8)) {
            let size = String(decoding: rest[..<line.lowerBound].prefix { $0 != UInt8(ascii: ";") }, as: UTF8.self)
            guard let count = Int(size, radix: 16), count > 0, count <= rest[line.upperBound...].count else { break }
            result += rest[line.upperBound..<(line.upperBound + count)]
            rest = rest[(line.upperBound + count)...].dropFirst(2)
        }
        return Array(result.prefix(bytesMax))
    }
}
