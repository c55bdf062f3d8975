import ReenactTimeline
import Testing

@testable import ReenactCapture

struct SecretLinesTests {
    private func hidden(_ text: String) -> [String] {
        let bytes = Array(text.utf8)
        return SecretLines.ranges(in: bytes).map { String(decoding: bytes[$0], as: UTF8.self) }
    }

    @Test(arguments: [
        ("password = hunter22\n", "hunter22"), ("db.password=hunter22 # old\r\n", "hunter22"),
        ("  api_key: \"abc,def\"\n", "abc,def"), ("{\"client-secret\": \"x9x9\", \"a\": 1}", "x9x9"),
        ("{a: 1, token: x9x9x9, b: 2}", "x9x9x9"), ("export DB_PASSWORD='a b c'", "a b c"),
        ("<password>hunter22</password>", "hunter22"), ("define('DB_PASSWORD', 'hunter22');", "hunter22"),
        ("'auth_key' => 'hunter22',", "hunter22"), ("my $dbpass = 'tulip-44';", "tulip-44"),
        ("  pass: tulip-44\n", "tulip-44"), ("SMTP_PASS=tulip-44\n", "tulip-44"),
        ("machine h\n  login ada\n  password birch-7\n", "birch-7"),
        ("machine h login ada password birch-7 # mine\n", "birch-7"), ("db:5432:shop:ada:birch-7\n", "birch-7"),
        ("*:*:*:ada:birch-7\r\n", "birch-7"),
        ("url: postgres://shop:hunter22@db/shop", "hunter22"),
        ("-----BEGIN RSA PRIVATE KEY-----\nAAAA\nBBBB\n-----END RSA PRIVATE KEY-----\n", "AAAA\nBBBB"),
    ])
    func `secrets of configuration files are found`(text: String, secret: String) {
        #expect(hidden(text) == [secret])
    }

    @Test(arguments: [
        "user = shop\n", "password_file = /run/secret\n", "# the password is not here\n", "password:\n  min: 8\n",
        "use_token: true", "password = ${DB_PASSWORD}", "url: http://host:8080/a@b", "password =", "secret: null",
        "bypass = always", "type a password here", "a:b:c:d:eeee", "12:30:00:x:yyyy zzzz",
        "root:x:0:0:root:/root:/bin/sh",
    ])
    func `all else is left as it is`(text: String) {
        #expect(hidden(text) == [])
    }

    @Test func `they become placeholders where they stand, and open again`() throws {
        let key = Array(repeating: UInt8(3), count: 32)
        var redaction = Redaction(key: key)
        let text = "password: Password\ntitle: Password of the shop\npin_token: ab12\n"
        let file = Case.FileCopy(path: "/a", time: 0, bytes: Array(text.utf8))
        let kept = redaction.hiding(SecretLines.ranges(in: file.bytes), of: file)
        let shown = String(decoding: kept.bytes, as: UTF8.self)
        #expect(shown.utf8.count == text.utf8.count && !shown.contains("password: Password") && !shown.contains("ab12"))
        #expect(shown.contains("title: Password of the shop"), "a word is not looked for elsewhere")
        #expect(redaction.sealed.count == 2)
    }
}
