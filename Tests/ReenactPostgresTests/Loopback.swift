import Foundation
import Glibc
import ReenactTesting
import ReenactTimeline
import ReenactWire
import Synchronization

// Shared by the tests of several protocols (as a symbolic link): real sockets on the loopback, and nothing else.

/// A listening socket on a free port of 127.0.0.1.
struct Listener: Sendable {
    let descriptor: Int32
    let port: UInt16

    init() throws {
        guard let socket = Socket.listen() else { throw Loopback.Failure("no port is free") }
        descriptor = socket.descriptor
        port = socket.port
    }

    /// A port for a server that binds it itself.
    static func freePort() throws -> UInt16 {
        guard let port = FreePort.take() else { throw Loopback.Failure("no port is free") }
        return port
    }
}

enum Loopback {
    struct Failure: Error, CustomStringConvertible {
        var description: String
        init(_ description: String) { self.description = description }
    }

    static func address(port: UInt16) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        return address
    }

    static func connect(port: UInt16) -> Int32? {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = address(port: port)
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        if result == 0 { return descriptor }
        close(descriptor)
        return nil
    }

    static func awaitPort(_ port: UInt16, seconds: Double = 20) throws {
        for _ in 0..<Int(seconds * 20) {
            if let descriptor = connect(port: port) {
                close(descriptor)
                return
            }
            usleep(50_000)
        }
        throw Failure("nothing listens on port \(port)")
    }

    static func now() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }

    static func writeAll(_ descriptor: Int32, _ bytes: some Collection<UInt8>) -> Bool {
        let bytes = Array(bytes)
        var sent = 0
        while sent < bytes.count {
            let count = bytes[sent...].withUnsafeBytes {
                send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { return false }
            sent += count
        }
        return true
    }

    static func read(_ descriptor: Int32) -> [UInt8]? {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        let count = recv(descriptor, &buffer, buffer.count, 0)
        return count > 0 ? Array(buffer[..<count]) : nil
    }

    static func wait(_ descriptors: [Int32], milliseconds: Int32) -> [Int32] {
        var polled = descriptors.map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
        guard poll(&polled, nfds_t(polled.count), milliseconds) > 0 else { return [] }
        return polled.filter { $0.revents != 0 }.map(\.fd)
    }

    /// Runs a program to its end and gives what it printed.
    static func run(_ command: [String], input: String? = nil, environment: [String: String] = [:]) throws -> String {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["timeout", "-k", "1", "60"] + command
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        let output = Pipe()
        process.standardOutput = output
        process.standardError = output
        // A file: whoever ends before it has read a pipe to its end sends us a signal.
        let feed = try input.map { try Scratch.write($0, "input-\(UInt64.random(in: 0...UInt64.max))") }
        process.standardInput = try FileHandle(forReadingFrom: URL(filePath: feed ?? "/dev/null"))
        try process.run()
        let bytes = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return String(decoding: bytes, as: UTF8.self)
    }
}

/// Stands between a client and a real server, and records each connection.
final class RecordingRelay: Sendable {
    let listener: Listener
    private let target: UInt16
    private let state = Mutex<(connections: [Connection], isStopped: Bool)>(([], false))

    var port: UInt16 { listener.port }

    init(to target: UInt16) throws {
        listener = try Listener()
        self.target = target
        Thread.detachNewThread { [self] in serve() }
    }

    /// The connections, once nothing has moved any more for a moment.
    func stop() -> [Connection] {
        usleep(150_000)
        return state.withLock {
            $0.isStopped = true
            return $0.connections
        }
    }

    private var isStopped: Bool { state.withLock { $0.isStopped } }

    private func serve() {
        var peers: [Int32: (other: Int32, index: Int, side: Side)] = [:]
        while !isStopped {
            for descriptor in Loopback.wait([listener.descriptor] + peers.keys.sorted(), milliseconds: 50) {
                if descriptor == listener.descriptor {
                    let client = accept(descriptor, nil, nil)
                    guard let server = Loopback.connect(port: target) else {
                        close(client)
                        continue
                    }
                    let index = state.withLock { state in
                        state.connections.append(
                            Connection(
                                id: state.connections.count + 1, direction: .outbound, transport: .tcp,
                                server: "127.0.0.1:\(target)", opened: Loopback.now()))
                        return state.connections.count - 1
                    }
                    peers[client] = (server, index, .client)
                    peers[server] = (client, index, .server)
                } else if let (other, index, side) = peers[descriptor] {
                    let bytes = Loopback.read(descriptor)
                    record(bytes, side, index)
                    if let bytes {
                        _ = Loopback.writeAll(other, bytes)
                    } else {
                        shutdown(other, Int32(SHUT_WR))
                        peers[descriptor] = nil
                        if peers[other] == nil {
                            close(descriptor)
                            close(other)
                        }
                    }
                }
            }
        }
        for descriptor in peers.keys { close(descriptor) }
        close(listener.descriptor)
    }

    private func record(_ bytes: [UInt8]?, _ side: Side, _ index: Int) {
        let time = Loopback.now()
        state.withLock { state in
            guard let bytes else {
                state.connections[index].closes.append(.init(side: side, manner: .fin, time: time))
                return
            }
            let offset = state.connections[index].segments.last { $0.side == side }.map { $0.offset + $0.bytes.count }
            state.connections[index].segments.append(
                Segment(side: side, time: time, offset: offset ?? 0, bytes: bytes))
        }
    }
}

/// Plays recorded connections over real sockets. Delays are not waited for.
final class StubServer: Sendable {
    let listener: Listener
    private let notes = Mutex<(encounters: [Shelf.Encounter], isStopped: Bool)>(([], false))

    var port: UInt16 { listener.port }

    init(_ kind: any WireProtocol.Type, _ connections: [Connection]) throws {
        listener = try Listener()
        Thread.detachNewThread { [self] in serve(kind, connections) }
    }

    func stop() -> [Shelf.Encounter] {
        notes.withLock {
            $0.isStopped = true
            return $0.encounters
        }
    }

    private func serve(_ kind: any WireProtocol.Type, _ connections: [Connection]) {
        var recorded = connections.flatMap { connection in
            Tape.exchanges(of: connection, recorder: kind.recorder()) { (connection.id * 1_000_000 + $0, .failing) }
        }
        recorded.sort { $0.exchange.requestStart < $1.exchange.requestStart }
        let shelf = Shelf(server: "stub", recorded: recorded)
        shelf.phase = .failing
        shelf.onEncounter = { encounter in self.notes.withLock { $0.encounters.append(encounter) } }
        var sessions: [Int32: any StubSession] = [:]
        while !notes.withLock({ $0.isStopped }) {
            for descriptor in Loopback.wait([listener.descriptor] + sessions.keys.sorted(), milliseconds: 50) {
                if descriptor == listener.descriptor {
                    let client = accept(descriptor, nil, nil)
                    var session = kind.stub()
                    let actions = session.opened(shelf)
                    sessions[client] = session
                    if !perform(actions, client) { sessions[client] = nil }
                } else if let bytes = Loopback.read(descriptor) {
                    let actions = sessions[descriptor]?.received(bytes[...], shelf) ?? []
                    if !perform(actions, descriptor) { sessions[descriptor] = nil }
                } else {
                    sessions[descriptor] = nil
                    close(descriptor)
                }
            }
        }
        for descriptor in sessions.keys { close(descriptor) }
        close(listener.descriptor)
    }

    private func perform(_ actions: [StubAction], _ descriptor: Int32) -> Bool {
        for action in actions {
            switch action {
            case .send(let bytes, _): _ = Loopback.writeAll(descriptor, bytes)
            case .close:
                close(descriptor)
                return false
            case .silence, .tunnel, .pause: break
            }
        }
        return true
    }
}
