import Glibc
import ReenactLinux
import ReenactTimeline

/// A datagram socket of the program's that speaks to addresses, as far as it was seen.
final class DatagramSocket {
    /// What passes with one peer is a connection.
    struct Peer {
        let connection: Int
        var sent = 0
        var received = 0
    }

    let inode: UInt64
    /// It waited on a port of its own choice before it asked anything.
    let isServer: Bool
    var peers: [String: Peer] = [:]
    /// Who spoke without having been asked.
    var strangers: Set<String> = []
    /// Whom it asked last.
    var asked = ""
    /// The program takes what comes with `recvfrom` and an address: then nothing comes by unseen.
    var isReadWithAddress = false
    /// Our own copy, as long as it is not known how the program takes what comes; -1: none.
    var copy: Int32 = -1
    /// What was seen before the program took it.
    var foreseen: (source: String, bytes: [UInt8])?
    var toldHole = false
    var lastUse: Instant
    /// The thread that was given the last datagram, and when.
    var given: (thread: Int32, time: Instant) = (0, -1 << 60)

    init(inode: UInt64, isServer: Bool, now: Instant) {
        self.inode = inode
        self.isServer = isServer
        lastUse = now
    }

    /// Ports that the kernel gives to sockets that ask for none.
    static let ownPorts: ClosedRange<UInt16> = {
        let text = String(decoding: ProcFile.bytes("/proc/sys/net/ipv4/ip_local_port_range") ?? [], as: UTF8.self)
        let parts = text.split { $0.isWhitespace }.compactMap { UInt16($0) }
        return parts.count == 2 && parts[0] <= parts[1] ? parts[0]...parts[1] : 32768...60999
    }()

    /// Whether the program chose the port: others are to find it there.
    static func isAtChosenPort(_ fd: Int32) -> Bool {
        guard let port = SocketAddress.local(of: fd)?.port, port != 0 else { return false }
        return !ownPorts.contains(port)
    }
}
