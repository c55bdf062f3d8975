import ReenactTimeline
import ReenactWire
import ReenactWireTesting
import Testing

@testable import ReenactHTTP

struct HTTPSecretTests {
    /// The bytes of each secret, as its range finds them in the stream.
    func secrets(_ request: String, _ answer: String = okay) -> [String] {
        let dialogue = Dialogue([.client(get("/first")), .server(okay), .client(request), .server(answer)])
        let connection = dialogue.connection()
        let exchange = dialogue.exchanges(HTTP.recorder()).ended.last
        return (exchange?.secrets ?? []).map {
            "\($0.side == .client ? ">" : "<")\($0.kind):"
                + String(decoding: connection.bytes($0.range, from: $0.side), as: UTF8.self)
        }
    }

    @Test func `credentials and cookies are found, and nothing around them`() {
        #expect(secrets(get("/", more: "Authorization:  Bearer abc.def \r\n")) == [">authorization:abc.def"])
        #expect(secrets(get("/", more: "Proxy-Authorization: Basic dTpw\r\n")) == [">authorization:dTpw"])
        #expect(secrets(get("/", more: "Cookie: a=1; session=x=y; empty=\r\n")) == [">cookie:1", ">cookie:x=y"])
        #expect(
            secrets(get("/"), "HTTP/1.1 204 No\r\nSet-Cookie: sid=s3; Path=/; Secure\r\nset-cookie: b=2\r\n\r\n")
                == ["<cookie:s3", "<cookie:2"])
        #expect(
            secrets(get("/", more: "X-Api-Key: k1\r\nX-Auth-Token: t1\r\nAccept: x\r\n")) == [">token:k1", ">token:t1"])
    }

    @Test func `addresses that let whoever knows them in are secrets where they do so`() {
        let token = "AAFBJaULW08E7m9T3Lu4AizybWE0dZV6Ic"
        #expect(secrets(get("/bot6750424697:\(token)/getMe?x=1")) == [">token:\(token)"])
        #expect(secrets(get("/services/T01ABCDEF/B02ABCDEF/\(token)")) == [">token:\(token)"])
        #expect(secrets(get("/api/webhooks/112233445566/\(token)")) == [">token:\(token)"])
        #expect(secrets(get("/hook/ghp_0123456789abcdefghij")) == [">token:ghp_0123456789abcdefghij"])
        #expect(secrets(get("/bots/6750424697:\(token)")).isEmpty)
        #expect(secrets(get("/services/types/boxes/0123456789abcdef0123456789abcdef")).isEmpty)
        #expect(secrets(get("/items/0b2c7d1e-0f4a-4c1d-9b55-1f2e3d4c5b6a/webhooks/12/list")).isEmpty)
    }

    @Test func `secrets in targets and bodies are found`() {
        #expect(secrets(get("/?q=1&access_token=tok&next_page_token=3")) == [">token:tok"])
        #expect(secrets("GET http://u:pw@h/ HTTP/1.1\r\n\r\n") == [">password:pw"])
        #expect(
            secrets(
                post("/", "{\"user\":\"u\",\"password\" : \"p\\\"w\",\"max_tokens\":100,\"pin\":{\"secret\":\"s\"}}"))
                == [">password:p\\\"w", ">token:s"])
        #expect(
            secrets(post("/", "a=1&password=p%20w", type: "application/x-www-form-urlencoded")) == [">password:p%20w"])
        let answer = "{\"refresh_token\":\"rt\",\"ok\":true}"
        #expect(
            secrets(get("/"), "HTTP/1.1 200 OK\r\nContent-Length: \(answer.utf8.count)\r\n\r\n\(answer)") == [
                "<token:rt"
            ])
    }

    @Test func `a document is one whatever its sender calls it, and a signed token is a secret by its shape`() {
        #expect(
            secrets(post("/", "{\"password\": \"larimar\"}", type: "application/x-www-form-urlencoded")) == [
                ">password:larimar"
            ])
        let token = "eyJhbGciOiJIUzI1NiJ9.eyJ1c2VyX2lkIjoyfQ.c2lnbmF0dXJlLXg"
        #expect(secrets(post("/", "{\"refresh\": \"\(token)\"}")) == [">token:\(token)"])
    }

    @Test func `card numbers are found by issuer and check digit`() {
        #expect(
            secrets(post("/", "{\"n\":\"4111 1111 1111 1111\",\"m\":4111111111111112}")) == [
                ">card:4111 1111 1111 1111"
            ])
        #expect(secrets(post("/", "card 5555-5555-5555-4444.", type: "text/plain")) == [">card:5555-5555-5555-4444"])
        #expect(
            secrets(post("/", "x4111111111111111 0.4111111111111111 1700000000000000003", type: "text/plain")) == [])
    }

    @Test func `a secret that chunks cut has a range for each part`() {
        let request =
            "POST / HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
        #expect(
            secrets(request + "f\r\n{\"password\":\"ab\r\n4\r\ncd\"}\r\n0\r\n\r\n") == [">password:ab", ">password:cd"])
    }

    @Test func `the detail shows no secret`() throws {
        let dialogue = Dialogue([
            .client(
                post(
                    "/?token=SECRET1", "{\"password\":\"SECRET2\"}",
                    more: "Authorization: Bearer SECRET3\r\nCookie: a=SECRET4\r\n")),
            .server(
                "HTTP/1.1 200 OK\r\nSet-Cookie: a=SECRET5; Path=/\r\nContent-Length: 20\r\n\r\n{\"api_key\":\"SECRET\"}"
            ),
        ])
        let exchange = try #require(dialogue.exchanges(HTTP.recorder()).ended.first)
        #expect(!"\(exchange)".contains("SECRET"))
        #expect(exchange.detail["requestHeaders"]?[2] == ["Authorization", "Bearer <redacted 7>"])
        #expect(exchange.detail["target"] == "/?token=<redacted 7>")
        #expect(exchange.detail["requestBody"]?["text"] == "{\"password\":\"<redacted 7>\"}")
        #expect(exchange.secrets.count == 6)
    }
}
