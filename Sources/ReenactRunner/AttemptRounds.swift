import Glibc
import ReenactLinux
import ReenactStubs
import ReenactTimeline

/// Attempts that follow one another in one running program: it is started once, and each round sets the failing code off
/// with other stubs. What the program keeps from one round to the next, it keeps: the host must not take a round's word
/// for that of a fresh program.
extension Attempt {
    func playRounds() throws(AttemptFailure) {
        let address = try awaitReady()
        server.mark()
        tellObservations()
        reporter.tell(.round(time: reporter.time))
        let rounds: RoundReader
        do { rounds = try RoundReader(reporter.fd, loop) } catch {
            throw AttemptFailure(stage: "ready", reason: "rounds cannot be read: \(error)")
        }
        defer { rounds.close() }
        while true {
            try wait(milliseconds: plan.limits.wallMilliseconds) { rounds.hasNext || rounds.isOver }
            guard let line = rounds.next() else { return }
            let round: Plan.Round
            do { round = try JSONText.decode(Plan.Round.self, from: line) } catch {
                throw AttemptFailure(stage: "trigger", reason: "the round is damaged: \(error)")
            }
            plan.round = round
            do { for database in round.databases { try LiveDatabase.exchange(database) } } catch {
                throw AttemptFailure(stage: "fixtures", reason: "a database cannot be exchanged: \(error)")
            }
            let stubs = PeerPlans.stubs(for: plan)
            server.replace(stubs.peers, latency: StubLatency(plan.latency))
            reporter.stage("ready")
            try fireRequests(at: address)
            tellObservations()
            tellExit()
            reporter.tell(.round(time: reporter.time))
        }
    }

    /// Tells what the hooks told since the last time.
    private func tellObservations() {
        for report in observations.reports { reporter.tell(report) }
        observations.forget()
    }
}

/// The host's lines on the report descriptor.
private final class RoundReader {
    private static let lineMax = 256 << 20

    private let fd: Int32
    private let loop: EventLoop
    private var bytes: [UInt8] = []
    private var end: Int?
    /// The host says no more.
    private(set) var isOver = false

    init(_ fd: Int32, _ loop: EventLoop) throws {
        self.fd = fd
        self.loop = loop
        try loop.watch(fd, .read) { [weak self] _ in self?.read() }
    }

    var hasNext: Bool { end != nil }

    func next() -> [UInt8]? {
        guard let end else { return nil }
        let line = Array(bytes[..<end])
        bytes.removeFirst(end + 1)
        self.end = bytes.firstIndex(of: UInt8(ascii: "\n"))
        return line
    }

    func close() { loop.unwatch(fd) }

    private func read() {
        var count = 0
        let more = [UInt8](unsafeUninitializedCapacity: 1 << 20) { buffer, initialized in
            count = recv(fd, buffer.baseAddress, buffer.count, Int32(MSG_DONTWAIT))
            initialized = max(0, count)
        }
        if count == 0 || (count < 0 && errno != EAGAIN && errno != EINTR) || bytes.count > Self.lineMax {
            isOver = true
            return close()
        }
        if end == nil { end = more.firstIndex(of: UInt8(ascii: "\n")).map { $0 + bytes.count } }
        bytes += more
    }
}
