import CLinux
import Glibc
import ReenactLinux

/// A small process beside the recorder that keeps the program going should the recorder die: it then lets the kernel
/// answer every call that waits for us, passes the program's output on, and cleans up after both.
public enum Guardian {
    /// The hidden command by which the recorder starts it: `reenact __guardian DESCRIPTOR`.
    public static let command = "__guardian"

    /// Starts it. A recorder that can't have one goes on without.
    ///
    /// - Returns: its process, or nil.
    static func start(
        listener: Int32, outstanding: OutstandingCalls, outputs: [Int32], directory: String
    ) -> pid_t? {
        var ends: [Int32] = [0, 0]
        guard socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0, &ends) == 0 else {
            return nil
        }
        defer { close(ends[0]) }
        defer { close(ends[1]) }
        guard let own = ProcFile.link("/proc/self/exe") else { return nil }
        var child = ChildProcess(
            command: [own, command, String(ends[1])], variables: ["PATH": "/usr/bin:/bin"], directory: "/")
        child.keptDescriptor = ends[1]
        guard let started = try? child.start() else { return nil }
        let recorder = rn_pidfd_open(getpid())
        guard recorder >= 0 else { return started.pid }
        let all = [recorder, listener, outstanding.descriptor] + outputs
        let words = Array(directory.utf8)
        _ = rn_send_with_fds(ends[0], words, words.count, all, Int32(all.count))
        close(recorder)
        return started.pid
    }

    /// The guardian's whole life.
    public static func main(channel: Int32) -> Int32 {
        signal(SIGINT, SIG_IGN)
        signal(SIGTERM, SIG_IGN)
        signal(SIGHUP, SIG_IGN)
        signal(SIGPIPE, SIG_IGN)
        var words = [UInt8](repeating: 0, count: 128)
        var descriptors = [Int32](repeating: -1, count: 64)
        var count: Int32 = 0
        let length = Int(rn_receive_with_fds(channel, &words, words.count, &descriptors, &count))
        guard length > 0, count >= 3 else { return 1 }
        close(channel)
        let directory = String(decoding: words[..<length], as: UTF8.self)
        let (recorder, listener) = (descriptors[0], descriptors[1])
        let waiting = OutstandingCalls.map(descriptors[2])
        // Until the recorder ends, or the program's last process does.
        while true {
            var polls = [
                pollfd(fd: recorder, events: Int16(POLLIN), revents: 0), pollfd(fd: listener, events: 0, revents: 0),
            ]
            guard poll(&polls, 2, -1) > 0 else { continue }
            if polls[0].revents != 0 { break }
            if polls[1].revents & Int16(POLLHUP) != 0 {
                _ = poll(&polls, 1, -1)
                break
            }
        }
        // Whom the recorder had left waiting.
        for slot in 0..<OutstandingCalls.count {
            if let id = waiting?[slot], id != 0 { _ = rn_notify_continue(listener, id) }
        }
        serve(listener: listener, outputs: Array(descriptors[3..<Int(count)]))
        // The program had its certificates in there. A recorder that ended by itself has removed it already.
        RecordingDirectory.remove(directory)
        return 0
    }

    private static func serve(listener: Int32, outputs: [Int32]) {
        var open = outputs.enumerated().map { (source: $1, sink: Int32($0 + 1)) }
        var buffer = [UInt8](repeating: 0, count: 65536)
        while true {
            var polls = [pollfd(fd: listener, events: Int16(POLLIN), revents: 0)]
            polls += open.map { pollfd(fd: $0.source, events: Int16(POLLIN), revents: 0) }
            guard poll(&polls, nfds_t(polls.count), -1) > 0 else { continue }
            if polls[0].revents & Int16(POLLIN) != 0 {
                var call = rn_notification()
                if rn_notify_receive(listener, &call) == 0 { _ = rn_notify_continue(listener, call.id) }
            } else if polls[0].revents & Int16(POLLHUP) != 0 {
                return
            }
            for (index, entry) in open.enumerated().reversed() where polls[index + 1].revents != 0 {
                let count = read(entry.source, &buffer, buffer.count)
                if count > 0 { _ = write(entry.sink, buffer, count) } else { open.remove(at: index) }
            }
        }
    }
}
