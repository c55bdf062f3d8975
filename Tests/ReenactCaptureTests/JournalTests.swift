import ReenactTimeline
import ReenactWire
import Testing

@testable import ReenactCapture

/// The ring's bound, where many connections are busy at once.
struct JournalTests {
    private static let second: Instant = 1_000_000_000
    private let journal = Journal(bytesMax: 2 << 20)

    private func open(_ count: Int) {
        for id in 1...count {
            journal.logs[id] = ConnectionLog(
                Connection(id: id, direction: .inbound, transport: .tcp, server: "127.0.0.1:80", opened: 0),
                inode: UInt64(id))
        }
    }

    private func pass(_ text: String, _ side: Side, on id: Int, _ offsets: inout [Side: Int], at time: Instant) {
        let bytes = Array(text.utf8)
        journal.logs[id]?.received(bytes[...], side: side, offset: offsets[side, default: 0], time: time)
        offsets[side, default: 0] += bytes.count
    }

    /// Each connection asks and is answered every 40 ms for six seconds: 12 MB of which none is ten seconds old.
    private func run(_ connections: ClosedRange<Int>, isAwaited: Bool = false) -> (largest: Int, kept: Int) {
        var offsets: [Int: [Side: Int]] = [:]
        var largest = 0
        let body = String(repeating: "x", count: 1600)
        for step in 0..<150 {
            let now = Self.second + Instant(step) * 40_000_000
            for id in connections {
                pass("GET /\(step) HTTP/1.1\r\nHost: h\r\n\r\n", .client, on: id, &offsets[id, default: [:]], at: now)
                pass(
                    "HTTP/1.1 200 OK\r\nContent-Length: 1600\r\n\r\n\(body)", .server, on: id,
                    &offsets[id, default: [:]], at: now + 1000)
            }
            journal.trim(now: now + 2000, isAwaited: isAwaited)
            largest = max(largest, journal.logs.values.reduce(0) { $0 + $1.storedBytes })
        }
        journal.readRequests()
        return (largest, connections.compactMap { journal.logs[$0]?.exchanges.count }.min() ?? 0)
    }

    @Test func `many busy connections together stay within the ring`() {
        open(40)
        let (largest, kept) = run(1...40)
        // What comes within the 200 ms between two looks is on top of it.
        #expect(largest < 3 << 20)
        #expect(kept >= 5)
        #expect(journal.evicted.exchanges > 4000)
    }

    @Test func `what came since a request that still waits for its answer stays`() {
        open(41)
        var offsets: [Side: Int] = [:]
        pass("GET /slow HTTP/1.1\r\nHost: h\r\n\r\n", .client, on: 41, &offsets, at: Self.second)
        let (_, kept) = run(1...40)
        #expect(kept == 150)
    }

    @Test func `while a case is to be made the last ten seconds stay`() {
        open(40)
        #expect(run(1...40, isAwaited: true).kept == 150)
    }
}
