import Glibc
import ReenactLinux
import ReenactTimeline

/// An attempt as one service of a group: it starts like any other, and then does what the runner above says.
extension Attempt {
    func play(_ part: Plan.Part) throws(AttemptFailure) {
        let orders: OrderReader
        do { orders = try OrderReader(reporter.fd, loop) } catch {
            throw AttemptFailure(stage: "program", reason: "orders cannot be read: \(error)")
        }
        defer { orders.close() }
        guard plan.trigger.kind == .request else {
            // A command is set off by its start.
            try awaitGo(orders)
            try startProgram()
            return try awaitCommand()
        }
        try startProgram()
        let address = try awaitReady()
        links?.admit(to: address)
        try awaitGo(orders)
        guard !part.isFront else {
            // Waiting for the others is no work on the trigger.
            reporter.stage("ready")
            return try fireRequests(at: address)
        }
        enter(.failing)
        jumpClock()
        // From here on what it is asked is the failing call.
        reporter.tell(.round(time: reporter.time))
        try wait(milliseconds: plan.limits.wallMilliseconds) { orders.hasEnd }
        reporter.stage("trigger")
        try observe()
    }

    private func awaitGo(_ orders: OrderReader) throws(AttemptFailure) {
        try wait(milliseconds: plan.limits.wallMilliseconds) { orders.hasGo || orders.hasEnd }
        guard orders.hasGo else {
            throw AttemptFailure(stage: "ready", reason: "another service did not become ready")
        }
    }
}

/// The orders of the runner above.
private final class OrderReader {
    private let fd: Int32
    private let loop: EventLoop
    private(set) var hasGo = false
    private(set) var hasEnd = false

    init(_ fd: Int32, _ loop: EventLoop) throws {
        self.fd = fd
        self.loop = loop
        try loop.watch(fd, .read) { [weak self] _ in self?.read() }
    }

    func close() { loop.unwatch(fd) }

    private func read() {
        var bytes = [UInt8](repeating: 0, count: 16)
        let count = recv(fd, &bytes, bytes.count, Int32(MSG_DONTWAIT))
        if count < 0, errno == EAGAIN || errno == EINTR { return }
        guard count > 0 else {
            hasEnd = true
            return close()
        }
        for byte in bytes[..<count] {
            switch GroupOrder(rawValue: byte) {
            case .go: hasGo = true
            case .end: hasEnd = true
            case nil: continue
            }
        }
    }
}
