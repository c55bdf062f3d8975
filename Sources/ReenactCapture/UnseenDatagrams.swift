import CLinux
import Glibc
import ReenactLinux
import ReenactTimeline

/// Datagram sockets whose traffic passes by unseen (connected ones, `sendmsg`, `recvmsg`): that the program has had an
/// answer on one is told, what it was is not.
final class UnseenDatagrams {
    private let tap: Tap
    private var held: [(copy: Int32, inode: UInt64, process: Int32, peer: String?)] = []
    private static let heldMax = 64

    init(_ tap: Tap) { self.tap = tap }

    deinit { for socket in held { close(socket.copy) } }

    var isEmpty: Bool { held.isEmpty }

    /// Takes the descriptor over. Of too many the oldest go.
    func hold(_ copy: Int32, process: Int32, peer: String?) {
        forget(Socket.inode(copy))
        if held.count >= Self.heldMax {
            look()
            if held.count >= Self.heldMax { close(held.removeFirst().copy) }
        }
        held.append((copy, Socket.inode(copy), process, peer))
    }

    /// The socket's traffic is seen after all.
    func forget(_ inode: UInt64) {
        guard let index = held.firstIndex(where: { $0.inode == inode }) else { return }
        close(held.remove(at: index).copy)
    }

    /// Tells of those on which something came.
    func look() {
        held.removeAll { socket in
            guard rn_has_received(socket.copy) == 1 else { return false }
            let whom = socket.peer.map { "with \($0)" } ?? "of a socket of process \(socket.process)"
            tap.note(.hole(connection: nil, "datagrams \(whom) were not seen, and some were answered"))
            close(socket.copy)
            return true
        }
    }
}
