import Foundation
import ReenactTimeline
import ReenactWire
import Testing

@testable import ReenactPostgres

/// Real clients with a real server, recorded; then the same programs with the stub must print the same.
@Suite(.serialized) struct RealTests {
    @Test func `every client prints the same with the stub`() throws {
        let server = try RealServer()
        defer { server.process.stop() }
        for program in RealPrograms.all {
            let relay = try RecordingRelay(to: server.port)
            let real = try run(program, port: relay.port)
            let connections = relay.stop()
            #expect(real.contains("done"), "\(program.name) with the server: \(real)")
            for connection in connections {
                var recorder = Postgres.recorder()
                for segment in connection.segments {
                    _ = recorder.received(
                        segment.bytes[...], from: segment.side, offset: segment.offset, at: segment.time)
                }
                #expect(recorder.failure == nil, "\(program.name)")
            }
            let stub = try StubServer(Postgres.self, connections)
            let played = try run(program, port: stub.port)
            let encounters = stub.stop()
            #expect(played == real, "\(program.name)")
            let misses = encounters.filter { $0.event == nil && $0.relaxations.isEmpty }
            #expect(misses.isEmpty, "\(program.name)")
            let relaxations = Set(encounters.flatMap(\.relaxations))
            #expect(relaxations == program.relaxations, "\(program.name)")
        }
    }

    private func run(_ program: RealPrograms.Program, port: UInt16) throws -> String {
        if let script = program.psql {
            return try Loopback.run(
                ["psql", "-X", "-h", "127.0.0.1", "-p", "\(port)", "-U", "me", "-d", "postgres"], input: script)
        }
        return try Loopback.run([try TestPython.path(), "-c", program.python], environment: ["PORT": "\(port)"])
    }
}
