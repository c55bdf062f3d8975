import CLinux
import Glibc
import ReenactLinux

/// One direction of a relayed connection: bytes read here are written there, with back-pressure.
struct RelayHalf {
    /// Bytes read and not yet written.
    private var pending: [UInt8] = []
    private var pendingStart = 0
    /// The source has ended its direction.
    var sourceEnded = false
    /// The end was passed on.
    var endPassed = false
    /// Bytes of the observed stream so far.
    var observed = 0

    /// More than this waiting: stop reading.
    static let pendingMax = 1 << 18

    var pendingCount: Int { pending.count - pendingStart }
    var isFull: Bool { pendingCount >= RelayHalf.pendingMax }

    /// Writes what can be written now and keeps the rest. False: the destination is broken.
    mutating func send(_ bytes: UnsafeRawBufferPointer, to fd: Int32) -> Bool {
        var rest = bytes
        if pendingCount == 0 {
            while !rest.isEmpty {
                let count = Glibc.send(fd, rest.baseAddress, rest.count, Int32(MSG_NOSIGNAL))
                if count > 0 {
                    rest = UnsafeRawBufferPointer(rebasing: rest[count...])
                } else if errno == EINTR {
                    continue
                } else if errno == EAGAIN {
                    break
                } else {
                    return false
                }
            }
        }
        pending.append(contentsOf: rest)
        return true
    }

    /// Writes what waits. False: the destination is broken.
    mutating func flush(to fd: Int32) -> Bool {
        while pendingCount > 0 {
            let count = pending.withUnsafeBytes {
                Glibc.send(fd, $0.baseAddress! + pendingStart, pendingCount, Int32(MSG_NOSIGNAL))
            }
            if count > 0 {
                pendingStart += count
            } else if errno == EINTR {
                continue
            } else {
                return errno == EAGAIN
            }
        }
        pending.removeAll(keepingCapacity: true)
        pendingStart = 0
        return true
    }
}
