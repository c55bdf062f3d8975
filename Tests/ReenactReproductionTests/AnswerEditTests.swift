import ReenactProtocols
import ReenactTimeline
import ReenactWire
import Testing

/// Recorded answers with changes in them: what the protocol's own recorder reads of them then.
struct AnswerEditTests {
    private func edited(
        _ name: String, _ bytes: [UInt8], _ detail: JSONValue = .null, _ edits: AnswerEdit...
    ) -> [UInt8]? {
        Protocols.named(name)?.edited(bytes, detail: detail, by: edits)
    }

    private func text(_ bytes: [UInt8]?) -> String? { bytes.map { String(decoding: $0, as: UTF8.self) } }

    // MARK: - HTTP

    private let answer = Array(
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n14\r\n{\"rate\":null,\"n\":[1]}\r\n0\r\n\r\n"
            .replacing("14\r\n", with: "15\r\n").utf8)

    @Test func `a member of a chunked document is exchanged, and the length told anew`() {
        let changed = text(edited("http", answer, .null, .member([.key("rate")], 2)))
        #expect(
            changed
                == "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 18\r\n\r\n{\"n\":[1],\"rate\":2}"
        )
    }

    @Test func `members are added, taken out and found in lists`() {
        let changed = text(
            edited(
                "http", answer, .null, .member([.key("rate")], nil), .member([.key("n"), .index(0)], "x"),
                .member([.key("a"), .key("b")], true)))
        #expect(changed?.hasSuffix("\r\n\r\n{\"a\":{\"b\":true},\"n\":[\"x\"]}") == true)
    }

    @Test func `what is no document has no members`() {
        let page = Array("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi".utf8)
        #expect(edited("http", page, .null, .member([.key("rate")], 2)) == nil)
        #expect(edited("http", Array(page.dropLast()), .null, .status(200)) == nil)
    }

    @Test func `header fields are exchanged, put in and taken out`() {
        let page = Array("HTTP/1.1 200 OK\r\nRetry-After: soon\r\nContent-Length: 2\r\n\r\nhi".utf8)
        #expect(text(edited("http", page, .null, .header("retry-after", "1")))?.contains("Retry-After: 1\r\n") == true)
        #expect(text(edited("http", page, .null, .header("Location", "/1")))?.contains("Location: /1\r\n") == true)
        #expect(text(edited("http", page, .null, .header("Retry-After", nil)))?.contains("soon") == false)
    }

    // MARK: - Messages that nobody reads

    @Test func `a document in a message that becomes shorter is filled up, so that every length stays true`() {
        let message = Array("MSG rates 1 20\r\n{\"a\":\"longer\",\"b\":1}\r\n".utf8)
        #expect(
            text(edited("raw", message, .null, .member([.key("a")], 2)))
                == "MSG rates 1 20\r\n{\"a\":2,\"b\":1       }\r\n")
    }

    @Test(arguments: [
        // NATS, plain and with headers; several messages; an item of memcached; lines of JSON.
        ("MSG r 1 10\r\n{\"a\":null}\r\n", "MSG r 1 15\r\n{\"a\":\"text 99\"}\r\n"),
        (
            "HMSG r 1 12 22\r\nNATS/1.0\r\n\r\n{\"a\":null}\r\n",
            "HMSG r 1 12 27\r\nNATS/1.0\r\n\r\n{\"a\":\"text 99\"}\r\n"
        ),
        ("VALUE k10 10 10\r\n{\"a\":null}\r\nEND\r\n", "VALUE k10 10 15\r\n{\"a\":\"text 99\"}\r\nEND\r\n"),
        ("{\"a\":null}\n", "{\"a\":\"text 99\"}\n"), ("{\"a\":null}", "{\"a\":\"text 99\"}"),
    ])
    func `of a longer one the length in front of it is told anew`(recorded: String, changed: String) {
        let found = edited("raw", Array(recorded.utf8), .null, .member([.key("a")], "text 99"))
        #expect(text(found) == changed)
    }

    @Test func `lengths of bytes are told anew, and a document whose length is unknown is left alone`() {
        let document = Array("{\"a\":null}".utf8)
        let longer = Array("{\"a\":\"text 99\"}".utf8)
        func changed(_ head: [UInt8], _ tail: [UInt8] = [0xCE]) -> [UInt8]? {
            edited("raw", head + document + tail, .null, .member([.key("a")], "text 99"))
        }
        // AMQP 0-9-1: a frame with the content's header, whose body size has eight bytes, and one with its body.
        let header: [UInt8] = [2, 0, 1, 0, 0, 0, 14, 0, 60, 0, 0, 0, 0, 0, 0, 0, 0, 0, 10, 0, 0, 0xCE]
        var newHeader = header
        newHeader[18] = 15
        #expect(changed(header + [3, 0, 1, 0, 0, 0, 10]) == newHeader + [3, 0, 1, 0, 0, 0, 15] + longer + [0xCE])
        #expect(changed([10, 0, 0, 0], []) == [15, 0, 0, 0] + longer)
        #expect(changed(Array("said: ".utf8)) == nil)
    }

    @Test func `of several documents the one that is meant changes, and none goes as a whole`() {
        let lines = Array("{\"a\":1}\n{\"a\":2}\n".utf8)
        #expect(
            text(edited("raw", lines, .null, .member([.index(1), .key("a")], nil))) == "{\"a\":1}\n{     }\n")
        #expect(edited("raw", lines, .null, .member([.index(1)], nil)) == nil)
        #expect(edited("raw", Array("no document".utf8), .null, .member([.key("a")], 1)) == nil)
    }

    @Test func `whatever bytes stand there, a change of a document in them leaves one that reads`() {
        var seed: UInt64 = 7
        func next(_ bound: Int) -> Int {
            seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(seed >> 33) % bound
        }
        for _ in 0..<2000 {
            var bytes = (0..<next(30)).map { _ in UInt8([10, 13, 32, 48, 49, 50, 0, 255, 123, 34][next(10)]) }
            bytes += Array("{\"a\":\(next(2) == 0 ? "null" : "[1,2]")}".utf8)
            bytes += (0..<next(6)).map { _ in UInt8([10, 13, 125, 93][next(4)]) }
            let found = EmbeddedJSON.find(in: bytes)
            guard let document = EmbeddedJSON.document(of: found), found.count == 1, case .object = document,
                let changed = edited("raw", bytes, .null, .member([.key("a")], "other text"))
            else { continue }
            #expect(EmbeddedJSON.document(of: EmbeddedJSON.find(in: changed))?["a"] == "other text")
        }
    }

    @Test func `elements are taken out behind all other changes, the last ones first`() {
        let edits: [AnswerEdit] = [
            .member([.key("n"), .index(0)], nil), .member([.key("n"), .index(2)], nil),
            .member([.key("n"), .index(1)], "x"), .member([.key("n"), .index(2), .key("m"), .index(0)], nil),
        ]
        let document: JSONValue = ["n": [1, 2, ["m": [3, 4]], 5]]
        let changed = AnswerEdit.lastRemoved(edits, \.member).reduce(document) { json, edit in
            edit.member.flatMap { AnswerEdit.replacing($0.path[...], in: json, by: $0.value) } ?? json
        }
        #expect(changed == ["n": ["x", 5]])
    }

    // MARK: - Redis

    @Test func `elements of lists, texts and errors of Redis are exchanged`() {
        let list = Array("*2\r\n$1\r\na\r\n$-1\r\n".utf8)
        #expect(
            text(edited("redis", list, .null, .cell(row: 0, column: 1, text: "b"))) == "*2\r\n$1\r\na\r\n$1\r\nb\r\n")
        let document = Array("$12\r\n{\"rate\":null\r\n".utf8)
        #expect(edited("redis", document, .null, .member([.key("rate")], 1)) == nil)
        let whole = Array("$13\r\n{\"rate\":null}\r\n".utf8)
        #expect(text(edited("redis", whole, .null, .member([.key("rate")], 1))) == "$10\r\n{\"rate\":1}\r\n")
        #expect(text(edited("redis", Array("-LOADING\r\n".utf8), .null, .success(affected: 0))) == "+OK\r\n")
    }

    @Test func `parts within parts of Redis' replies are exchanged: fields of hashes, replies of EXEC, texts in them`()
    {
        let hash = Array("*2\r\n$1\r\na\r\n$1\r\n1\r\n".utf8)
        #expect(
            text(edited("redis", hash, .null, .member([.key("a")], "2"), .member([.key("b")], 3)))
                == "*4\r\n$1\r\na\r\n$1\r\n2\r\n$1\r\nb\r\n$1\r\n3\r\n")
        let map = Array("%1\r\n$1\r\na\r\n$1\r\n1\r\n".utf8)
        #expect(text(edited("redis", map, .null, .member([.key("a")], "2"))) == "%1\r\n$1\r\na\r\n$1\r\n2\r\n")
        let replies = Array("*3\r\n*2\r\n$1\r\na\r\n$1\r\n1\r\n$-1\r\n:0\r\n".utf8)
        #expect(
            text(
                edited(
                    "redis", replies, .null, .member([.index(0), .key("a")], "2"), .member([.index(1)], "x"),
                    .member([.index(2)], 1)))
                == "*3\r\n*2\r\n$1\r\na\r\n$1\r\n2\r\n$1\r\nx\r\n:1\r\n")
        let job = Array("*2\r\n$1\r\nq\r\n$10\r\n{\"n\":null}\r\n".utf8)
        #expect(
            text(edited("redis", job, .null, .member([.index(1), .key("n")], 1)))
                == "*2\r\n$1\r\nq\r\n$7\r\n{\"n\":1}\r\n")
        #expect(edited("redis", hash, .null, .member([.index(7)], 1)) == nil)
        #expect(edited("redis", Array(":1\r\n".utf8), .null, .member([.key("a")], 1)) == nil)
    }

    // MARK: - PostgreSQL

    private func message(_ type: Character, _ body: [UInt8]) -> [UInt8] {
        let length = UInt32(body.count + 4)
        return [type.asciiValue!] + [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: length >> UInt32($0)) } + body
    }

    private func row(_ cells: [[UInt8]?]) -> [UInt8] {
        var body: [UInt8] = [0, UInt8(cells.count)]
        for cell in cells {
            body += cell.map { [0, 0, 0, UInt8($0.count)] + $0 } ?? [255, 255, 255, 255]
        }
        return message("D", body)
    }

    private func column(_ name: String, _ type: UInt8, isBinary: Bool = false) -> [UInt8] {
        Array(name.utf8) + [0] + [0, 0, 0, 0, 0, 0, 0, 0, 0, type, 0, 4, 255, 255, 255, 255, 0, isBinary ? 1 : 0]
    }

    private func select(_ rows: [[UInt8]], isBinary: Bool = false) -> [UInt8] {
        let columns = column("id", 23, isBinary: isBinary) + column("name", 25, isBinary: isBinary)
        return message("T", [0, 2] + columns) + rows.joined()
            + message("C", Array("SELECT \(rows.count)".utf8) + [0]) + message("Z", [UInt8(ascii: "I")])
    }

    @Test func `NULL becomes a value, in text and in binary form`() {
        let one = row([Array("1".utf8), nil])
        let changed = edited("postgres", select([one]), .null, .cell(row: 0, column: 1, text: "Ada"))
        #expect(changed == select([row([Array("1".utf8), Array("Ada".utf8)])]))
        let binary = select([row([nil, nil])], isBinary: true)
        let number = edited("postgres", binary, .null, .cell(row: 0, column: 0, text: "258"))
        #expect(number == select([row([[0, 0, 1, 2], nil])], isBinary: true))
        #expect(edited("postgres", binary, .null, .cell(row: 0, column: 0, text: "many")) == nil)
    }

    @Test func `rows come and go, and the count goes with them`() {
        let one = row([Array("1".utf8), nil])
        #expect(edited("postgres", select([]), .null, .insertRow(["1", nil])) == select([one]))
        #expect(edited("postgres", select([one]), .null, .removeRow(0)) == select([]))
        #expect(edited("postgres", select([one]), .null, .removeRow(1)) == nil)
        let both = edited("postgres", select([one, one]), .null, .cell(row: 1, column: 1, text: "x"), .removeRow(0))
        #expect(both == select([row([Array("1".utf8), Array("x".utf8)])]))
    }

    @Test func `an error becomes success, and the transaction goes on`() {
        let failed = message("E", Array("SERROR\0C23505\0Mdouble\0\0".utf8)) + message("Z", [UInt8(ascii: "E")])
        let detail: JSONValue = ["sql": "insert into users values (1)"]
        let changed = edited("postgres", failed, detail, .success(affected: 1))
        #expect(changed == message("C", Array("INSERT 0 1\0".utf8)) + message("Z", [UInt8(ascii: "T")]))
    }

    @Test func `damaged answers are never changed, and never trap`() {
        let good = select([row([Array("1".utf8), nil])])
        let seed = UInt64.random(in: 0 ... .max)
        var generator = Coin.Generator(state: seed)
        for name in ["postgres", "mysql", "redis", "http", "dns", "raw"] {
            for _ in 0..<300 {
                var bytes = Bool.random(using: &generator) ? good : answer
                for _ in 0..<Int.random(in: 0...6, using: &generator) where !bytes.isEmpty {
                    bytes[Int.random(in: 0..<bytes.count, using: &generator)] = .random(in: 0...255, using: &generator)
                }
                bytes.removeLast(Int.random(in: 0...bytes.count, using: &generator))
                for edit in [
                    AnswerEdit.cell(row: 0, column: 1, text: "1"), .insertRow(["1", nil]), .removeRow(0), .status(200),
                    .success(affected: 1), .member([.key("rate"), .index(3)], 1),
                ] { _ = edited(name, bytes, ["kind": "execute"], edit) }
            }
        }
    }
}
