import ReenactLinux
import Synchronization

/// Carries batches from the relay's thread to the analyst's. Bounded: the relay never waits for the analyst.
final class ObservationQueue: Sendable {
    private struct State {
        var batches: [ObservationBatch] = []
        var bytes = 0
        var isClosed = false
    }

    private let state = Mutex(State())
    private let waker: Waker
    private let bytesMax: Int

    init(bytesMax: Int = 256 << 20) throws {
        waker = try Waker()
        self.bytesMax = bytesMax
    }

    /// Hands a batch over; false where the analyst is so far behind that the batch's bytes are dropped.
    ///
    /// What is dropped are bytes only: openings, ends and failures always arrive.
    func push(_ batch: ObservationBatch) -> Bool {
        let accepted = state.withLock { state in
            let fits = state.bytes + batch.arena.count <= bytesMax
            if fits {
                state.bytes += batch.arena.count
                state.batches.append(batch)
            } else {
                var kept = ObservationBatch()
                for item in batch.items {
                    switch item {
                    case .bytes(let connection, let side, let time, let offset, let range):
                        // An empty range behind a gap in the offsets: the analyst sees what is missing.
                        kept.items.append(
                            .bytes(
                                connection: connection, side: side, time: time, offset: offset + range.count,
                                range: 0..<0))
                    case .hook, .output: continue
                    case .input(let isFile, let isWhole, let length, let time, _):
                        kept.items.append(
                            .input(isFile: isFile, isWhole: isWhole, length: length, time: time, range: 0..<0))
                    default: kept.items.append(item)
                    }
                }
                state.batches.append(kept)
            }
            return fits
        }
        waker.wake()
        return accepted
    }

    /// Ends the stream: `pop` gives nil once all is taken.
    func close() {
        state.withLock { $0.isClosed = true }
        waker.wake()
    }

    /// All batches that wait; empty after the wait ran out, nil at the end of the stream.
    func pop(waitMilliseconds: Int32) -> [ObservationBatch]? {
        func take() -> (batches: [ObservationBatch], isClosed: Bool) {
            state.withLock { state in
                defer {
                    state.batches = []
                    state.bytes = 0
                }
                return (state.batches, state.isClosed)
            }
        }
        var taken = take()
        if taken.batches.isEmpty, !taken.isClosed {
            _ = waker.wait(milliseconds: waitMilliseconds)
            taken = take()
        }
        return taken.batches.isEmpty && taken.isClosed ? nil : taken.batches
    }
}
