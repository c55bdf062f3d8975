import Foundation
import Synchronization

@testable import ReenactExecution

extension Laboratory {
    /// Serves a recording and runs gdb's commands on it; all that gdb said.
    static func debug(_ recording: String, _ program: String, _ commands: [String]) throws -> String {
        let script = Laboratory.file("script-\(UUID().uuidString).gdb")
        let said = Mutex("")
        try TracerThread.run {
            var options = ExecutionReplayer.Options()
            options.echoes = false
            let replayer = try ExecutionReplayer(try RecordingReader(recording), options: options)
            let event = try Laboratory.start(of: program, replayer.reader)
            let finished = DispatchSemaphore(value: 0)
            let server = try GDBServer(replayer, at: event, port: 0) { port, _ in
                let all = [
                    "set pagination off", "set confirm off", "set sysroot /", "file \(program)",
                    "target remote 127.0.0.1:\(port)",
                ]
                try? (all + commands + ["detach"]).joined(separator: "\n").write(
                    toFile: script, atomically: true, encoding: .utf8)
                Thread {
                    let result = try? Laboratory.run(["/usr/bin/gdb", "-nx", "-batch", "-x", script])
                    said.withLock { $0 = result?.1 ?? "" }
                    finished.signal()
                }.start()
            }
            try server.run()
            finished.wait()
        }
        return said.withLock { $0 }
    }

    /// The event after the program's own exec: the shell before it is of no interest.
    static func start(of program: String, _ reader: RecordingReader) throws -> Int {
        for index in 0..<reader.eventCount {
            if case .call(_, _, let effects)? = try reader.event(index)?.body, effects.image?.path == program {
                return index + 1
            }
        }
        return 1
    }
}
