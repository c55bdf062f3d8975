import Glibc
import Testing

@testable import ReenactSandbox

extension SandboxTests {
    @Suite struct NamespaceTests {
        @Test func `the probe tries a real sandbox`() async {
            let availability = await NamespaceDriver().probe()
            guard case .ready(let capabilities) = availability else {
                Issue.record("\(availability)")
                return
            }
            #expect(capabilities.isolation == .namespaces)
        }

        @Test func `the first process is process 1 of its own world`() async throws {
            let ran = try await inside("echo $$; hostname; id -u; cat /proc/net/dev") { $0.hostName = "recorded" }
            let lines = ran.output.split(separator: "\n")
            #expect(ran.status == 0)
            #expect(lines.prefix(3) == ["1", "recorded", "\(geteuid())"])
            #expect(lines.filter { $0.contains(":") }.count == 1, "only lo: \(ran.output)")
            #expect(ran.destroyed.isClean)
        }

        @Test func `what is written inside does not reach the host`() async throws {
            try await withDirectory { directory in
                put("host", directory + "/old")
                let name = "reenact-written-\(getpid())"
                let places = ["/tmp", "/var/tmp", "/dev/shm", "/run", directory]
                let writes =
                    places.map { "echo inside > \($0)/\(name)" } + [
                        "echo changed > \(directory)/old", "mkdir \(directory)/new", "rm -f \(directory)/old",
                        "echo again > \(directory)/old", "cat \(directory)/old",
                    ]
                let ran = try await inside(writes.joined(separator: " && ")) { $0.writable = [directory] }
                #expect(ran.status == 0, "\(ran.output)")
                #expect(ran.output == "again\n")
                for place in places { #expect(!exists("\(place)/\(name)"), "\(place)") }
                #expect(HostFiles.text(directory + "/old") == "host")
                #expect(!exists(directory + "/new"))
            }
        }

        @Test(.enabled(if: geteuid() == 0)) func `root inside can change files of any owner and remake directories`()
            async throws
        {
            let command =
                "echo x >> /etc/passwd && chown 1000 /etc/shadow && mkdir /newtop && mv /usr/share/doc /usr/share/doc2 "
                + "&& rm -rf /usr/local/bin && mkdir /usr/local/bin && ls /usr/local/bin && mkdir /usr/share/doc && touch /usr/share/doc/a && ls /usr/share/doc"
            let ran = try await inside(command)
            #expect(ran.output.hasSuffix("a\n"), "\(ran.output)")
            #expect(exists("/usr/local/bin") && exists("/usr/share/doc"))
            #expect(!exists("/newtop"))
        }

        @Test func `the devices and links that programs expect are there`() async throws {
            let ran = try await inside(
                "echo a > /dev/null && head -c 4 /dev/urandom | wc -c && test -d /dev/shm -a -e /dev/fd/0 -a -c /dev/ptmx "
                    + "&& echo fine; ls /sys/class/net")
            #expect(ran.output == "4\nfine\nlo\n", "\(ran.output)")
        }

        @Test func `a failing step names its stage and the reason`() async throws {
            await #expect {
                try await inside("true") { $0.program = "/no/such/runner" }
            } throws: { error in
                "\(error)".contains("exec (/no/such/runner): No such file or directory")
            }
            await #expect {
                try await inside("true") { $0.binds = [.init(source: "/no/such", target: "/run/x")] }
            } throws: { error in
                "\(error)".contains("bind (/run/x): No such file")
            }
        }

        @Test func `files and directories are put in place`() async throws {
            try await withDirectory { directory in
                put("bound", directory + "/a")
                let ran = try await inside(
                    "cat /run/reenact/hooks/a /etc/passwd /run/reenact/plan.json; echo x > /run/reenact/hooks/a"
                ) {
                    $0.binds = [.init(source: directory, target: "/run/reenact/hooks")]
                    $0.files = [
                        .init(path: "/etc/passwd", bytes: Array("passwords ".utf8)),
                        .init(path: "/run/reenact/plan.json", bytes: Array("{}\n".utf8)),
                    ]
                }
                #expect(ran.output.hasPrefix("boundpasswords {}\n"), "\(ran.output)")
                #expect(ran.output.contains("Read-only file system"))
            }
        }

        @Test func `other code lies over the recorded code and can be written`() async throws {
            try await withDirectory { directory in
                mkdir(directory + "/old", 0o755)
                mkdir(directory + "/new", 0o755)
                put("faulty\n", directory + "/old/app")
                put("only old\n", directory + "/old/other")
                put("fixed\n", directory + "/new/app")
                let ran = try await inside(
                    "cd \(directory)/old && cat app && ls && echo more >> app && cat app && cat ../new/app"
                ) {
                    $0.replacements = [.init(source: directory + "/new", target: directory + "/old")]
                }
                #expect(ran.output == "fixed\napp\nfixed\nmore\nfixed\n", "\(ran.output)")
                #expect(HostFiles.text(directory + "/new/app") == "fixed\n")
            }
        }

        @Test func `limits on processes and on what is written hold`() async throws {
            let ran = try await inside(
                "head -c 30000000 /dev/zero > /tmp/big; ls -s /tmp/big | cut -d' ' -f1; "
                    + "(for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do sleep 5 & done) 2>&1 | head -1"
            ) {
                $0.limits = .init(memoryBytes: 1 << 30, processes: 12, writtenBytes: 16 << 20)
            }
            #expect(ran.output.contains("No space left on device"), "\(ran.output)")
            #expect(ran.output.contains("ork"), "fork refused: \(ran.output)")
            #expect(ran.destroyed.isClean)
        }
    }
}
