import CLinux
import Glibc
import ReenactLinux
import ReenactTimeline
import Synchronization

/// Passes on what the program writes to standard output or error, and observes it.
///
/// A thread of its own: whoever reads our output may be slow, and the relay must not wait for it.
final class OutputTap {
    /// The end that the program gets.
    let writeEnd: Int32
    let readEnd: Int32
    private let stream: Int32
    /// What its lines are told to be: a stream of the program's, or `both`.
    private let label: Int
    private var thread: OwnedThread?
    private let place = Place()

    /// How far the output was read. It is read by a thread of its own, at its own time: what a program prints before it
    /// answers may be read behind the answer, and only the place in the stream tells which was first.
    private final class Place: Sendable {
        let count = Atomic<Int>(0)
        /// Bytes are out of the pipe and not counted yet.
        let isBusy = Atomic<Bool>(false)
    }

    /// The number that stands for standard output and error where one pipe carries both.
    static let both = 3

    /// Whether standard output and error lead to one place (`2>&1`, one terminal): they then share a pipe, or the
    /// order of what is written to them would be lost. What is thrown away has no order.
    static var leadToOnePlace: Bool {
        if isatty(1) == 1 { return isatty(2) == 1 }
        var (output, error) = (stat(), stat())
        guard fstat(1, &output) == 0, fstat(2, &error) == 0 else { return false }
        return output.st_dev == error.st_dev && output.st_ino == error.st_ino && output.st_mode & S_IFMT != S_IFCHR
    }

    init(stream: Int32, label: Int) throws {
        self.stream = stream
        self.label = label
        if isatty(stream) == 1 {
            // A program that writes to a terminal finds one: colours and line buffering stay as they are.
            var (ours, theirs): (Int32, Int32) = (-1, -1)
            let code = rn_open_terminal(stream, &ours, &theirs)
            guard code == 0 else { throw LinuxError("open a pseudo-terminal", code: code) }
            (readEnd, writeEnd) = (ours, theirs)
            return
        }
        var ends: [Int32] = [0, 0]
        guard rn_pipe(&ends) == 0 else { throw LinuxError("pipe") }
        readEnd = ends[0]
        writeEnd = ends[1]
    }

    func start(queue: ObservationQueue, origin: Int64) throws {
        let (source, sink, label, place) = (readEnd, stream, label, place)
        thread = try OwnedThread {
            var buffer = [UInt8](repeating: 0, count: 65536)
            while true {
                var ready = pollfd(fd: source, events: Int16(POLLIN), revents: 0)
                _ = poll(&ready, 1, -1)
                place.isBusy.store(true, ordering: .sequentiallyConsistent)
                let count = read(source, &buffer, buffer.count)
                let cause = errno
                place.count.add(max(0, count), ordering: .sequentiallyConsistent)
                place.isBusy.store(false, ordering: .sequentiallyConsistent)
                if count < 0, cause == EINTR { continue }
                guard count > 0 else { return }
                var batch = ObservationBatch()
                let range = buffer.withUnsafeBytes { batch.store(UnsafeRawBufferPointer(rebasing: $0[..<count])) }
                batch.items.append(
                    .output(stream: label, time: MonotonicClock.now() - origin, range: range))
                _ = queue.push(batch)
                var written = 0
                while written < count {
                    let step = buffer.withUnsafeBytes { write(sink, $0.baseAddress! + written, count - written) }
                    if step < 0, errno == EINTR { continue }
                    // Nobody reads our output any more: the program's is swallowed, the recording goes on.
                    guard step > 0 else { break }
                    written += step
                }
            }
        }
    }

    /// How many bytes the program has written by now; nil where that cannot be told.
    var written: (stream: Int, count: Int)? {
        for turn in 0..<400 {
            // The reader may be out of its turn in the middle.
            if turn > 50 { sched_yield() }
            let before = place.count.load(ordering: .sequentiallyConsistent)
            var waiting: Int32 = 0
            guard !place.isBusy.load(ordering: .sequentiallyConsistent),
                ioctl(readEnd, UInt(FIONREAD), &waiting) == 0,
                !place.isBusy.load(ordering: .sequentiallyConsistent),
                place.count.load(ordering: .sequentiallyConsistent) == before
            else { continue }
            return (label, before + Int(waiting))
        }
        return nil
    }

    /// The person's window has another size now.
    func windowChanged() { rn_copy_window_size(stream, readEnd) }

    /// The program has its end; ours of it is closed so that the end of output can be seen.
    func closeWriteEnd() { close(writeEnd) }

    /// Waits until all output is through, but not for a daemon that keeps the pipe open.
    func finish() {
        var poll = pollfd(fd: readEnd, events: Int16(POLLIN), revents: 0)
        // What is in the pipe now is still passed on.
        for _ in 0..<200 where Glibc.poll(&poll, 1, 0) > 0 && poll.revents & Int16(POLLIN) != 0 { usleep(1000) }
        if poll.revents & Int16(POLLHUP) != 0 { thread?.join() }
    }
}
