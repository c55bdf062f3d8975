import ReenactTLS
import ReenactTimeline
import ReenactWire
import Testing

@testable import ReenactCapture

struct RedactionTests {
    private let key = Array(repeating: UInt8(3), count: 32)

    private func connection(_ text: String) -> Connection {
        var made = Connection(id: 1, direction: .inbound, transport: .tcp, server: "127.0.0.1:80", opened: 0)
        let bytes = Array(text.utf8)
        // Cut in the middle of the secret: a patch must cross segments.
        made.segments = [
            Segment(side: .client, time: 0, offset: 0, bytes: Array(bytes[..<20])),
            Segment(side: .client, time: 0, offset: 20, bytes: Array(bytes[20...])),
        ]
        return made
    }

    @Test func `a secret becomes a placeholder of its length, the same everywhere, and opens again`() throws {
        let text = "Authorization: Basic c2VjcmV0OnNlY3JldA==\r\n"
        let secret = Array("c2VjcmV0OnNlY3JldA==".utf8)
        var redaction = Redaction(key: key)
        let range = StreamRange(offset: 21, length: secret.count)
        let clean = redaction.redact(
            connection(text), secrets: [.init(kind: "authorization", side: .client, range: range)])
        let shown = clean.bytes(.init(offset: 0, length: text.utf8.count), from: .client)
        #expect(shown.count == text.utf8.count)
        #expect(!String(decoding: shown, as: UTF8.self).contains("c2Vjcm"))
        // Elsewhere, where no protocol pointed at it: in a log, in a local.
        let line = redaction.sweep("token is c2VjcmV0OnNlY3JldA==!")
        #expect(line.utf8.count == 30 && !line.contains("c2Vjcm"))
        #expect(line.contains(String(decoding: clean.bytes(range, from: .client), as: UTF8.self)))
        let sealed = try #require(redaction.sealed.first)
        #expect(try Seal.open(sealed.ciphertext, key: key) == secret)
    }

    @Test func `a short secret is replaced in text where it is plainly a value`() {
        var redaction = Redaction(key: key)
        let made = redaction.placeholder(for: "cr0n1")
        #expect(redaction.sweep("GET /z?token=cr0n1&a=1") == "GET /z?token=\(made)&a=1")
        #expect(redaction.sweep("token=cr0n1") == "token=\(made)")
        #expect(redaction.sweep("cr0n1, a=cr0n12") == "cr0n1, a=cr0n12", "elsewhere it may be a word")
    }

    @Test func `equal secrets are equal across cases of one owner, and differ between owners`() {
        var one = Redaction(key: key)
        var again = Redaction(key: key)
        var other = Redaction(key: Array(repeating: 4, count: 32))
        let secret = "correct horse battery"
        #expect(one.placeholder(for: secret) == again.placeholder(for: secret))
        #expect(one.placeholder(for: secret) != other.placeholder(for: secret))
    }

    @Test func `what two have found to be a secret is replaced once, and opens to what it was`() throws {
        var redaction = Redaction(key: key)
        var made = connection(#"CONNECT {"user":"ada","password":"gneiss-41-nats"}"#)
        made = redaction.redact(
            made, secrets: [.init(kind: "password", side: .client, range: .init(offset: 34, length: 14))])
        let once = made
        redaction.hideMembers(of: &made)
        #expect(made == once)
        let sealed = try #require(redaction.sealed.first)
        #expect(redaction.count == 1)
        #expect(try Seal.open(sealed.ciphertext, key: key) == Array("gneiss-41-nats".utf8))
    }

    @Test func `without a key nothing is sealed`() {
        var redaction = Redaction(key: nil)
        _ = redaction.placeholder(for: "correct horse battery")
        #expect(redaction.sealed.isEmpty && redaction.count == 1)
    }

    @Test(arguments: [
        "DB_PASSWORD", "API_KEY", "stripe_secret_key", "SENTRY_DSN", "GITHUB_TOKEN", "SMTP_PASS", "dbpass",
    ])
    func `names of secrets are known`(name: String) { #expect(SecretNames.isSecret(name)) }

    @Test(arguments: ["PATH", "PWD", "OLDPWD", "HOME", "TOKEN_URL", "LANG", "CACHE_BYPASS", "SSH_ASKPASS"])
    func `names of no secrets are left alone`(name: String) { #expect(!SecretNames.isSecret(name)) }

    @Test func `a password in a URL is found`() {
        #expect(SecretNames.password(inURL: "postgres://me:hunter22@db:5432/x") == "hunter22")
        #expect(SecretNames.password(inURL: "http://host:80/a@b:c") == nil)
    }
}
