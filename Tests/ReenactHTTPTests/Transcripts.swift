import ReenactWireTesting

/// Conversations as real clients and servers have them (curl, Node's fetch, requests, nginx, http.server), by name.
enum Transcripts {
    static let all: [(name: String, dialogue: Dialogue)] = [
        ("get", get), ("keep-alive", keepAlive), ("pipelined", pipelined), ("chunked", chunked),
        ("until close", untilClose),
        ("no body", noBody), ("continue", expectContinue), ("form", form), ("multipart", multipart),
        ("upgrade", upgrade), ("connect", connect), ("refused connect", refusedConnect), ("early answer", earlyAnswer),
        ("bare line feeds", bareLineFeeds), ("reset", reset), ("cut answer", cutAnswer), ("silence", silence),
        ("early hints", earlyHints),
    ]

    static let get = Dialogue([
        .client("GET /pnpm/latest?limit=5&a=1 HTTP/1.1\r\nHost: registry.npmjs.org\r\nAccept: */*\r\n\r\n"),
        .server(
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 18\r\n\r\n{\"version\":\"9.0\"}\n"),
    ])

    static let keepAlive = Dialogue([
        .client("GET /1 HTTP/1.1\r\nHost: h\r\n\r\n"), .server("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n1"),
        .client(
            "POST /2 HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\nContent-Length: 13\r\n\r\n{\"a\":1,\"b\":2}"
        ),
        .server("HTTP/1.1 503 Service Unavailable\r\nContent-Length: 3\r\nConnection: close\r\n\r\nno\n"),
        .close(.server, .fin), .close(.client, .fin),
    ])

    static let pipelined = Dialogue([
        .client(
            "GET /1 HTTP/1.1\r\nHost: h\r\n\r\nHEAD /2 HTTP/1.1\r\nHost: h\r\n\r\nGET /3 HTTP/1.1\r\nHost: h\r\n\r\n"),
        .server("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\noneHTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n"),
        .server("HTTP/1.1 404 Not Found\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nthree\r\n0\r\n\r\n"),
    ])

    static let chunked = Dialogue([
        .client("POST /up HTTP/1.1\r\nHost: h:8080\r\nTransfer-Encoding: chunked\r\nContent-Type: text/plain\r\n\r\n"),
        .client("4;name=\"v\"\r\nWiki\r\nB\r\npedia in \r\n\r\n0\r\nDigest: x\r\nMore: y\r\n\r\n"),
        .server("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n3\r\nabc\r\n000\r\n\r\n"),
    ])

    static let untilClose = Dialogue([
        .client("GET /file HTTP/1.0\r\nHost: h\r\n\r\n"),
        .server("HTTP/1.0 200 OK\r\nServer: SimpleHTTP/0.6\r\n\r\nall of"),
        .server(" it"), .close(.server, .fin),
    ])

    static let noBody = Dialogue([
        .client("DELETE /x HTTP/1.1\r\nHost: h\r\n\r\n"), .server("HTTP/1.1 204 No Content\r\n\r\n"),
        .client("GET /x HTTP/1.1\r\nHost: h\r\nIf-None-Match: \"a\"\r\n\r\n"),
        .server("HTTP/1.1 304 Not Modified\r\nContent-Length: 500\r\n\r\n"),
        .client("GET /y HTTP/1.1\r\nHost: h\r\n\r\n"), .server("HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n"),
    ])

    static let expectContinue = Dialogue([
        .client("PUT /o HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n"),
        .server("HTTP/1.1 100 Continue\r\n\r\n"), .client("data"),
        .server("HTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\nok"),
    ])

    static let form = Dialogue([
        .client(
            "POST /login?token=abc123 HTTP/1.1\r\nHost: h\r\nContent-Type: application/x-www-form-urlencoded\r\n"
                + "Content-Length: 31\r\n\r\nuser=kim&password=hunter2&now=1"),
        .server(
            "HTTP/1.1 302 Found\r\nLocation: /\r\nSet-Cookie: sid=s3cr3t; Path=/; HttpOnly\r\nContent-Length: 0\r\n\r\n"
        ),
    ])

    static let multipart = Dialogue([
        .client(
            "POST /f HTTP/1.1\r\nHost: h\r\nContent-Type: multipart/form-data; boundary=XyZ123\r\nContent-Length: 67\r\n\r\n"
                + "--XyZ123\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n--XyZ123--"),
        .server("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"),
    ])

    static let upgrade = Dialogue([
        .client(
            "GET /chat HTTP/1.1\r\nHost: h\r\nUpgrade: tus\r\nConnection: keep-alive, Upgrade\r\n\r\n"
        ),
        .server("HTTP/1.1 101 Switching Protocols\r\nUpgrade: tus\r\nConnection: Upgrade\r\n\r\n"),
        .client([0x81, 0x85, 1, 2, 3, 4, 5]), .server([0x81, 0x02, 0x68, 0x69]), .close(.client, .fin),
        .close(.server, .fin),
    ])

    static let connect = Dialogue([
        .client(
            "CONNECT API.example.com:443 HTTP/1.1\r\nHost: API.example.com:443\r\nProxy-Authorization: Basic dXNlcjpwYXNz\r\n\r\n"
        ),
        .server("HTTP/1.1 200 Connection established\r\n\r\n"), .client([0x16, 3, 1, 0, 200]),
        .server([0x16, 3, 3, 0, 80]),
        .close(.client, .fin), .close(.server, .fin),
    ])

    static let refusedConnect = Dialogue([
        .client("CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\nGET /early HTTP/1.1\r\nHost: h\r\n\r\n"),
        .server("HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n"),
        .server("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"),
    ])

    static let earlyAnswer = Dialogue([
        .client("POST /big HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\n12345"),
        .server("HTTP/1.1 413 Content Too Large\r\nContent-Length: 3\r\n\r\nbig"), .client("67890"),
    ])

    static let bareLineFeeds = Dialogue([
        .client("\r\nGET /lf HTTP/1.1\nHost: h\n\n"), .server("HTTP/1.1 200 OK\nContent-Length: 2\n\nok"),
    ])

    static let reset = Dialogue([
        .client("GET /r HTTP/1.1\r\nHost: h\r\n\r\n"), .close(.server, .reset), .close(.client, .reset),
    ])

    static let cutAnswer = Dialogue([
        .client("GET /c HTTP/1.1\r\nHost: h\r\n\r\n"),
        .server("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n1"), .close(.server, .reset),
    ])

    static let silence = Dialogue([
        .client("POST /s HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nhi"), .close(.client, .fin),
    ])

    static let earlyHints = Dialogue([
        .client("GET /page HTTP/1.1\r\nHost: h\r\n\r\n"),
        .server("HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n"),
        .server("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\npage"),
    ])
}

/// A request with a body and its length.
func post(
    _ path: String, _ body: String, type: String = "application/json", host: String = "h", more: String = ""
) -> String {
    "POST \(path) HTTP/1.1\r\nHost: \(host)\r\nContent-Type: \(type)\r\n\(more)Content-Length: \(body.utf8.count)\r\n\r\n\(body)"
}

func get(_ path: String, host: String = "h", more: String = "") -> String {
    "GET \(path) HTTP/1.1\r\nHost: \(host)\r\n\(more)\r\n"
}

let okay = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
