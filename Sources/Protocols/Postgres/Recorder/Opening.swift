import ReenactTimeline
import ReenactWire

/// The opening: encryption asked for, startup, authentication, settings, up to the first ReadyForQuery.
///
/// Source: https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-START-UP
extension PostgresRecorder {
    mutating func takeOpening(_ message: Message) {
        guard let startup = StartupMessage(message.body) else { return fail("a startup message without a version") }
        switch startup.code {
        case StartupCode.ssl, StartupCode.gss:
            let ordinal = opening(message, summary: "connect")
            self[ordinal]?.exchange.key = "startup"
            bytesExpected += 1
        case StartupCode.cancel:
            // The process id and its secret are of the run, so the key has neither.
            let ordinal = begin(.cancel, with: message, summary: "cancel the running statement")
            self[ordinal]?.exchange.key = "cancel"
            self[ordinal]?.isForming = false
            stage = .cancelled
        default:
            guard startup.code >> 16 == 3 else { return fail("protocol version \(startup.code >> 16) is not 3") }
            let ordinal = opening(message, summary: startup.summary)
            self[ordinal]?.exchange.key = startup.key
            self[ordinal]?.exchange.relaxedKeys = [RelaxedKey("startup parameters", key: "startup")]
            self[ordinal]?.exchange.summary = startup.summary
            for (name, value) in startup.parameters.prefix(50) {
                self[ordinal]?.members[name] = .string(String(value.prefix(256)))
            }
            stage = .starting
        }
    }

    /// The opening's exchange: SSLRequest and StartupMessage are two messages of it.
    private mutating func opening(_ message: Message, summary: String) -> Int {
        if let first = works.first, first?.kind == .opening {
            self[firstOrdinal]?.extendRequest(message)
            return firstOrdinal
        }
        let ordinal = begin(.opening, with: message, summary: summary)
        self[ordinal]?.exchange.isPreamble = true
        return ordinal
    }

    mutating func takeAuthentication(_ message: Message) {
        guard self[firstOrdinal]?.kind == .opening else { return }
        self[firstOrdinal]?.extendRequest(message)
        guard message.type == Frontend.password, passwordIsSecret, message.length > 6 else { return }
        self[firstOrdinal]?.exchange.secrets.append(
            Secret(
                kind: "password", side: .client,
                range: StreamRange(offset: message.bodyOffset, length: message.length - 6)))
    }

    mutating func takeOpeningAnswer(_ message: Message) {
        let ordinal = firstOrdinal
        guard self[ordinal]?.kind == .opening else { return }
        self[ordinal]?.extendResponse(from: message.offset, to: message.end, began: message.began)
        if bytesExpected > 0 {
            bytesExpected -= 1
            // 'S' and 'G' too: either the stream is the decrypted one, or what follows is no message and ends decoding.
            self[ordinal]?.members["encryption"] = .string(String(Unicode.Scalar(message.type)))
            return
        }
        switch message.type {
        case Backend.authentication:
            var reader = ByteReader(message.body)
            let code = reader.int32() ?? 0
            passwordIsSecret = code == Authentication.clearText || code == Authentication.md5
            if code != Authentication.ok {
                self[ordinal]?.members["authentication"] = .string(Authentication.name(code))
            }
        case Backend.parameterStatus: self[ordinal]?.answer.note(setting: message.body)
        case Backend.notice: self[ordinal]?.answer.note(notice: ServerReport(message.body))
        case Backend.error:
            self[ordinal]?.answer.error = ServerReport(message.body)
            end(ordinal, at: message.ended)
        case Backend.ready:
            stage = .ready
            self[ordinal]?.answer.transaction = message.body.first
            self[ordinal]?.exchange.result = "connected"
            end(ordinal, at: message.ended)
        default: break
        }
    }
}
