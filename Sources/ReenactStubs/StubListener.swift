import CLinux
import Glibc
import ReenactLinux
import ReenactTimeline

/// One stub's address: it accepts, refuses or ignores who dials, as the recorded peer did.
///
/// Refusing is the kernel's own: nothing listens. Ignoring is the kernel's own too: the queue of a listening socket is
/// full, so the first packet of a dial is dropped. A peer whose openings went differently one after another changes
/// from one to the other as dials happen; where dials cannot be seen (no own network name space), a refusal between
/// successes becomes an accepted connection that is reset.
final class StubListener {
    var peer: StubPeer { didSet { follow() } }
    let address: SocketAddress
    /// Whether dials that are refused or ignored are told by `dialled`.
    var isObserved = false

    private unowned let server: StubServer
    private var state: OpeningScript.Manner?
    private var fd: Int32 = -1
    /// Our own connection that fills the queue.
    private var filler: Int32 = -1
    private var isPaused = false
    private var ignored: SocketAddress?

    init(peer: StubPeer, address: SocketAddress, server: StubServer) {
        self.peer = peer
        self.address = address
        self.server = server
    }

    /// The listening socket's inode.
    var inode: UInt64? { fd >= 0 ? Socket.inode(fd) : nil }

    /// Takes up its place for the first dial.
    func open() throws { try become(wanted) }

    func close() {
        if fd >= 0 {
            server.loop.unwatch(fd)
            Glibc.close(fd)
        }
        if filler >= 0 { Glibc.close(filler) }
        fd = -1
        filler = -1
        state = nil
    }

    /// Becomes what the opening that is due asks for.
    func follow() {
        guard wanted != state else { return }
        do { try become(wanted) } catch { server.tell(.trouble("\(peer.server): \(error)")) }
    }

    /// Accepts again after there were too many connections.
    func roomAgain() {
        guard isPaused, fd >= 0, server.hasRoom else { return }
        isPaused = false
        server.loop.change(fd, .read)
    }

    /// A dial was seen on the network device.
    func dialled(_ dial: DialObserver.Dial) {
        switch (state, dial.kind) {
        case (.refuse, .refused):
            server.tell(.fault(server: peer.server, fault: "refused"))
            peer.openings.advance()
            follow()
        case (.ignore, .attempt) where dial.client != ignored && dial.client.port != fillerPort:
            // A dial is over when the next one comes; until then its repeated packets must find nobody.
            if ignored != nil {
                peer.openings.advance()
                follow()
            }
            ignored = state == .ignore ? dial.client : nil
            if state == .ignore { server.tell(.fault(server: peer.server, fault: "timeout")) }
        default: break
        }
    }

    private var fillerPort: UInt16? { filler >= 0 ? SocketAddress.local(of: filler)?.port : nil }

    /// Without sight of dials a peer that accepts at some time must listen all the time.
    private var wanted: OpeningScript.Manner {
        isObserved || !peer.openings.everAccepts ? peer.openings.manner : .accept
    }

    private func become(_ manner: OpeningScript.Manner) throws {
        close()
        state = manner
        switch manner {
        case .accept: try listen()
        case .refuse:
            // A socket file that nobody listens on refuses, as the recorded one did.
            if let path = address.path, !path.hasPrefix("@") { try bindOnly(path) }
        case .ignore: try ignore()
        }
    }

    private func listen() throws {
        try prepare()
        fd = try Socket.listen(at: address)
        // Whoever ran the recorded peer, the program may reach it.
        if let path = address.path, !path.hasPrefix("@") { chmod(path, 0o777) }
        try server.loop.watch(fd, .read) { [weak self] _ in self?.accept() }
    }

    private func prepare() throws {
        guard let path = address.path, !path.hasPrefix("@") else { return }
        Directories.make(parentOf: path)
        unlink(path)
    }

    private func bindOnly(_ path: String) throws {
        guard !peer.openings.isUnreachable, !peer.isAbsent else { return }
        try prepare()
        Glibc.close(try Socket.listen(at: address, backlog: 0))
    }

    private func ignore() throws {
        try prepare()
        fd = try Socket.listen(at: address, backlog: 0)
        filler = try Socket.stream(family: Int32(address.family), nonblocking: true)
        // A queue of length 0 holds one connection. This one stays in it for good.
        _ = address.withSockAddr { connect(filler, $0, $1) }
    }

    /// Without a free descriptor the socket stays readable: waits a little instead of spinning.
    private func pauseIfExhausted() {
        guard errno == EMFILE || errno == ENFILE || errno == ENOMEM else { return }
        isPaused = true
        server.loop.change(fd, .none)
        server.loop.after(nanoseconds: 10_000_000) { [weak self] in self?.roomAgain() }
    }

    private func accept() {
        while fd >= 0, state == .accept {
            guard server.hasRoom else {
                isPaused = true
                server.loop.change(fd, .none)
                return
            }
            let accepted = Glibc.accept(fd, nil, nil)
            guard accepted >= 0 else { return pauseIfExhausted() }
            _ = rn_set_nonblocking(accepted, 1)
            _ = rn_set_close_on_exec(accepted, 1)
            let manner = peer.openings.manner
            peer.openings.advance()
            if manner != .accept {
                server.tell(.fault(server: peer.server, fault: "refused"))
                Socket.reset(accepted)
            } else {
                if address.path == nil { Socket.setNoDelay(accepted) }
                server.accepted(accepted, peer: peer)
            }
            follow()
        }
    }
}

/// Directories for sockets and files.
public enum Directories {
    /// Makes the directories above a path that are not there.
    public static func make(parentOf path: String) {
        var index = path.index(after: path.startIndex)
        while let slash = path[index...].firstIndex(of: "/") {
            mkdir(String(path[..<slash]), 0o755)
            index = path.index(after: slash)
        }
    }

    /// Removes a directory with everything in it, as far as it may.
    public static func removeAll(_ path: String) {
        var names: [String] = []
        if let directory = opendir(path) {
            while let entry = readdir(directory) {
                let name = withUnsafeBytes(of: &entry.pointee.d_name) {
                    String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
                }
                if name != ".", name != ".." { names.append(name) }
            }
            closedir(directory)
        }
        for name in names {
            let entry = path + "/" + name
            if unlink(entry) != 0 { removeAll(entry) }
        }
        rmdir(path)
    }
}
