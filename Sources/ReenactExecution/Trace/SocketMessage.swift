/// What a call sent or received on a socket: a stretch of a stream, or one datagram.
struct SocketMessage {
    var isSent: Bool
    var bytes: [UInt8] = []
    /// The address that stands in the call, empty where none does.
    var address = ""
    /// Nothing came because the other side sends no more.
    var isEnd = false
    /// MSG_CMSG_CLOEXEC
    var closesOnExec = false
    /// Where control messages stand, and how many bytes of them.
    private var control: UInt64 = 0
    private var controlLength: UInt64 = 0

    /// Those of a call that has returned; several of `sendmmsg` and `recvmmsg`, none where nothing passed.
    static func all(_ memory: ProcessMemory, _ entry: Registers, _ result: Int64) -> [SocketMessage] {
        guard result >= 0 else { return [] }
        let limit = UInt64(result)
        switch entry.call {
        // write, sendto
        case 1: return sent(memory.read(entry.argument(1), Int(limit)))
        case 44:
            return sent(
                memory.read(entry.argument(1), Int(limit)),
                SocketAddress.text(memory, entry.argument(4), entry.argument(5)))
        // writev, sendmsg
        case 20: return sent(vectors(memory, entry.argument(1), entry.argument(2), limit))
        case 46: return [header(memory, entry.argument(1), limit, isSent: true)]
        case 307: return headers(memory, entry, limit, isSent: true)
        // read, recvfrom, readv, recvmsg; what is only peeked at comes again.
        case 0: return received(memory.read(entry.argument(1), Int(limit)))
        case 45 where entry.argument(3) & 2 == 0:
            let length = entry.argument(5) < 4096 ? 0 : UInt64(memory.word32(entry.argument(5)) ?? 0)
            // With MSG_TRUNC the result may be more than there is room for.
            return received(
                memory.read(entry.argument(1), Int(min(limit, entry.argument(2)))),
                SocketAddress.text(memory, entry.argument(4), length))
        case 19: return received(vectors(memory, entry.argument(1), entry.argument(2), limit))
        case 47 where entry.argument(2) & 2 == 0:
            var message = header(memory, entry.argument(1), limit, isSent: false)
            message.closesOnExec = entry.argument(2) & 0x4000_0000 != 0
            return [message]
        case 299 where entry.argument(3) & 2 == 0: return headers(memory, entry, limit, isSent: false)
        default: return []
        }
    }

    private static func sent(_ bytes: [UInt8], _ address: String = "") -> [SocketMessage] {
        [SocketMessage(isSent: true, bytes: bytes, address: address)]
    }

    private static func received(_ bytes: [UInt8], _ address: String = "") -> [SocketMessage] {
        [SocketMessage(isSent: false, bytes: bytes, address: address, isEnd: bytes.isEmpty)]
    }

    /// struct msghdr: name, namelen, iov, iovlen, control, controllen, flags.
    private static func header(
        _ memory: ProcessMemory, _ at: UInt64, _ limit: UInt64, isSent: Bool
    ) -> SocketMessage {
        let bytes = vectors(memory, memory.word(at &+ 16) ?? 0, memory.word(at &+ 24) ?? 0, limit)
        var message = SocketMessage(
            isSent: isSent, bytes: bytes,
            address: SocketAddress.text(memory, memory.word(at) ?? 0, UInt64(memory.word32(at &+ 8) ?? 0)))
        message.isEnd = !isSent && bytes.isEmpty
        message.control = memory.word(at &+ 32) ?? 0
        message.controlLength = memory.word(at &+ 40) ?? 0
        return message
    }

    /// struct mmsghdr: a msghdr, and at 56 how many bytes passed.
    private static func headers(
        _ memory: ProcessMemory, _ entry: Registers, _ count: UInt64, isSent: Bool
    ) -> [SocketMessage] {
        (0..<min(count, 1024)).map { number in
            let at = entry.argument(1) &+ number * 64
            return header(memory, at, UInt64(memory.word32(at &+ 56) ?? 0), isSent: isSent)
        }
    }

    private static func vectors(
        _ memory: ProcessMemory, _ address: UInt64, _ count: UInt64, _ limit: UInt64
    ) -> [UInt8] {
        var entry = Registers()
        (entry.raw.rsi, entry.raw.rdx) = (address, count)
        let model = SystemCall.row(20, "writev", "", [.vectors(1, count: 2)])
        let ranges = Outputs(memory: memory).ranges(model, entry, result: Int64(clamping: limit)) ?? []
        return ranges.flatMap { memory.read($0.lowerBound, Int($0.upperBound - $0.lowerBound)) }
    }

    /// What SCM_RIGHTS carries: a list for each such control message.
    func descriptors(_ memory: ProcessMemory) -> [[Int32]] {
        guard control >= 4096, controlLength >= 16 else { return [] }
        let bytes = memory.read(control, Int(min(controlLength, 1 << 16)))
        func word(_ at: Int) -> Int32 {
            (0..<4).reduce(0) { $0 | Int32(bitPattern: UInt32(bytes[at + $1]) << (8 * UInt32($1))) }
        }
        var lists: [[Int32]] = []
        var at = 0
        while at + 16 <= bytes.count {
            let length = Int(word(at))
            guard length >= 16, at + length <= bytes.count else { break }
            // SOL_SOCKET, SCM_RIGHTS.
            if word(at + 8) == 1, word(at + 12) == 1 {
                lists.append(stride(from: at + 16, to: at + length - 3, by: 4).map(word))
            }
            at += (length + 7) / 8 * 8
        }
        return lists
    }
}

/// Descriptors that travel in messages.
extension SocketTracker {
    func depart(_ lists: [[Int32]], of socket: Socket, _ table: Table) {
        for list in lists {
            let sockets = list.map { table.sockets[$0] }
            if let partner = socket.partner {
                partner.arriving.append(sockets)
            } else if socket.isOpen, !socket.isDatagram {
                socket.arrivingAtPartner.append(sockets)
            } else {
                arrivingSomewhere.append(sockets)
            }
        }
    }

    /// Messages of one sender arrive in their order. A list that came from outside the recording has no sockets that are
    /// known.
    func arrive(_ lists: [[Int32]], at socket: Socket, _ table: Table, closesOnExec: Bool) {
        for list in lists {
            var sockets: [Socket?] = []
            if socket.arriving.first?.count == list.count {
                sockets = socket.arriving.removeFirst()
            } else if let place = arrivingSomewhere.firstIndex(where: { $0.count == list.count }) {
                sockets = arrivingSomewhere.remove(at: place)
            }
            for (descriptor, arrived) in zip(list, sockets) {
                table.sockets[descriptor] = arrived
                if closesOnExec { table.closedByExec.insert(descriptor) } else { table.closedByExec.remove(descriptor) }
            }
        }
    }
}
