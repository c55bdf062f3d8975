import ReenactTriage
import Testing

struct IncidentTests {
    private static let spanHead = "phase,trace,span,parent,pod,operation,start_ns,end_ns\n"
    private static let logHead = "phase,time_ns,pod,trace,span,log\n"

    /// Ten traces a phase: a calls b; b writes three lines.
    private func telemetry(_ way: (String) -> Int, _ lines: (String) -> [String]) throws -> Telemetry {
        var spans = Self.spanHead
        var logs = Self.logHead
        for phase in ["pre", "fault1"] {
            for number in 0..<10 {
                let start = (phase == "pre" ? 0 : 1_000_000_000) + number * 1_000_000
                let own = 5_000_000
                spans += "\(phase),t\(number),1,root,a-service-6f6cfc45b-h5m2n,/,\(start),\(start + own + way(phase))\n"
                spans += "\(phase),t\(number),2,1,b-service-866bd68c97-xcqfx,/,\(start),\(start + own)\n"
                for (place, line) in lines(phase).enumerated() {
                    logs += "\(phase),\(start + place),b-service-866bd68c97-xcqfx,t\(number),2,\"\(line), \"\"x\"\"\"\n"
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
