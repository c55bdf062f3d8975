import CLinux
import Glibc
import ReenactLinux

/// Sees who dials on the loopback device of our own network name space: attempts, and refusals by the kernel.
///
/// Needs CAP_NET_RAW when it is made, not afterwards. Sources: packet(7), RFC 9293 section 3.1.
final class DialObserver {
    /// A packet that tells of a dial.
    struct Dial {
        enum Kind {
            /// A first packet (SYN).
            case attempt
            /// The kernel's refusal of one (RST).
            case refused
        }
        var kind: Kind
        var client: SocketAddress
        var server: SocketAddress
    }

    private let loop: EventLoop
    private var descriptors: [Int32] = []

    init(loop: EventLoop, onDial: @escaping (Dial) -> Void) throws {
        self.loop = loop
        for family in [AF_INET, AF_INET6] {
            let fd = rn_watch_dials(family)
            guard fd >= 0 else {
                let error = LinuxError("packet socket", code: -fd)
                close()
                throw error
            }
            descriptors.append(fd)
            try loop.watch(fd, .read) { _ in
                var packet = [UInt8](repeating: 0, count: 128)
                for _ in 0..<256 {
                    let count = recv(fd, &packet, packet.count, 0)
                    guard count > 0 else { return }
                    if let dial = Self.parse(packet[..<count]) { onDial(dial) }
                }
            }
        }
    }

    func close() {
        for fd in descriptors {
            loop.unwatch(fd)
            Glibc.close(fd)
        }
        descriptors = []
    }

    /// The dial that a packet tells of, from the beginning of its network header.
    static func parse(_ packet: ArraySlice<UInt8>) -> Dial? {
        let packet = Array(packet)
        guard let first = packet.first else { return nil }
        let isSix = first >> 4 == 6
        let header = isSix ? 40 : Int(first & 15) * 4
        guard header >= 20, packet.count >= header + 14 else { return nil }
        let length = isSix ? 16 : 4
        let from = isSix ? 8 : 12
        func end(_ addressAt: Int, _ portAt: Int) -> SocketAddress? {
            let family = withUnsafeBytes(of: sa_family_t(isSix ? AF_INET6 : AF_INET), Array.init)
            let address = Array(packet[addressAt..<addressAt + length])
            let port = Array(packet[portAt..<portAt + 2])
            let zeros: (Int) -> [UInt8] = { Array(repeating: 0, count: $0) }
            return SocketAddress(
                bytes: isSix ? family + port + zeros(4) + address + zeros(4) : family + port + address + zeros(8))
        }
        guard let source = end(from, header), let target = end(from + length, header + 2) else { return nil }
        switch packet[header + 13] & 0x16 {
        case 0x02: return Dial(kind: .attempt, client: source, server: target)
        case 0x14 where packet[header + 4..<header + 8].allSatisfy { $0 == 0 }:
            // A refusal of a first packet has sequence number 0; other resets have not.
            return Dial(kind: .refused, client: target, server: source)
        default: return nil
        }
    }
}
