import Testing

@testable import ReenactTriage

struct IncidentTests {
    private static let spanHead = "phase,trace,span,parent,pod,operation,start_ns,end_ns\n"
    private static let logHead = "phase,time_ns,pod,trace,span,log\n"

    /// Ten traces a phase: a calls b; b writes three lines.
    private func telemetry(_ way: (String) -> Int, _ lines: (String) -> [String]) throws -> Telemetry {
        var spans = Self.spanHead
        var logs = Self.logHead
        let callee = "b-service-866bd68c97-xcqfx"
        for phase in ["pre", "fault1"] {
            for number in 0..<10 {
                let start = (phase == "pre" ? 0 : 1_000_000_000) + number * 1_000_000
                let own = 5_000_000
                let end = start + own + way(phase)
                spans += "\(phase),t\(number),1,root,a-service-6f6cfc45b-h5m2n,/,\(start),\(end)\n"
                spans += "\(phase),t\(number),2,1,\(callee),/,\(start),\(start + own)\n"
                for (place, line) in lines(phase).enumerated() {
                    logs += "\(phase),\(start + place),\(callee),t\(number),2,\"\(line) says, \"\"x\"\"\"\n"
                }
            }
        }
        var telemetry = Telemetry()
        try telemetry.addIncident(traces: Array(spans.utf8), logs: Array(logs.utf8))
        return telemetry
    }

    @Test func `a call that takes longer on the way names the callee`() throws {
        let incident = Incident(try telemetry({ $0 == "pre" ? 1_000_000 : 900_000_000 }, { _ in ["x.Y#1"] }))
        #expect(incident.ranking.first?.component == "b-service")
        #expect(incident.ranking.first?.signal == "latency")
        #expect(incident.sentence.contains("900 ms"))
    }

    @Test func `a usual next line that does not follow names its service`() throws {
        let incident = Incident(
            try telemetry({ _ in 1_000_000 }, { $0 == "pre" ? ["x.Y#1", "x.Y#2", "x.Y#3"] : ["x.Y#1", "x.Y#3"] }))
        #expect(incident.ranking.first?.component == "b-service")
        #expect(incident.ranking.first?.signal == "log-order")
    }

    @Test func `what is slow in every way of a service names it, not those whom it calls`() throws {
        // a calls b, and b calls c: each way to and from b and b's own work take ten times as long.
        var spans = Self.spanHead
        for phase in ["pre", "fault1"] {
            for number in 0..<20 {
                let slow = phase == "pre" ? 1 : 10
                let (trace, start) = ("t\(number)", (phase == "pre" ? 0 : 9_000_000_000) + number * 100_000_000)
                let step = 1_000_000
                func add(_ span: Int, _ parent: String, _ pod: String, _ from: Int, _ duration: Int) {
                    spans +=
                        "\(phase),\(trace),\(span),\(parent),\(pod),op,\(start + from),\(start + from + duration)\n"
                }
                let (inner, way) = (2 * step, slow * step)
                add(1, "root", "a", 0, inner + 3 * way + step)
                add(2, "1", "b", step / 2, inner + 2 * way)
                add(3, "2", "b", step, inner + way)
                add(4, "3", "c", step, inner)
            }
        }
        var telemetry = Telemetry()
        try telemetry.addIncident(traces: Array(spans.utf8), logs: Array(Self.logHead.utf8))
        let incident = Incident(telemetry)
        #expect(incident.ranking.first?.component == "b" && incident.ranking.first?.signal == "latency")
    }

    /// `front` calls `back`, both log; `broken` says whether back stops early, `isSilent` whether it never answers.
    private func chain(
        broken: Bool = false, isSilent: Bool = false, skew: Int = 0, failed: Bool = false
    ) throws -> Incident {
        var spans = "phase,trace_id,SpanId,parentSpanId,service,name,start_us,duration_us,status\n"
        var lines = "phase,timestamp_us,service,trace_id,span_id,message\n"
        for phase in ["pre", "fault1"] {
            for number in 0..<20 {
                let isBad = phase != "pre"
                let (trace, start) = ("t\(number)", (isBad ? 90_000_000 : 10_000_000) + number * 10_000)
                let status = isBad && failed ? "ERROR" : "OK"
                spans += "\(phase),\(trace),1,,front,GET /buy/\(number)47,\(start),5000,\(status)\n"
                spans += "\(phase),\(trace),2,1,front,HTTP GET,\(start + 100),3000,OK\n"
                if !(isBad && isSilent) {
                    spans += "\(phase),\(trace),3,2,back,GET /stock,\(start + skew),2000,\(status)\n"
                    lines += "\(phase),\(start + skew + 1),back,\(trace),3,stock asked\n"
                    if !(isBad && broken) { lines += "\(phase),\(start + skew + 2),back,\(trace),3,stock told\n" }
                }
                lines += "\(phase),\(start + 1),front,\(trace),1,asking\n"
                if !(isBad && (broken || isSilent)) { lines += "\(phase),\(start + 4000),front,\(trace),1,bought\n" }
            }
        }
        var telemetry = Telemetry()
        try telemetry.addIncident(traces: Array(spans.utf8), logs: Array(lines.utf8))
        return Incident(telemetry)
    }

    @Test(arguments: [0, -3_000_000, 3_000_000])
    func `what breaks at the callee is the callee's, whatever its clock says`(_ skew: Int) throws {
        let incident = try chain(broken: true, skew: skew)
        #expect(incident.ranking.map(\.component) == ["back"])
        #expect(incident.sentence.contains("stock told"))
    }

    @Test func `an error that begins at the callee is the callee's`() throws {
        #expect(try chain(failed: true).ranking.map(\.component) == ["back"])
    }

    @Test func `a call that nobody answers names whom it usually reached`() throws {
        let incident = try chain(isSilent: true)
        #expect(incident.ranking.first?.component == "back" && incident.ranking.first?.signal == "missing-call")
    }

    @Test func `one request that was odd once is no incident`() {
        #expect(TwoCoins(before: 20, countBefore: 20, after: 0, countAfter: 1).evidence < 3)
        #expect(TwoCoins(before: 1, countBefore: 1, after: 0, countAfter: 20).evidence < 3)
        #expect(TwoCoins(before: 20, countBefore: 20, after: 0, countAfter: 20).evidence > 20)
        #expect(TwoCoins(before: 10, countBefore: 20, after: 9, countAfter: 20).evidence < 0)
    }

    /// `front` calls `one`, `two` and `three`; the way to `two` is slow from a trace on, 40 of them before the onset.
    private func ways(slowFrom first: Int) throws -> Incident {
        var spans = Self.spanHead
        for number in 0..<80 {
            let phase = number < 40 ? "pre" : "fault1"
            let start = number * 1_000_000_000
            spans += "\(phase),t\(number),1,root,front,/,\(start),\(start + 900_000_000)\n"
            for (place, callee) in ["one", "two", "three"].enumerated() {
                let way = (callee == "two" && number >= first ? 100_000_000 : 1_000_000) + number % 7 * 100_000
                let from = start + place * 200_000_000
                spans += "\(phase),t\(number),\(callee)1,1,front,GET,\(from),\(from + 2_000_000 + way)\n"
                spans += "\(phase),t\(number),\(callee)2,\(callee)1,\(callee),/,\(from),\(from + 2_000_000)\n"
            }
        }
        var telemetry = Telemetry()
        try telemetry.addIncident(traces: Array(spans.utf8), logs: Array(Self.logHead.utf8))
        return Incident(telemetry)
    }

    @Test(arguments: [8, 20, 30, 40])
    func `a fault that was there before it was told is found`(_ first: Int) throws {
        let incident = try ways(slowFrom: first)
        #expect(incident.ranking.first?.component == "two" && incident.ranking.first?.signal == "latency")
    }

    @Test func `what was slow all the time stands out, and is not said to be new`() throws {
        let incident = try ways(slowFrom: 0)
        #expect(incident.ranking.map(\.component) == ["two"])
        #expect(incident.sentence.contains("stands out") && incident.sentence.contains("--normal"))
        #expect(try ways(slowFrom: 80).ranking.isEmpty)
    }

    @Test func `names of other houses are understood`() {
        var services = ServiceNames()
        #expect(services.service("cart-6d8f9c7b5-x2x9z") == "cart" && services.service("db-0") == "db")
        #expect(services.service("ts-route-service") == "ts-route-service" && services.service("api-v2") == "api-v2")
        var operations = OperationNames()
        #expect(operations.operation("GET /orders/4711/items?page=2") == "GET /orders/*/items")
        #expect(operations.operation("GET /api/v1/users/9b2c51a0-77aa-4d1e-b1c2-001122334455") == "GET /api/v1/users/*")
    }

    @Test func `where nothing changed nobody is named`() throws {
        let incident = Incident(try telemetry({ _ in 1_000_000 }, { _ in ["x.Y#1", "x.Y#2"] }))
        #expect(incident.ranking.isEmpty)
        #expect(incident.sentence.hasPrefix("Not determined"))
    }

    @Test func `a table without its columns is refused`() {
        var telemetry = Telemetry()
        #expect(throws: Telemetry.Malformed.self) {
            try telemetry.addIncident(traces: Array("a,b\n1,2\n".utf8), logs: [])
        }
    }

    @Test func `minutes behind the onset teach nothing`() throws {
        let later = Self.spanHead + "pre,t,1,root,c,/,9000000000,9000000001\n"
        var telemetry = try telemetry({ _ in 1_000_000 }, { _ in ["x.Y#1"] })
        let before = Incident(telemetry)
        try telemetry.addNormal(traces: Array(later.utf8), logs: Array(Self.logHead.utf8))
        #expect(Incident(telemetry) == before)
    }

    @Test func `mangled tables never trap`() {
        let spans = Array((Self.spanHead + "pre,t,1,root,a-b-c,/,1,2\nfault1,t,2,1,\"a\"\"b\",/,1,9\r\n").utf8)
        let logs = Array((Self.logHead + "pre,1,a,t,1,\"x.Y#1 \"\"q\"\"\"\nfault1,2,a,t,1,x\n").utf8)
        var random = SplitMix(seed: 3)
        for _ in 0..<3000 {
            var telemetry = Telemetry()
            try? telemetry.addIncident(traces: random.mangled(spans), logs: random.mangled(logs))
            _ = Incident(telemetry)
        }
    }
}
