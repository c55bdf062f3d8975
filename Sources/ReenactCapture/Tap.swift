import ReenactLinux
import ReenactTimeline

/// The relay thread's end of the queue: gathers observations, and hands them over when there are many or time has passed.
///
/// Waking the analyst costs both threads more than most rounds do.
final class Tap {
    /// Monotonic nanoseconds of instant zero.
    let origin: Int64
    private let queue: ObservationQueue
    private var batch = ObservationBatch()
    private var nextConnection = 1
    private static let scratchSize = 1 << 16
    private let scratch = UnsafeMutableRawBufferPointer.allocate(byteCount: Tap.scratchSize, alignment: 64)
    private var isScratchLent = false
    /// When the batch was found begun.
    private var begun: Instant?
    private static let patience: Instant = 3_000_000
    private static let enough = 128 << 10

    /// What the program has written to its outputs by now.
    var written: (() -> [(stream: Int, count: Int)])?

    init(queue: ObservationQueue, origin: Int64) {
        self.queue = queue
        self.origin = origin
    }

    deinit { scratch.deallocate() }

    /// Lends a buffer of 64 KiB to read into; the same one each time, save to a borrower inside a borrower's body.
    func withScratch(_ body: (UnsafeMutableRawBufferPointer) -> Void) {
        guard !isScratchLent else {
            return withUnsafeTemporaryAllocation(byteCount: Tap.scratchSize, alignment: 16, body)
        }
        isScratchLent = true
        defer { isScratchLent = false }
        body(scratch)
    }

    /// Nanoseconds since the recording's start.
    var now: Instant { MonotonicClock.now() - origin }

    func newConnection() -> Int {
        defer { nextConnection += 1 }
        return nextConnection
    }

    func note(_ observation: Observation) { batch.items.append(observation) }

    func bytes(_ bytes: UnsafeRawBufferPointer, connection: Int, side: Side, offset: Int, time: Instant) {
        let range = batch.store(bytes)
        batch.items.append(.bytes(connection: connection, side: side, time: time, offset: offset, range: range))
        if batch.arena.count > 1 << 20 { flush() }
    }

    /// Notes what was printed before an answer that tells of a failure.
    func failingAnswer(at time: Instant) {
        for (stream, count) in written?() ?? [] { note(.printed(stream: stream, count: count, time: time)) }
    }

    func hook(_ bytes: UnsafeRawBufferPointer) {
        let range = batch.store(bytes)
        batch.items.append(.hook(time: now, range: range))
    }

    func output(_ bytes: UnsafeRawBufferPointer, stream: Int) {
        let range = batch.store(bytes)
        batch.items.append(.output(stream: stream, time: now, range: range))
    }

    func input(_ bytes: ArraySlice<UInt8>, length: Int, isFile: Bool, isWhole: Bool) {
        let range = bytes.withUnsafeBytes { batch.store($0) }
        batch.items.append(.input(isFile: isFile, isWhole: isWhole, length: length, time: now, range: range))
    }

    /// How long, in milliseconds, the loop may wait before `flushIfDue` wants to be called.
    var wait: Int32 { batch.items.isEmpty ? 100 : 3 }

    /// Hands over what has waited long enough, or is much.
    func flushIfDue() {
        guard !batch.items.isEmpty else { return }
        guard batch.arena.count < Tap.enough, batch.items.count < 2000 else { return flush() }
        guard let begun else {
            self.begun = now
            return
        }
        if now - begun >= Tap.patience { flush() }
    }

    func flush() {
        begun = nil
        guard !batch.items.isEmpty else { return }
        let (items, bytes) = (batch.items.count, batch.arena.count)
        _ = queue.push(batch)
        batch = ObservationBatch()
        // The next is likely as large: it need not grow step by step.
        batch.items.reserveCapacity(items)
        batch.arena.reserveCapacity(bytes)
    }
}
