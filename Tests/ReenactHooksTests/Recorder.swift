import Foundation
import Glibc
import Synchronization

/// The other end of the control socket: keeps every message, answers those that wait.
final class Recorder: Sendable {
    let path: String
    private let listener: Int32
    private struct State {
        var messages: [JSON] = []
        var bad: [String] = []
        var connections: [Int32] = []
        var stopped = false
        /// Connections that are still read.
        var reading = 0
        var probed = false
    }
    private let state = Mutex(State())

    init(in directory: String) throws {
        path = directory + "/control"
        let socketType = Int32(SOCK_SEQPACKET.rawValue)
        listener = socket(AF_UNIX, socketType, 0)
        var address = Self.address(path)
        let bound = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listener, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard bound == 0, listen(listener, 100) == 0 else { throw POSIXError(.init(rawValue: errno) ?? .EIO) }
        Thread.detachNewThread { self.acceptAll() }
    }

    private func acceptAll() {
        while true {
            let connection = accept(listener, nil, nil)
            guard connection >= 0 else { return }
            state.withLock {
                $0.connections.append(connection)
                $0.reading += 1
            }
            Thread.detachNewThread { self.receiveAll(connection) }
        }
    }

    /// Waits until all is read that was sent by programs that have ended, for at most five seconds: others may go on.
    func settle() {
        let probe = socket(AF_UNIX, Int32(SOCK_SEQPACKET.rawValue), 0)
        var address = Self.address(path)
        _ = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(probe, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        // Connections are accepted in their order: those of the program came before this one.
        _ = send(probe, "probe", 5, Int32(MSG_NOSIGNAL))
        close(probe)
        for _ in 0..<500 {
            if state.withLock({ $0.stopped || ($0.probed && $0.reading == 0) }) { return }
            Thread.sleep(forTimeInterval: 0.01)
        }
    }

    private static func address(_ path: String) -> sockaddr_un {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array(path.utf8)) }
        return address
    }

    private func receiveAll(_ connection: Int32) {
        defer { state.withLock { $0.reading -= 1 } }
        var room = [UInt8](repeating: 0, count: 200_000)
        while true {
            let count = recv(connection, &room, room.count, 0)
            guard count > 0 else { return }
            if count == 5, room.starts(with: Array("probe".utf8)) {
                state.withLock { $0.probed = true }
                continue
            }
            let bytes = Data(room[..<count])
            guard let message = try? JSONDecoder().decode(JSON.self, from: bytes), count <= 131_072 else {
                state.withLock { $0.bad.append(String(decoding: bytes.prefix(300), as: UTF8.self)) }
                continue
            }
            let stopped = state.withLock {
                $0.messages.append(message)
                return $0.stopped
            }
            if stopped { return }
            if ["open-db", "change"].contains(message["t"].text) { _ = send(connection, [1], 1, Int32(MSG_NOSIGNAL)) }
        }
    }

    /// Dies in the middle, as a recorder that crashes does.
    func die() {
        let connections = state.withLock {
            $0.stopped = true
            return $0.connections
        }
        shutdown(listener, Int32(SHUT_RDWR))
        for connection in connections { shutdown(connection, Int32(SHUT_RDWR)) }
    }

    var messages: [JSON] { state.withLock { $0.messages } }
    /// Packets that were not JSON, or too long.
    var bad: [String] { state.withLock { $0.bad } }

    func all(_ type: String) -> [JSON] { messages.filter { $0["t"].text == type } }
}
