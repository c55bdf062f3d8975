import ReenactTimeline
import ReenactWire
import Testing

@Suite struct `Messages of hooks` {
    private func parse(_ text: String) -> HookMessage? { HookMessage(parsing: Array(text.utf8)) }

    @Test func `tell who they are from`() throws {
        let hello = try #require(
            parse(
                """
                {"t":"hello","pid":7,"tid":8,"time":99,"ppid":1,"runtime":"python 3.11.7","exe":"/usr/bin/python3",
                "argv":["python3","a.py"],"prefix":"","cwd":"/","hooks":["exceptions"],"trustsCA":true,"new":[1]}
                """))
        #expect(hello.process == 7 && hello.thread == 8 && hello.time == 99)
        guard case .hello(let body) = hello.body else { throw Wrong() }
        #expect(body.runtime == "python 3.11.7" && body.hooks == ["exceptions"] && body.trustsCA && body.parent == 1)
    }

    @Test func `keep the context as far as it is known`() {
        let context = parse(#"{"t":"file","pid":1,"path":"/a","in":{"ino":5,"off":70}}"#)?.context
        #expect(context == .init(inode: 5, offset: 70))
        #expect(parse(#"{"t":"file","pid":1,"path":"/a","in":{"n":1}}"#)?.context == nil)
    }

    @Test(arguments: [
        "", "{", "[]", "null", #"{"pid":1}"#, #"{"t":"unheard-of","pid":1}"#, #"{"t":"sql"}"#, #"{"t":"exception"}"#,
        "\u{0}\u{1}", #"{"t":"send","len":3}"#,
    ])
    func `that are damaged or unknown are none`(text: String) { #expect(parse(text) == nil) }

    @Test func `of exceptions become records with frames, locals and causes`() throws {
        let message = try #require(
            parse(
                """
                {"t":"exception","pid":3,"tid":4,"time":1500,"id":9,"handling":"reported","type":"KeyError",
                "message":"'x'","language":"python","frames":[{"function":"f","file":"/a.py","line":3,"source":"d['x']",
                "module":"a","inApp":true,"locals":[{"name":"d","value":"{}","type":"dict","truncated":true}]}],
                "causes":[{"type":"ValueError","message":"v","frames":[],"causes":[{"type":"OSError"}]}]}
                """))
        guard case .exception(let exception) = message.body else { throw Wrong() }
        let record = exception.record(in: message, origin: 1000, trigger: 12)
        #expect(record.time == 500 && record.process == 3 && record.thread == 4 && record.trigger == 12)
        #expect(record.handling == .reported && record.throwSite?.function == "f")
        #expect(record.throwSite?.locals.first?.truncated == true)
        #expect(record.causes.map(\.type) == ["ValueError", "OSError"])
        #expect(record.causes.allSatisfy { $0.causes.isEmpty && $0.language == "python" })
    }

    @Test func `of one exception the last counts, at the place of the first`() {
        var exceptions = HookExceptions()
        func take(_ id: Int, _ handling: String, pid: Int = 1, time: Int) {
            let text =
                "{\"t\":\"exception\",\"pid\":\(pid),\"id\":\(id),\"time\":\(time),\"handling\":\"\(handling)\",\"type\":\"E\"}"
            if let message = parse(text) { exceptions.take(message) }
        }
        take(1, "caught", time: 10)
        take(2, "caught", time: 20)
        take(1, "caught", pid: 2, time: 30)
        take(1, "unhandled", time: 40)
        #expect(exceptions.messages.map(\.exception.handling) == [.unhandled, .caught, .caught])
        #expect(exceptions.messages.map(\.began) == [10, 20, 30])
        #expect(exceptions.messages.map(\.message.time) == [40, 20, 30])
    }

    @Test func `of exceptions beyond all bounds push out those that were only caught`() {
        var exceptions = HookExceptions()
        for id in 0..<(HookExceptions.limit + 10) {
            let handling = id == 0 ? "unhandled" : "caught"
            if let message = parse("{\"t\":\"exception\",\"id\":\(id),\"handling\":\"\(handling)\",\"type\":\"E\"}") {
                exceptions.take(message)
            }
        }
        #expect(exceptions.messages.count == HookExceptions.limit && exceptions.forgotten == 10)
        #expect(exceptions.messages.first?.exception.handling == .unhandled)
    }

    @Test func `of statements become events with key, outcome and rows`() throws {
        let message = try #require(
            parse(
                """
                {"t":"sql","pid":3,"tid":3,"id":1,"db":"/d.db","sql":"SELECT *\\n  FROM t WHERE a = ?",
                "params":[1,"x",null,{"b":"00ff"}],"columns":["a"],"rows":[[1],[2]],"rowCount":2,"truncated":false,
                "changes":0,"lastRowID":0,"code":101,"error":null,"readonly":true,"start":1100,"end":1300}
                """))
        guard case .statement(let statement) = message.body else { throw Wrong() }
        let event = statement.event(in: message, id: 4, phase: .failing, origin: 1000)
        #expect(event.kind == .statement && event.protocolName == "sqlite" && event.peer == "/d.db" && event.id == 4)
        #expect(event.start == 100 && event.end == 300 && event.outcome == .rows(2) && event.result == "2 rows")
        #expect(event.summary == "SELECT * FROM t WHERE a = ?")
        #expect(event.key == "S|SELECT *\n  FROM t WHERE a = ?|[1,\"x\",null,{\"b\":\"00ff\"}]")
        #expect(event.detail["rows"]?[1]?[0]?.integer == 2 && event.detail["error"] == .null)
    }

    @Test(arguments: [
        (#""code":0,"readonly":false,"changes":0"#, "affected:0"),
        (#""code":101,"readonly":false,"changes":1"#, "affected:1"),
        (#""code":101,"readonly":false,"changes":5"#, "affected:n"), (#""code":2067,"readonly":false"#, "sqlite:19"),
        (#""code":101,"readonly":true"#, "ok"), (#""code":100,"columns":["a"],"rowCount":0"#, "rows:0"),
    ])
    func `of statements have the outcome that rules compare`(members: String, outcome: String) throws {
        let message = try #require(parse(#"{"t":"sql","pid":1,"sql":"x","start":1,"end":2,\#(members)}"#))
        guard case .statement(let statement) = message.body else { throw Wrong() }
        #expect(statement.outcome.rawValue == outcome)
    }

    private struct Wrong: Error {}
}
