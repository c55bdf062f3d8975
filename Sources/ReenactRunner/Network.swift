import CLinux
import Glibc
import ReenactLinux

/// The sandbox's network: a loopback device with the recorded peers' addresses, and names for them.
enum Network {
    /// Why this is no sandbox of the runner's own; nil where it is one.
    ///
    /// A plan that says `ownsSandbox` must never be believed alone: started by hand as root, the runner would replace
    /// the machine's own name service. So it looks: it must be the first process of its name space, and there must be
    /// no device but loopback, which no machine that matters lacks.
    static func refusal(pid: pid_t = getpid(), devices: String = FileBytes.text("/proc/net/dev")) -> String? {
        if pid != 1 { return "the plan is for a sandbox, and the runner is process \(pid), not 1" }
        let others = deviceNames(devices).filter { $0 != "lo" && !fallbacks.contains($0) }
        if devices.isEmpty { return "the plan is for a sandbox, and its network devices cannot be seen" }
        return others.isEmpty
            ? nil : "the plan is for a sandbox, and here is a real network device: \(others.joined(separator: ", "))"
    }

    /// Devices that the kernel puts into every network name space once the module is loaded.
    private static let fallbacks: Set<String> = [
        "tunl0", "gre0", "gretap0", "erspan0", "ip_vti0", "ip6_vti0", "sit0", "ip6tnl0", "ip6gre0",
    ]

    private static func deviceNames(_ text: String) -> [String] {
        text.split(separator: "\n").dropFirst(2).compactMap { line in
            line.split(separator: ":").first.map { String($0.drop { $0 == " " }) }
        }
    }

    /// Sets everything up that can be; each thing that cannot be is one sentence in the result.
    ///
    /// - Parameter nameServers: addresses of recorded ones, which the program's resolver asks; without any it asks ours.
    static func setUp(addresses: [String], names: [String: [String]], nameServers: [String] = []) -> [String] {
        var troubles: [String] = []
        func attempt(_ what: String, _ error: Int32) {
            if error != 0 { troubles.append("\(what): \(LinuxError.text(of: error))") }
        }
        attempt("bring the loopback device up", rn_loopback_up())
        for address in Set(addresses).sorted() where address != "127.0.0.1" && address != "::1" {
            attempt("add the address \(address)", rn_loopback_add(address))
        }
        // The program gives up its capabilities, and may still listen where it listened.
        try? FileBytes.write(Array("0".utf8), to: "/proc/sys/net/ipv4/ip_unprivileged_port_start")
        var host = [CChar](repeating: 0, count: 256)
        gethostname(&host, 255)
        let hostName = String(decoding: host.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        let files = [
            ("/etc/hosts", hosts(names, hostName: hostName, present: FileBytes.text("/etc/hosts"))),
            ("/etc/resolv.conf", resolver(nameServers)),
            ("/etc/nsswitch.conf", nameServices(FileBytes.text("/etc/nsswitch.conf"))),
        ]
        for (path, content) in files {
            // Where it is a link (systemd-resolved), what it points to may not exist here.
            unlink(path)
            do { try FileBytes.write(Array(content.utf8), to: path) } catch { troubles.append("\(error)") }
        }
        return troubles
    }

    /// Contents of `/etc/hosts`. Source: hosts(5).
    ///
    /// Whether `localhost` is ::1 too is as it was: programs try that address first, and the recording tells whether
    /// it was refused.
    static func hosts(_ names: [String: [String]], hostName: String, present: String) -> String {
        let hasSix = present.split(separator: "\n").contains { line in
            let words = line.prefix { $0 != "#" }.split { $0 == " " || $0 == "\t" }
            return words.first == "::1" && words.contains("localhost")
        }
        var lines = ["127.0.0.1 localhost", "::1 \(hasSix ? "localhost " : "")ip6-localhost ip6-loopback"]
        for (name, addresses) in names.sorted(by: { $0.key < $1.key }) where name != "localhost" {
            guard !name.isEmpty, !name.contains(where: \.isWhitespace) else { continue }
            lines += addresses.map { "\($0) \(name)" }
        }
        if !hostName.isEmpty, hostName != "localhost", names[hostName] == nil { lines.append("127.0.0.1 \(hostName)") }
        return lines.joined(separator: "\n") + "\n"
    }

    /// Contents of `/etc/resolv.conf`. Source: resolv.conf(5).
    ///
    /// What a recorded name server said (no such name, a failure, nothing) only its own stub can say again.
    static func resolver(_ nameServers: [String]) -> String {
        let asked = nameServers.isEmpty ? ["127.0.0.1"] : Array(nameServers.prefix(3))
        return asked.map { "nameserver \($0)\n" }.joined()
    }

    /// `/etc/nsswitch.conf` with names looked up in files, then by DNS. Source: nsswitch.conf(5).
    static func nameServices(_ present: String) -> String {
        let kept = present.split(separator: "\n").filter { !$0.hasPrefix("hosts:") }
        return (kept.map(String.init) + ["hosts: files dns"]).joined(separator: "\n") + "\n"
    }
}
