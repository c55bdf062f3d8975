import ReenactTimeline
import ReenactWire
import Testing

@testable import ReenactCapture

struct SecretMembersTests {
    private func found(_ text: String) -> [String] {
        let bytes = Array(text.utf8)
        return SecretMembers.ranges(in: bytes).map { String(decoding: bytes[$0], as: UTF8.self) }
    }

    @Test(arguments: [
        (#"{"name": "Ada", "password": "gneiss-41", "n": 1}"#, ["gneiss-41"]),
        (#"MSG orders 1 38\#r\#n{"id":1,"api_key":"zircon-2"}\#r\#n"#, ["zircon-2"]),
        (#"{"job": "{\"secret\": \"agate-17\"}"}"#, ["agate-17"]),
        (
            "password=pbkdf2_sha256$600000$6bjwGZo2n7H9QRF6yo4abc$e1ZkqOaY1aXb3Yt0y4yXtU4U0PpYJ1l8dRkXQ1gq0bA=;",
            [
                "pbkdf2_sha256$600000$6bjwGZo2n7H9QRF6yo4abc$e1ZkqOaY1aXb3Yt0y4yXtU4U0PpYJ1l8dRkXQ1gq0bA="
            ]
        ),
        (
            "x eyJhbGciOiJIUzI1NiJ9.eyJ1c2VyX2lkIjoyfQ.c2lnbmF0dXJlLXg y",
            [
                "eyJhbGciOiJIUzI1NiJ9.eyJ1c2VyX2lkIjoyfQ.c2lnbmF0dXJlLXg"
            ]
        ),
        (
            "$2b$12$R9h/cIPz0gi.URNNX3kh2OPST9/PgBkqquzi.Ss7KIUgO2t0jWMUW",
            [
                "$2b$12$R9h/cIPz0gi.URNNX3kh2OPST9/PgBkqquzi.Ss7KIUgO2t0jWMUW"
            ]
        ),
        ("ghp_Mal4chite9Tok3nAbCdEfGhIjKlMnOpQrSt", ["ghp_Mal4chite9Tok3nAbCdEfGhIjKlMnOpQrSt"]),
    ])
    func `secrets are found by the names of members and by their shape`(text: String, secrets: [String]) {
        #expect(found(text) == secrets)
    }

    @Test(arguments: [
        #"{"password": "This field is required."}"#, #"{"next_page_token": "abcdefgh12"}"#, #"{"tokens": "12345678"}"#,
        #"{"password": null, "user": "ada-lovelace"}"#, #"{"password": "<redacted 8>"}"#, #"["password", "username"]"#,
        "eyJhbGciOiJIUzI1NiJ9.nothing.more", "costs $6$ or $2b$12$ at most", "\"password\"", "\"password\": \"",
    ])
    func `what is none is left alone`(text: String) { #expect(found(text).isEmpty) }

    @Test func `what stands in a document of another protocol is hidden there, and a telling value everywhere`() {
        let text = #"$51\#r\#n{"name": "Ada", "password": "gneiss-41", "pass": "bob"}\#r\#n"#
        var made = Connection(id: 1, direction: .outbound, transport: .tcp, server: "127.0.0.1:6379", opened: 0)
        made.segments = [Segment(side: .server, time: 0, offset: 0, bytes: Array(text.utf8))]
        var redaction = Redaction(key: Array(repeating: 3, count: 32))
        redaction.hideMembers(of: &made)
        let shown = String(decoding: made.segments[0].bytes, as: UTF8.self)
        #expect(shown.utf8.count == text.utf8.count && !shown.contains("gneiss") && shown.contains(#""name": "Ada""#))
        #expect(!redaction.sweep("it was gneiss-41").contains("gneiss"))
    }

    @Test func `a plain word is hidden where it stands, and stays a word elsewhere`() {
        let text = #"{"password": "required"}"#
        var made = Connection(id: 1, direction: .outbound, transport: .tcp, server: "127.0.0.1:6379", opened: 0)
        made.segments = [Segment(side: .client, time: 0, offset: 0, bytes: Array(text.utf8))]
        var redaction = Redaction(key: Array(repeating: 3, count: 32))
        redaction.hideMembers(of: &made)
        #expect(!String(decoding: made.segments[0].bytes, as: UTF8.self).contains("required"))
        #expect(redaction.sweep("a name is required") == "a name is required")
    }

    @Test func `a secret that segments cut is found, and so are all that stand in one text`() {
        let text = Array(#"{"api_key": "zircon-22"}{"api_key": "zircon-22-b"}"#.utf8)
        var made = Connection(id: 1, direction: .outbound, transport: .tcp, server: "127.0.0.1:4222", opened: 0)
        made.segments = [
            Segment(side: .server, time: 0, offset: 0, bytes: Array(text[..<17])),
            Segment(side: .server, time: 0, offset: 17, bytes: Array(text[17...])),
        ]
        var redaction = Redaction(key: Array(repeating: 3, count: 32))
        redaction.hideMembers(of: &made)
        #expect(!String(decoding: made.segments.flatMap(\.bytes), as: UTF8.self).contains("zircon"))
        let line = redaction.sweep("zircon-22 zircon-22-b zircon-2 xzircon-22")
        #expect(!line.contains("zircon-22") && line.contains("zircon-2 "))
    }

    @Test(arguments: ["password", "password_hash", "Api-Key", "access_token", "client_secret", "refreshToken"])
    func `names of members are known`(name: String) { #expect(SecretNames.isSecretMember(name)) }

    @Test(arguments: ["tokens", "secretary", "page_token", "passenger", "keyword", "password_changed_at"])
    func `names of other members are left alone`(name: String) { #expect(!SecretNames.isSecretMember(name)) }
}
