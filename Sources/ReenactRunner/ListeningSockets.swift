import Glibc
import ReenactLinux

/// The listening sockets of this network name space. Source: proc_net(5).
enum ListeningSockets {
    struct Entry: Equatable {
        var address: SocketAddress
        var inode: UInt64
    }

    /// Where to dial for that address, if somebody other than `ours` listens for it.
    ///
    /// Sockets bound to every address count; failing that, one on the same port of another address.
    static func place(of wanted: SocketAddress, except ours: Set<UInt64>) -> SocketAddress? {
        if let path = wanted.path {
            return parseUnix(FileBytes.text("/proc/net/unix")).contains { $0.path == path && !ours.contains($0.inode) }
                ? wanted : nil
        }
        let all =
            parse(FileBytes.text("/proc/net/tcp"), isSix: false) + parse(FileBytes.text("/proc/net/tcp6"), isSix: true)
        return place(of: wanted, among: all.filter { !ours.contains($0.inode) })
    }

    /// How many TCP ports are listened on.
    static func count(except ours: Set<UInt64>) -> Int {
        let all =
            parse(FileBytes.text("/proc/net/tcp"), isSix: false) + parse(FileBytes.text("/proc/net/tcp6"), isSix: true)
        return Set(all.filter { !ours.contains($0.inode) }.compactMap(\.address.port)).count
    }

    static func place(of wanted: SocketAddress, among entries: [Entry]) -> SocketAddress? {
        let matches = entries.filter { $0.address.port == wanted.port }
        let dialled = dialable(wanted)
        if matches.contains(where: { $0.address == dialled }) { return dialled }
        // [::] takes IPv4 too, unless it is told not to; a refused dial is tried again.
        if matches.contains(where: { $0.address.isAny && ($0.address.family == wanted.family || isSix($0.address)) }) {
            return dialled
        }
        return matches.first.map { dialable($0.address) }
    }

    private static func isSix(_ address: SocketAddress) -> Bool { address.family == UInt16(AF_INET6) }

    /// Every-address is no place to dial.
    private static func dialable(_ address: SocketAddress) -> SocketAddress {
        guard address.isAny else { return address }
        return SocketAddress(host: isSix(address) ? "::1" : "127.0.0.1", port: address.port) ?? address
    }

    /// Listening sockets in the text of /proc/net/tcp or tcp6.
    static func parse(_ text: String, isSix: Bool) -> [Entry] {
        text.split(separator: "\n").dropFirst().compactMap { line in
            let fields = line.split(separator: " ", omittingEmptySubsequences: true)
            guard fields.count > 9, fields[3] == "0A", let inode = UInt64(fields[9]) else { return nil }
            let parts = fields[1].split(separator: ":")
            guard parts.count == 2, let port = UInt16(parts[1], radix: 16), parts[0].count == (isSix ? 32 : 8) else {
                return nil
            }
            // Words of 32 bits, each in the machine's own order.
            var bytes: [UInt8] = []
            var rest = parts[0]
            while !rest.isEmpty {
                guard let word = UInt32(rest.prefix(8), radix: 16) else { return nil }
                bytes += withUnsafeBytes(of: word, Array.init)
                rest = rest.dropFirst(8)
            }
            let family = withUnsafeBytes(of: sa_family_t(isSix ? AF_INET6 : AF_INET), Array.init)
            let zeros: (Int) -> [UInt8] = { Array(repeating: 0, count: $0) }
            let head = family + [UInt8(port >> 8), UInt8(port & 255)]
            return SocketAddress(bytes: isSix ? head + zeros(4) + bytes + zeros(4) : head + bytes + zeros(8))
                .map { Entry(address: $0, inode: inode) }
        }
    }

    /// Listening sockets in the text of /proc/net/unix.
    static func parseUnix(_ text: String) -> [(path: String, inode: UInt64)] {
        text.split(separator: "\n").dropFirst().compactMap { line in
            let fields = line.split(separator: " ", maxSplits: 7, omittingEmptySubsequences: true)
            // Bit 16 of the flags: it accepts connections.
            guard fields.count == 8, let flags = UInt32(fields[3], radix: 16), flags & 0x10000 != 0,
                let inode = UInt64(fields[6])
            else { return nil }
            return (String(fields[7]), inode)
        }
    }
}
