import ReenactTimeline
import ReenactTesting

/// Real conversations, recorded once for tests that want real bytes.
enum Captures {
    static let sample: [Connection] = {
        guard RealServer.isUp, let relay = RecordingRelay(to: RealServer.port) else { return [] }
        _ = TestProgram(commandLine(relay.port), input: ClientPrograms.sql).wait()
        if let python = RealServer.python, let script = try? Scratch.write(ClientPrograms.python, "sample.py") {
            for driver in ["pymysql", "mariadb", "mysql.connector.pure"] {
                _ = TestProgram([python, script, driver, "\(relay.port)"]).wait()
            }
        }
        if let script = try? Scratch.write(ClientPrograms.php, "sample.php") {
            for kind in ["mysqli", "pdo-native"] { _ = TestProgram(["php", script, kind, "\(relay.port)"]).wait() }
        }
        return relay.finish().filter { !$0.segments.isEmpty }
    }()

    static func commandLine(_ port: UInt16) -> [String] {
        ["mysql", "--no-defaults", "-h127.0.0.1", "-P\(port)", "-uclerk", "-ppass word", "-f", "-t", "--unbuffered"]
    }
}
