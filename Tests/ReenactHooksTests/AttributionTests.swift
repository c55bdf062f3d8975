import Foundation
import Testing

/// Every `send` against what the program knows: the request's id is in what it received and in what it sent.
@Suite(.serialized) struct AttributionTests {
    struct Count: Equatable { var calls = 0, right = 0, wrong = 0, unknown = 0 }

    func judge(_ run: Run) throws -> Count {
        var requests: [[Int]: String] = [:]
        var calls: [[Int]: String] = [:]
        for line in run.result.output.split(separator: "\n") {
            let truth = try JSONDecoder().decode(JSON.self, from: Data(line.utf8))
            let key = [truth[1].number ?? 0, truth[2].number ?? 0]
            if truth[0].text == "in" { requests[key] = truth[3].text } else { calls[key] = truth[4].text }
        }
        var count = Count(calls: calls.count)
        for send in run.recorder.all("send") {
            guard let call = calls[[send["ino"].number ?? 0, send["off"].number ?? 0]] else {
                count.unknown += 1
                continue
            }
            let within = send["in"]
            let key = [within["ino"].number ?? 0, within["off"].number ?? within["n"].number ?? 0]
            if requests[key] == call { count.right += 1 } else { count.wrong += 1 }
        }
        return count
    }

    @Test(arguments: pythons, ["streams", "protocol"])
    func `16 requests in flight on asyncio: every call belongs to its request`(
        python: String, mode: String
    ) throws {
        let run = try Run.program("attribution_asyncio.py", [mode], with: python)
        #expect(try judge(run) == Count(calls: 480, right: 480))
    }

    @Test(arguments: pythons, ["thread", "pool", "spawn"])
    func `Threads, thread pools and new threads: every call belongs to its request`(
        python: String, mode: String
    ) throws {
        let run = try Run.program("attribution_threads.py", [mode], with: python)
        #expect(try judge(run) == Count(calls: 360, right: 360))
    }

    @Test func `16 requests in flight on Node: every call belongs to its request`() throws {
        let run = try Run.program("attribution_node.js", with: "node")
        #expect(try judge(run) == Count(calls: 480, right: 480))
    }
}
