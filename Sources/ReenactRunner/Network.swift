import CLinux
import Glibc
import ReenactLinux

/// The sandbox's network: a loopback device with the recorded peers' addresses, and names for them.
enum Network {
    /// Sets everything up that can be; each thing that cannot be is one sentence in the result.
    static func setUp(addresses: [String], names: [String: [String]]) -> [String] {
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
            ("/etc/hosts", hosts(names, hostName: hostName)), ("/etc/resolv.conf", "nameserver 127.0.0.1\n"),
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
    static func hosts(_ names: [String: [String]], hostName: String) -> String {
        var lines = ["127.0.0.1 localhost", "::1 localhost ip6-localhost ip6-loopback"]
        for (name, addresses) in names.sorted(by: { $0.key < $1.key }) where name != "localhost" {
            guard !name.isEmpty, !name.contains(where: \.isWhitespace) else { continue }
            lines += addresses.map { "\($0) \(name)" }
        }
        if !hostName.isEmpty, hostName != "localhost", names[hostName] == nil { lines.append("127.0.0.1 \(hostName)") }
        return lines.joined(separator: "\n") + "\n"
    }

    /// `/etc/nsswitch.conf` with names looked up in files, then by DNS. Source: nsswitch.conf(5).
    static func nameServices(_ present: String) -> String {
        let kept = present.split(separator: "\n").filter { !$0.hasPrefix("hosts:") }
        return (kept.map(String.init) + ["hosts: files dns"]).joined(separator: "\n") + "\n"
    }
}
