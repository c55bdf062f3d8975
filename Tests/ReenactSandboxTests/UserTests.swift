import Glibc
import Testing

@testable import ReenactSandbox

extension SandboxTests {
    @Suite(.enabled(if: geteuid() == 0)) struct UserTests {
        @Test func `root can run the first process as the recorded user`() async throws {
            // The runner starts the program without capabilities; setpriv stands for it here.
            let ran = try await inside(
                "exec setpriv --ambient-caps -all --inh-caps -all "
                    + "sh -c 'id -u; id -G; touch /etc/x || touch /tmp/of-the-user && stat -c %u /tmp/of-the-user'"
            ) {
                $0.user = .init(uid: 65534, gid: 65534)
            }
            let lines = ran.output.split(separator: "\n").map(String.init)
            #expect(lines.count == 4 && lines[0] == "65534" && lines[1] == "65534" && lines[3] == "65534")
            #expect(lines.count == 4 && lines[2].contains("Permission denied"), "\(ran.output)")
        }

        @Test func `an ordinary user's first process may still put addresses on lo`() async throws {
            let ran = try await inside("ip addr add 10.2.3.4/32 dev lo && ip -o addr show lo | grep -c 10.2.3.4") {
                $0.user = .init(uid: 65534, gid: 65534)
            }
            #expect(ran.output == "1\n" || ran.output.contains("not found"), "\(ran.output)")
        }

        @Test func `with one user mapped a directory between others' is writable where it was asked for`() async throws
        {
            try await withDirectory(under: "/var/lib") { directory in
                mkdir(directory + "/app", 0o755)
                chown(directory, 65534, 65534)
                chmod(directory, 0o755)
                let driver = NamespaceDriver(identity: .single(uid: 0, gid: 0))
                var spec = SandboxSpec(
                    program: "/bin/sh", arguments: ["sh", "-c", "echo in > \(directory)/app/file && echo fine"],
                    variables: ["PATH": "/bin:/usr/bin"])
                spec.writable = [directory + "/app"]
                let sandbox = try await driver.start(spec)
                _ = await sandbox.wait()
                #expect(sandbox.logTail() == "fine\n")
                #expect(await sandbox.destroy().isClean)
                #expect(!exists(directory + "/app/file"))
            }
        }

        @Test func `nothing is left of two hundred sandboxes`() async throws {
            let own = HostFiles.resolved("/proc/self/exe") ?? ""
            let ran = run([
                "/usr/bin/env", "REENACT_SANDBOX_ALONE=1", own, "--testing-library", "swift-testing", "--filter",
                "CleaningTests",
            ])
            #expect(ran.status == 0 && ran.output.contains("two hundred"), "\(ran.output)")
            print(String(ran.output.split(separator: "\n").first { $0.contains("execve, ms") } ?? ""))
        }

        @Test func `all of it works as nobody`() async throws {
            let own = HostFiles.resolved("/proc/self/exe") ?? ""
            let ran = run([
                "/usr/bin/setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups", "env",
                "HOME=/nonexistent",
                own, "--testing-library", "swift-testing", "--filter", "NamespaceTests|SeparationTests",
            ])
            // 126 and 127: the build directory is closed to others.
            #expect(ran.status == 0 || ran.status == 126 || ran.status == 127, "\(ran.output)")
        }

        @Test func `a killed owner takes the sandbox with it`() async throws {
            // The sandbox's process is a child of this one's child, which is killed without a chance to clean.
            let own = HostFiles.resolved("/proc/self/exe") ?? ""
            let ran = run([
                "/bin/sh", "-c",
                "REENACT_SANDBOX_HOLD=1 \(own) --testing-library swift-testing --filter HoldTests > /dev/null & P=$!; "
                    + "for i in $(seq 200); do S=$(pgrep -f '^sleep 4711$') && break; sleep 0.02; done; "
                    + "echo \"started ${S:+yes}\"; kill -TERM $P; wait $P; sleep 0.2; pgrep -f '^sleep 4711$' || echo gone",
            ])
            #expect(ran.output.contains("started yes") && ran.output.hasSuffix("gone\n"), "\(ran.output)")
        }
    }

    @Suite(.enabled(if: getenv("REENACT_SANDBOX_HOLD") != nil)) struct HoldTests {
        @Test func `hold a sandbox until killed`() async throws {
            let sandbox = try await NamespaceDriver().start(
                SandboxSpec(program: "/bin/sh", arguments: ["sh", "-c", "sleep 4711; true"]))
            _ = await sandbox.wait()
        }
    }
}

/// Runs a program of the host to its end.
private func run(_ arguments: [String]) -> (status: Int32, output: String) {
    let command = arguments.map { "'" + $0.replacing("'", with: "'\\''") + "'" }.joined(separator: " ")
    guard let pipe = popen(command + " 2>&1", "r") else { return (-1, "") }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 4096)
    while true {
        let count = fread(&chunk, 1, chunk.count, pipe)
        if count == 0 { break }
        bytes.append(contentsOf: chunk.prefix(count))
    }
    let status = pclose(pipe)
    return ((status >> 8) & 0xff, String(decoding: bytes, as: UTF8.self))
}
