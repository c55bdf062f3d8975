import Glibc
import Synchronization

/// Ports for servers that bind them themselves.
///
/// They lie below the range from which the kernel takes the ports of outgoing connections: one of those, or what is
/// left of it for a minute after its end, would keep the server from binding.
public enum FreePort {
    private static let range = 15_000..<32_000
    private static let next = Atomic<Int>(range.count / 97 * Int(getpid() % 97))

    /// A port of 127.0.0.1 that was free a moment ago, and that no other caller of this process gets.
    public static func take() -> UInt16? {
        for _ in range {
            let count = next.add(1, ordering: .relaxed).oldValue
            let port = UInt16(range.lowerBound + count % range.count)
            guard let socket = Socket.listen(port) else { continue }
            socket.close()
            return port
        }
        return nil
    }
}
