import CLinux
import Glibc

/// Socket calls with errors, descriptors as plain numbers: their owner closes them.
public enum Socket {
    /// A stream socket of the family, close-on-exec.
    public static func stream(family: Int32, nonblocking: Bool) throws -> Int32 {
        try make(family, Int32(SOCK_STREAM.rawValue), nonblocking)
    }

    /// A datagram socket of the family, close-on-exec.
    public static func datagram(family: Int32, nonblocking: Bool) throws -> Int32 {
        try make(family, Int32(SOCK_DGRAM.rawValue), nonblocking)
    }

    private static func make(_ family: Int32, _ type: Int32, _ nonblocking: Bool) throws -> Int32 {
        let flags = Int32(SOCK_CLOEXEC.rawValue) | (nonblocking ? Int32(SOCK_NONBLOCK.rawValue) : 0)
        let fd = socket(family, type | flags, 0)
        guard fd >= 0 else { throw LinuxError("socket") }
        return fd
    }

    /// A listening socket at the address, non-blocking.
    public static func listen(
        at address: SocketAddress, backlog: Int32 = 1024, type: __socket_type = SOCK_STREAM
    ) throws
        -> Int32
    {
        let fd = try make(Int32(address.family), Int32(type.rawValue), true)
        if address.family != UInt16(AF_UNIX) {
            setOption(fd, SOL_SOCKET, SO_REUSEADDR, 1)
            if address.family == UInt16(AF_INET6) { setOption(fd, Int32(IPPROTO_IPV6), IPV6_V6ONLY, 1) }
        }
        guard address.withSockAddr({ bind(fd, $0, $1) }) == 0 else {
            let error = LinuxError("bind \(address)")
            close(fd)
            throw error
        }
        if type != SOCK_DGRAM, Glibc.listen(fd, backlog) != 0 {
            let error = LinuxError("listen \(address)")
            close(fd)
            throw error
        }
        return fd
    }

    /// Sets a whole-number option; an option that does not apply is no error.
    public static func setOption(_ fd: Int32, _ level: Int32, _ name: Int32, _ value: Int32) {
        var value = value
        setsockopt(fd, level, name, &value, socklen_t(MemoryLayout<Int32>.size))
    }

    /// A whole-number option.
    public static func option(_ fd: Int32, _ level: Int32, _ name: Int32) -> Int32? {
        var value: Int32 = 0
        var length = socklen_t(MemoryLayout<Int32>.size)
        return getsockopt(fd, level, name, &value, &length) == 0 ? value : nil
    }

    /// Bytes that were sent and that the other side's kernel has not said it has; for a Unix socket those that it has not
    /// read. Source: tcp(7), unix(7): SIOCOUTQ.
    public static func unacknowledged(_ fd: Int32) -> Int { Int(max(0, rn_unsent(fd))) }

    /// Small writes leave at once.
    public static func setNoDelay(_ fd: Int32) { setOption(fd, Int32(IPPROTO_TCP), TCP_NODELAY, 1) }

    /// Leaves pacing to sockets that lead off this machine: a congestion control that paces (BBR) sets a timer for each
    /// segment, and within a machine nothing is congested. One that does not pace loses nothing by it.
    public static func setUnpaced(_ fd: Int32) {
        let name = "reno"
        setsockopt(fd, Int32(IPPROTO_TCP), TCP_CONGESTION, name, socklen_t(name.utf8.count))
    }

    /// Closes with RST rather than FIN.
    public static func reset(_ fd: Int32) {
        var linger = Glibc.linger(l_onoff: 1, l_linger: 0)
        setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout<Glibc.linger>.size))
        close(fd)
    }

    /// How long, in nanoseconds, a call waits for what comes; nil: for ever. Source: socket(7), SO_RCVTIMEO.
    public static func receiveTimeout(_ fd: Int32) -> Int64? {
        var value = timeval()
        var length = socklen_t(MemoryLayout<timeval>.size)
        guard getsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &value, &length) == 0 else { return nil }
        let time = Int64(value.tv_sec) * 1_000_000_000 + Int64(value.tv_usec) * 1000
        return time == 0 ? nil : time
    }

    /// The inode that names a socket in /proc and in the hooks' messages.
    public static func inode(_ fd: Int32) -> UInt64 {
        var status = stat()
        return fstat(fd, &status) == 0 ? UInt64(status.st_ino) : 0
    }

    /// Whether reads and writes return at once.
    public static func isNonblocking(_ fd: Int32) -> Bool { rn_get_flags(fd) & O_NONBLOCK != 0 }
}
