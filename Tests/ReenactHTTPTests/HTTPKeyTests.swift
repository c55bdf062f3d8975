import ReenactWire
import ReenactWireTesting
import Testing

@testable import ReenactHTTP

struct HTTPKeyTests {
    func exchange(_ request: String) -> Exchange {
        let all = Dialogue([.client(request), .server(okay)]).exchanges(HTTP.recorder()).ended
        return all.first ?? Exchange(ordinal: -1, request: .init(offset: 0, length: 0), requestStart: 0)
    }

    func key(_ request: String) -> String { exchange(request).key }

    @Test func `different spellings of one question have one key`() {
        #expect(key(get("/a?y=2&x=1", host: "API.example.com:443")) == key(get("/a?x=1&y=2", host: "api.example.com")))
        #expect(key(get("/a?d=%2F&n=a+b&p=%7e")) == key(get("/a?d=/&n=a%20b&p=~")))
        #expect(key(get("/a?d=1%262")) != key(get("/a?d=1&2")) && key(get("/a?d=%2B")) != key(get("/a?d=+")))
        #expect(key("GET http://H/a HTTP/1.1\r\nHost: other\r\n\r\n") == key(get("/a")))
        #expect(key("GET http://h HTTP/1.1\r\n\r\n") == key(get("/")))
        #expect(
            key(post("/", "{\"b\": 1.0, \"a\": \"\\u00e9\\/\", \"c\": [1e2, -0]}"))
                == key(post("/", "{\"a\":\"é/\",\"b\":1,\"c\":[100.0,0]}", type: "application/json; charset=utf-8")))
        #expect(
            key(post("/", "b=2&a=1", type: "application/x-www-form-urlencoded"))
                == key(post("/", "a=1&b=2", type: "application/x-www-form-urlencoded")))
        let part = "\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n--"
        #expect(
            key(post("/", "--Q7\(part)Q7--", type: "multipart/form-data; boundary=Q7"))
                == key(post("/", "--longer1\(part)longer1--", type: "multipart/form-data; boundary=\"longer1\"")))
        let chunked =
            "POST / HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
        #expect(key(chunked + "3\r\n[1,\r\n2\r\n2]\r\n0\r\n\r\n") == key(post("/", "[1,2]")))
    }

    @Test(arguments: [
        get("/b"), get("/a?x=2"), get("/a?x=1&x=2"), get("/a", host: "other"), get("/a?x"), get("/a?x="),
        "HEAD /a HTTP/1.1\r\nHost: h\r\n\r\n", get("/a?x=1", more: "Range: bytes=0-5\r\n"), post("/a?x=1", "{}"),
        post("/a?x=1", "{\"a\":1}"), post("/a?x=1", "{\"a\":\"1\"}"), post("/a?x=1", "{\"a\":10}"),
        post("/a?x=1", "{\"a\":0.1}"),
        post("/a?x=1", "{\"a\":1,\"a\":2}"), post("/a?x=1", "{\"a\":2,\"a\":1}"), post("/a?x=1", "[1]"),
        post("/a?x=1", "not json"),
        post("/a?x=1", "{}", more: "X-Amz-Target: A.B\r\n"), post("/a?x=1", "{}", more: "SOAPAction: \"x\"\r\n"),
    ])
    func `different questions have different keys`(request: String) {
        #expect(key(request) != key(get("/a?x=1")))
        let others = [post("/a?x=1", "{}"), post("/a?x=1", "{\"a\":1}"), post("/a?x=1", "{\"a\":1,\"a\":2}")]
        for other in others where other != request { #expect(key(other) != key(request)) }
    }

    @Test func `relaxations are named, from least to most left out`() {
        let body = "{\"id\":\"6f1c1d1e-0000-4000-8000-000000000001\",\"at\":1700000000,\"n\":5}"
        let names = exchange(post("/a?ts=1&x=2", body)).relaxedKeys.map(\.relaxation)
        #expect(
            names == [
                "volatile values in body", "volatile values in query", "volatile values in body and query", "body",
                "host",
            ])
        #expect(exchange(get("/a")).relaxedKeys.map(\.relaxation) == ["host"])
    }

    func agree(_ relaxation: String, _ one: String, _ other: String) -> Bool {
        let (one, other) = (exchange(one), exchange(other))
        let key = one.relaxedKeys.first { $0.relaxation == relaxation }
        return key != nil && key == other.relaxedKeys.first { $0.relaxation == relaxation } && one.key != other.key
    }

    @Test func `a name made anew in a path is told apart from a name that means something`() {
        let (one, two) = ("cad6e2da-b01d-40f2-b29c-6f289b1a615b", "08e669d9-49ae-46b8-975b-d3278abb9243")
        #expect(agree("volatile values in path", get("/inv/runs/\(one).json"), get("/inv/runs/\(two).json")))
        #expect(agree("volatile values in path", get("/inv/run-\(one)/x"), get("/inv/run-\(two)/x")))
        #expect(!agree("volatile values in path", get("/inv/runs/\(one).json"), get("/inv/runs/\(two).xml")))
        #expect(!agree("volatile values in path", get("/inv/\(one)?a=1"), get("/inv/\(two)?a=2")))
        #expect(exchange(get("/users/12345/orders-2026")).relaxedKeys.map(\.relaxation) == ["host"])
        #expect(agree("volatile values in path", get("/jobs/20261121081502/a"), get("/jobs/20261121081503/a")))
        #expect(
            agree(
                "volatile values in path, and body", post("/runs/\(one)", "{\"a\":1}"),
                post("/runs/\(two)", "{\"a\":2}")))
        let times = ("?ts=1795297132", "?ts=1795297199")
        #expect(
            agree(
                "volatile values in path, query and body", get("/runs/\(one)\(times.0)"), get("/runs/\(two)\(times.1)"))
        )
    }

    @Test func `times, UUIDs and nonces may differ under a name; other values not`() {
        func body(_ at: String, _ id: String, _ nonce: String, _ n: Int) -> String {
            post("/", "{\"at\":\(at),\"id\":\"\(id)\",\"nonce\":\"\(nonce)\",\"n\":\(n)}")
        }
        let one = body("1700000000", "6f1c1d1e-0000-4000-8000-000000000001", "0123456789abcdef", 5)
        #expect(
            agree(
                "volatile values in body", one,
                body("1800000000.25", "AAAAAAAA-0000-4000-8000-00000000000A", "ffffffffffffffffffff", 5)))
        #expect(
            !agree(
                "volatile values in body", one,
                body("1700000000", "6f1c1d1e-0000-4000-8000-000000000001", "0123456789abcdef", 6)))
        #expect(
            !agree(
                "volatile values in body", one,
                body("17", "6f1c1d1e-0000-4000-8000-000000000001", "0123456789abcdef", 5)))
        #expect(
            agree(
                "volatile values in body", post("/", "[\"2026-11-21T08:15:02.123Z\"]"),
                post("/", "[\"2026-11-22T09:00:00+01:00\"]")))
        #expect(!agree("volatile values in body", post("/", "[\"2026-11-21\"]"), post("/", "[\"2026-11-22\"]")))
        let form = "application/x-www-form-urlencoded"
        #expect(
            agree(
                "volatile values in body", post("/", "t=2026-11-21T08%3A15", type: form),
                post("/", "t=2026-11-21T08%3A16", type: form)))
        #expect(agree("volatile values in query", get("/?X-Amz-Signature=aa&b=1"), get("/?X-Amz-Signature=cc&b=1")))
        #expect(!agree("volatile values in query", get("/?X-Amz-Signature=aa&b=1"), get("/?X-Amz-Signature=cc&b=2")))
        #expect(agree("body", post("/", "{\"a\":1}"), post("/", "{\"a\":2}")))
        #expect(!agree("body", post("/a", "{\"a\":1}"), post("/b", "{\"a\":1}")))
        #expect(agree("host", get("/a", host: "x:1"), get("/a", host: "y:2")))
        #expect(!agree("host", get("/a", host: "x:1"), get("/b", host: "y:2")))
    }

    @Test func `the operation of a GraphQL or JSON-RPC body is never left out`() {
        #expect(
            !agree("body", post("/graphql", "{\"query\":\"{me{id}}\"}"), post("/graphql", "{\"query\":\"{all{id}}\"}")))
        #expect(agree("body", post("/rpc", "{\"method\":\"m\",\"id\":1}"), post("/rpc", "{\"method\":\"m\",\"id\":2}")))
    }

    @Test func `a key has no secret and no unbounded length`() {
        let exchange = exchange(get("/a?api_key=topsecret&q=" + String(repeating: "x", count: 5000)))
        #expect(!exchange.key.contains("topsecret") && !exchange.summary.contains("topsecret"))
        #expect(exchange.key.utf8.count < 1000)
        #expect(key(get("/a?api_key=one")) != key(get("/a?api_key=two")))
    }

    @Test func `identifiers of traces are found`() {
        let ids = exchange(
            get(
                "/",
                more: "traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01\r\nX-Request-Id: r-1\r\n"
                    + "X-Correlation-ID: c-1\r\nX-Amzn-Trace-Id: Root=1-67891233-abcdef012345678912345678;Parent=1\r\n"
                    + "sentry-trace: 771a43a4192642f0b136d5159a501700-a-1\r\nX-B3-TraceId: b3b3\r\nb3: 0\r\n")
        ).identifiers
        #expect(
            ids == [
                "0af7651916cd43dd8448eb211c80319c", "r-1", "c-1", "1-67891233-abcdef012345678912345678",
                "771a43a4192642f0b136d5159a501700", "b3b3",
            ])
    }
}
