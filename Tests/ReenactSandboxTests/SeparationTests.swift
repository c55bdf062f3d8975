import Glibc
import Testing

@testable import ReenactSandbox

extension SandboxTests {
    @Suite struct SeparationTests {
        private let connect = """
            import socket, sys, time
            began = time.monotonic()
            for target in sys.argv[1:]:
                unix = target.startswith(("/", "@"))
                s = socket.socket(socket.AF_UNIX if unix else socket.AF_INET)
                s.settimeout(5)
                try:
                    s.connect(target.replace("@", chr(0)) if unix else ("127.0.0.1", int(target)))
                    print("connected")
                except OSError as error: print(type(error).__name__)
            print("slow" if time.monotonic() - began > 1 else "at once")
            """

        @Test func `neither a port nor a Unix socket of the host can be reached`() async throws {
            try await withDirectory { directory in
                let (tcp, port) = listenTCP()
                let path = listenUnix(directory + "/host.sock")
                let abstract = listenUnix("@reenact-test-\(getpid())")
                defer { for descriptor in [tcp, path, abstract] { close(descriptor) } }
                put(connect, directory + "/connect.py")
                let command = "python3 \(directory)/connect.py \(port) \(directory)/host.sock @reenact-test-\(getpid())"
                let ran = try await inside(command) { $0.variables["PATH"] = String(cString: getenv("PATH")) }
                let lines = ran.output.split(separator: "\n").map(String.init)
                #expect(lines.count == 4 && !lines.contains("connected"), "\(ran.output)")
                #expect(lines.last == "at once")
                #expect(exists(directory + "/host.sock"))
            }
        }

        @Test func `the user's keys cannot be read`() async throws {
            try await withDirectory { home in
                mkdir(home + "/.ssh", 0o700)
                put("private", home + "/.ssh/id")
                put("token", home + "/.netrc")
                put("mine", home + "/hidden")
                let before = getenv("HOME").map { String(cString: $0) } ?? "/"
                setenv("HOME", home, 1)
                defer { setenv("HOME", before, 1) }
                let ran = try await inside("cat \(home)/.netrc \(home)/hidden; ls -A \(home)/.ssh; echo end") {
                    $0.hidden = [home + "/hidden"]
                }
                #expect(ran.output == "end\n")
            }
        }

        @Test
        func `what is hidden below a directory that shows other code needs not be there, and stays hidden if it is`()
            async throws
        {
            try await withDirectory { directory in
                for name in ["old", "new", "old/cases", "old/kept", "new/kept"] { mkdir("\(directory)/\(name)", 0o755) }
                put("secret", directory + "/new/kept/a")
                put("code", directory + "/new/code")
                let ran = try await inside("cd \(directory)/old; cat code; ls cases kept; echo end") {
                    $0.hidden = [directory + "/old/cases", directory + "/old/kept"]
                    $0.replacements = [.init(source: directory + "/new", target: directory + "/old")]
                }
                #expect(ran.output.hasSuffix("kept:\nend\n") && ran.output.hasPrefix("code"), "\(ran.output)")
            }
        }

        @Test func `no descriptor leaks in`() async throws {
            let ran = try await inside("ls /proc/self/fd | tr '\\n' ' '")
            // 3 is the report, 4 the directory that ls reads.
            #expect(ran.output == "0 1 2 3 4 ", "\(ran.output)")
        }

        private func listenTCP() -> (Int32, Int) {
            let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
            var length = socklen_t(MemoryLayout<sockaddr_in>.size)
            withUnsafeMutablePointer(to: &address) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    _ = bind(descriptor, $0, length)
                    listen(descriptor, 5)
                    getsockname(descriptor, $0, &length)
                }
            }
            return (descriptor, Int(UInt16(bigEndian: address.sin_port)))
        }

        private func listenUnix(_ name: String) -> Int32 {
            let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
            var address = sockaddr_un()
            address.sun_family = sa_family_t(AF_UNIX)
            let bytes = name.utf8.map { $0 == UInt8(ascii: "@") ? 0 : CChar(bitPattern: $0) }
            withUnsafeMutableBytes(of: &address.sun_path) { path in
                for (index, byte) in bytes.enumerated() { path[index] = UInt8(bitPattern: byte) }
            }
            let length = socklen_t(MemoryLayout<sa_family_t>.size + bytes.count)
            withUnsafePointer(to: &address) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { _ = bind(descriptor, $0, length) }
            }
            listen(descriptor, 5)
            return descriptor
        }
    }
}
