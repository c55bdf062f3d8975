import CLinux
import Glibc
@testable import ReenactLinux
import Testing

struct EventLoopTests {
    @Test func `timers fire in the order in which they are due, and cancelled ones do not`() throws {
        let loop = try EventLoop()
        var fired: [Int] = []
        loop.after(nanoseconds: 20_000_000) { fired.append(3) }
        loop.after(nanoseconds: 1_000_000) { fired.append(1) }
        let cancelled = loop.after(nanoseconds: 5_000_000) { fired.append(9) }
        loop.after(nanoseconds: 10_000_000) { fired.append(2) }
        loop.cancel(cancelled)
        loop.run { fired.count == 3 }
        #expect(fired == [1, 2, 3])
    }

    @Test func `a watch that another handler ended in the same round is not called`() throws {
        let loop = try EventLoop()
        let wakers = [try Waker(), try Waker()]
        var calls = 0
        for (index, waker) in wakers.enumerated() {
            try loop.watch(waker.descriptor, .read) { _ in
                calls += 1
                wakers[index].drain()
                loop.unwatch(wakers[1 - index].descriptor)
            }
        }
        wakers.forEach { $0.wake() }
        loop.turn(longestWait: 1000)
        #expect(calls == 1)
    }

    @Test func `another thread gets its attention`() throws {
        let loop = try EventLoop()
        let waker = try Waker()
        var isAwake = false
        try loop.watch(waker.descriptor, .read) { _ in
            waker.drain()
            isAwake = true
        }
        let thread = try OwnedThread { waker.wake() }
        loop.run { isAwake }
        thread.join()
        #expect(isAwake)
    }
}

struct ChildProcessTests {
    @Test func `a program that is not there is named with the way out`() {
        let child = ChildProcess(command: ["/nowhere/program"], variables: [:])
        #expect(throws: ChildProcessError.self) { try child.start() }
        let text = ChildProcessError(program: "/nowhere/program", step: "exec", code: ENOENT).description
        #expect(text.contains("/nowhere/program: not found") && text.contains("PATH"))
    }

    @Test func `it gets no other descriptors where that is wished`() throws {
        let stray = fcntl(2, F_DUPFD, 700)
        defer { close(stray) }
        for (isAlone, status) in [(false, 0), (true, 1 << 8)] as [(Bool, Int32)] {
            var child = ChildProcess(
                command: ["test", "-e", "/proc/self/fd/\(stray)"], variables: ["PATH": "/usr/bin:/bin"])
            child.standardOnly = isAlone
            var ended: Int32 = -1
            waitpid(try child.start().pid, &ended, 0)
            #expect(ended == status)
        }
    }

    @Test func `it gets its variables, its directory and its descriptors, and PATH of its own`() throws {
        var ends: [Int32] = [0, 0]
        #expect(rn_pipe(&ends) == 0)
        var child = ChildProcess(
            command: ["sh", "-c", "echo $COLOUR $PWD"], variables: ["COLOUR": "green", "PATH": "/usr/bin:/bin"],
            directory: "/usr")
        child.standard = [-1, ends[1], -1]
        let started = try child.start()
        close(ends[1])
        var buffer = [UInt8](repeating: 0, count: 100)
        let count = read(ends[0], &buffer, 100)
        close(ends[0])
        var status: Int32 = 0
        waitpid(started.pid, &status, 0)
        #expect(String(decoding: buffer.prefix(max(0, count)), as: UTF8.self) == "green /usr\n")
        #expect(status == 0)
    }
}
