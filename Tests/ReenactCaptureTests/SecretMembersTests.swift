import ReenactTLS
import ReenactTimeline
import ReenactWire
import Testing

@testable import ReenactCapture

struct SecretMembersTests {
    private let key = Array(repeating: UInt8(3), count: 32)
    private static let token =
        "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiI0NyIsImV4cCI6MTc5NTM3fQ.c2lnbmF0dXJlLWJ5dGVz"

    private func found(_ text: String) -> [String] {
        let bytes = Array(text.utf8)
        return SecretMembers.ranges(in: bytes).map { String(decoding: bytes[$0], as: UTF8.self) }
    }

    @Test(arguments: [
        (#"*2$31{"name": "ada", "password": "gneiss-41"}"#, ["gneiss-41"]),
        (#"it is 5" long {"api_key":"k-1"},{"client_secret" : "a\"b"}"#, ["k-1", #"a\"b"#]),
        (#"{"body": "{\"password\": \"slate-7\", \"n\": 1}"}"#, ["slate-7"]),
        (#"{"a": "{\"b\": \"{\\\"token\\\": \\\"t-99\\\"}\"}"}"#, ["t-99"]),
        ("{'password': 'olivine'}", ["olivine"]),
        ("bearer is \(token), \"refresh\":\"\(token)\"", [token, token]),
    ])
    func `what stands by a secret's name is found in bytes of any protocol`(text: String, expected: [String]) {
        #expect(found(text) == expected)
    }

    @Test(arguments: [
        #"{"max_tokens": 100, "next_page_token": "abcdef12"}"#, #"{"password": null, "token": true}"#,
        #"password: is what it asks for"#, #"{"passwords": ["a"]}"#, "eyJhbGciOiJIUzI1NiJ9 alone",
        #""password":"cut off"#,
    ])
    func `other members are left alone`(text: String) { #expect(found(text).isEmpty) }

    @Test func `bytes that are no text find nothing and end`() {
        var generator = SystemRandomNumberGenerator()
        for length in [0, 1, 2, 3, 40, 4000] {
            let bytes = (0..<length).map { _ in
                Array("\"\\:' {eyJ.password\0\u{ff}".utf8).randomElement(using: &generator) ?? 0
            }
            for range in SecretMembers.ranges(in: bytes) { #expect(range.upperBound <= bytes.count) }
        }
    }

    @Test func `a value in a stream is replaced across segments, and a plain word nowhere else`() {
        let text = #"$40 {"password": "Password", "token": "gneiss-row-41"}"#
        var made = Connection(id: 1, direction: .outbound, transport: .tcp, server: "127.0.0.1:6379", opened: 0)
        let bytes = Array(text.utf8)
        made.segments = [
            Segment(side: .server, time: 0, offset: 0, bytes: Array(bytes[..<44])),
            Segment(side: .server, time: 0, offset: 44, bytes: Array(bytes[44...])),
        ]
        var redaction = Redaction(key: key)
        let clean = redaction.sweep(redaction.redactMembers(of: made, in: made, besides: []))
        let shown = String(decoding: clean.segments.flatMap(\.bytes), as: UTF8.self)
        #expect(shown.utf8.count == text.utf8.count && !shown.contains("gneiss") && !shown.contains("Password"))
        #expect(redaction.sweep("Password for gneiss-row-41").hasPrefix("Password for "))
        #expect(!redaction.sweep("Password for gneiss-row-41").contains("gneiss"))
    }

    @Test func `cells of columns that are named like secrets are secrets`() {
        let view: JSONValue = [
            "columns": [["name": "id"], ["name": "password"]],
            "rows": [["1", "pbkdf2_sha256$1$abc"], ["2", .null], ["3", "short"]],
        ]
        #expect(SecretMembers.values(in: view) == ["pbkdf2_sha256$1$abc"])
        let names: JSONValue = ["columns": ["token"], "rows": [["tok-12345"]], "password": "<redacted 9>"]
        #expect(SecretMembers.values(in: names) == ["tok-12345"])
    }

    @Test func `standard input is without its secrets, and the owner has them back`() throws {
        var input = StandardInput(isFile: false, time: 0)
        let text = "//host/share /mnt cifs username=bo,password=tourmaline9\n{\"token\": \"tk-77aa\"}\n"
        input.add(Array(text.utf8)[...], length: text.utf8.count)
        var redaction = Redaction(key: key)
        let shown = String(decoding: redaction.hiding(input).bytes, as: UTF8.self)
        #expect(shown.utf8.count == text.utf8.count && !shown.contains("tourmaline") && !shown.contains("tk-77"))
        let opened = try redaction.sealed.map {
            String(decoding: try Seal.open($0.ciphertext, key: key), as: UTF8.self)
        }
        #expect(Set(opened) == ["tourmaline9", "tk-77aa"])
    }
}
