import Glibc
import Testing

@testable import ReenactSandbox

extension SandboxTests {
    /// In a process of their own, started by `UserTests`: they count descriptors, children and control groups.
    @Suite(.enabled(if: getenv("REENACT_SANDBOX_ALONE") != nil)) struct CleaningTests {
        @Test func `two hundred sandboxes leave nothing`() async throws {
            let before = Leftovers()
            var starts: [Int64] = []
            var ends: [Int64] = []
            for cycle in 0..<200 {
                let sandbox = try await NamespaceDriver().start(
                    SandboxSpec(
                        program: "/bin/sh",
                        arguments: [
                            "sh", "-c",
                            "sleep \(Leftovers.mark) & (setsid sleep \(Leftovers.mark) &) ; echo x > /tmp/reenact-left; wait",
                        ],
                        variables: ["PATH": "/usr/bin:/bin"]))
                starts.append(sandbox.startNanoseconds)
                if cycle % 10 == 0 { usleep(20000) }
                let report = await sandbox.destroy()
                #expect(report.isClean, "\(report)")
                ends.append(report.nanoseconds)
                #expect(await sandbox.destroy() == report)
            }
            #expect(Leftovers() == before)
            print("start to execve, ms:", figures(starts), " destroy, ms:", figures(ends))
        }

        @Test func `sandboxes side by side do not disturb each other`() async throws {
            let before = Leftovers()
            try await withThrowingTaskGroup(of: Ran.self) { group in
                for number in 0..<8 {
                    group.addTask {
                        try await inside("echo \(number) > /tmp/same; sleep 0.05; cat /tmp/same") {
                            $0.hostName = "host\(number)"
                        }
                    }
                }
                var outputs: Set<String> = []
                for try await ran in group { outputs.insert(ran.output) }
                #expect(outputs == Set((0..<8).map { "\($0)\n" }))
            }
            #expect(Leftovers() == before)
        }

        @Test func `a sandbox that nobody holds any more is ended`() async throws {
            let before = Leftovers()
            _ = try await NamespaceDriver().start(
                SandboxSpec(program: "/bin/sleep", arguments: ["sleep", Leftovers.mark]))
            var after = Leftovers()
            for _ in 0..<100 where after.processes != before.processes {
                usleep(10000)
                after = Leftovers()
            }
            #expect(after.processes == before.processes)
        }

        private func figures(_ nanoseconds: [Int64]) -> String {
            let sorted = nanoseconds.sorted()
            return [sorted.first!, sorted[sorted.count / 2], sorted[sorted.count * 9 / 10], sorted.last!]
                .map { "\(Double($0 / 10000) / 100)" }.joined(separator: " / ") + " (min/p50/p90/max)"
        }
    }
}

/// What this process's sandboxes could leave on the host.
struct Leftovers: Equatable {
    var processes: Set<String>
    var mounts: String
    var files: [String]
    var descriptors: Int
    var groups: [String]

    init() {
        let own = "\(getpid())"
        processes = []
        for name in HostFiles.names(in: "/proc") ?? [] where Int(name) != nil {
            // What is left of a sandbox whose first process is gone falls to process 1, so the name tells it.
            let fields = HostFiles.text("/proc/\(name)/stat").split(separator: ")").last?.split(separator: " ") ?? []
            let isChild = fields.count > 1 && String(fields[1]) == own
            let words = HostFiles.text("/proc/\(name)/cmdline")
            if isChild || words.contains("\(Self.mark)") { processes.insert(name) }
        }
        mounts = HostFiles.text("/proc/self/mountinfo")
        files = (HostFiles.names(in: "/tmp") ?? []).filter { $0.contains("reenact-left") }
        descriptors = HostFiles.names(in: "/proc/self/fd")?.count ?? 0
        groups = ["", "/memory", "/pids"].flatMap {
            (HostFiles.names(in: "/sys/fs/cgroup" + $0) ?? []).filter { $0.hasPrefix("reenact-\(own)") }
        }
    }

    /// Seconds that sandboxed processes sleep: nobody else's.
    static let mark = "47\(getpid())"
}
