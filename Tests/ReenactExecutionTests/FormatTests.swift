import Foundation
import Testing

@testable import ReenactExecution

struct FormatTests {
    private func registers(_ random: inout Random) -> Registers {
        Registers(
            words: (0..<Registers.count).map { _ in random.below(3) == 0 ? random.next() : UInt64(random.below(9)) })
    }

    private func bytes(_ random: inout Random) -> [UInt8] {
        (0..<random.below(300)).map { _ in UInt8(random.below(256)) }
    }

    private func event(_ random: inout Random, time: UInt64) -> Event {
        let task = random.below(5)
        let write = MemoryWrite(address: random.next(), bytes: bytes(&random))
        var effects = Effects(writes: [write], echo: UInt8(random.below(3)))
        if random.below(2) == 0 { effects.registers = registers(&random) }
        if random.below(4) == 0 { effects.mapping = FileMapping(file: 3, offset: 4096, size: 99, isShared: true) }
        if random.below(4) == 0 { effects.fileWrites = [FileWrite(file: 1, offset: 7, bytes: bytes(&random))] }
        let body: Event.Body
        switch random.below(10) {
        case 0: body = .call(entry: registers(&random), result: Int64(bitPattern: random.next()), effects)
        case 1: body = .enter(entry: registers(&random))
        case 2: body = .leave(result: -Int64(random.below(500)), effects)
        case 3:
            body = .birth(
                Birth(
                    child: 9, tid: 4711, flags: random.next(), stack: random.next(), isThread: true, sharesMemory: true)
            )
        case 4:
            body = .signal(
                SignalDelivery(
                    number: 11, information: bytes(&random), isFault: true, at: registers(&random),
                    outcome: .handler(registers(&random), extended: bytes(&random), frame: [write])))
        case 5:
            let probes = (0..<random.below(9)).map { _ in StopPoint.Probe(address: random.next(), value: random.next())
            }
            body = .preempt(StopPoint(registers: registers(&random), fingerprint: random.next(), probes: probes))
        case 6: body = .counter(at: registers(&random), value: random.next())
        case 7: body = .draw(at: registers(&random), value: random.next())
        case 8: body = .end(End(status: 0x100, writes: [write]))
        default: body = .check(random.next())
        }
        return Event(task: task, time: time, body: body)
    }

    @Test func `events are read as they were written`() throws {
        let seed = UInt64.random(in: 0 ... .max)
        var random = Random(state: seed)
        let list = (0..<2000).map { event(&random, time: UInt64($0) * 1000) }
        var encoder = EventEncoder(startTime: 0)
        for event in list { encoder.append(event) }
        var decoder = EventDecoder(encoder.writer.bytes, startTime: 0)
        for (index, event) in list.enumerated() {
            #expect(try decoder.next() == event, "event \(index), seed \(seed)")
        }
        #expect(try decoder.next() == nil)
    }

    @Test func `damaged event bytes are an error and never a crash`() throws {
        let seed = UInt64.random(in: 0 ... .max)
        var random = Random(state: seed)
        var encoder = EventEncoder(startTime: 0)
        for index in 0..<60 { encoder.append(event(&random, time: UInt64(index))) }
        for _ in 0..<1500 {
            var bytes = encoder.writer.bytes
            for _ in 0...random.below(4) { bytes[random.below(bytes.count)] = UInt8(random.below(256)) }
            if random.below(3) == 0 { bytes.removeLast(random.below(bytes.count)) }
            var decoder = EventDecoder(bytes, startTime: 0)
            do { while try decoder.next() != nil {} } catch let error as ExecutionError {
                #expect(error.code == .damaged, "seed \(seed)")
            }
        }
    }

    private func sample() throws -> [UInt8] {
        let path = Laboratory.file("sample-\(UUID().uuidString).rexec")
        let header = RecordingHeader(
            command: ["x"], workingDirectory: "/", kernel: "6", processor: .here(), cpu: 0)
        let writer = try RecordingWriter(path, header)
        var random = Random(state: 5)
        for index in 0..<50 { try writer.append(event(&random, time: UInt64(index))) }
        try writer.finish(
            RecordingSummary(
                events: 50, tasks: 1, status: 0, nanoseconds: 9, calls: 1, preemptions: 0, signals: 0, notes: []))
        return [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
    }

    private func open(_ bytes: [UInt8]) throws -> RecordingReader {
        let path = Laboratory.file("damaged-\(UUID().uuidString).rexec")
        defer { try? FileManager.default.removeItem(atPath: path) }
        try Data(bytes).write(to: URL(fileURLWithPath: path))
        return try RecordingReader(path)
    }

    @Test func `a damaged or truncated file says so, whatever byte it is`() throws {
        let seed = UInt64.random(in: 0 ... .max)
        var random = Random(state: seed)
        let good = try sample()
        for _ in 0..<300 {
            var bytes = good
            if random.below(2) == 0 {
                bytes.removeLast(1 + random.below(bytes.count - 1))
            } else {
                let at = random.below(bytes.count)
                bytes[at] ^= UInt8(1 + random.below(255))
            }
            do {
                let reader = try open(bytes)
                #expect(reader.defect != nil, "damage went unnoticed, seed \(seed)")
                for index in 0..<reader.eventCount { _ = try reader.event(index) }
            } catch let error as ExecutionError {
                #expect(error.code == .damaged || error.code == .unsuitable, "seed \(seed)")
            }
        }
    }

    @Test func `a newer format and another architecture are named`() throws {
        var newer = try sample()
        newer[8] = 99
        let version = #expect(throws: ExecutionError.self) { _ = try open(newer) }
        #expect(version?.description.contains("format 99") == true)
        var other = try sample()
        other[12] = 183
        let architecture = #expect(throws: ExecutionError.self) { _ = try open(other) }
        #expect(architecture?.description.contains("183") == true)
    }

    @Test func `another processor is named`() {
        var other = RecordingHeader.Processor.here()
        #expect(other.differences(from: .here()).isEmpty)
        other.features["7.ebx"]? ^= 1 << 5
        #expect(RecordingHeader.Processor.here().differences(from: other).count == 1)
    }

    @Test func `every row of the tables is well formed`() {
        let rows = SystemCalls.known
        #expect(rows.count > 280)
        for row in rows {
            let count = row.arguments.split(separator: ",").count
            #expect(count <= 6, "\(row.name)")
            for output in row.outputs {
                switch output {
                case .bytes(let index, _), .always(let index, _), .message(let index):
                    #expect(index < count, "\(row.name)")
                case .result(let index, _, let limit): #expect(index < count && limit < count, "\(row.name)")
                case .array(let index, _, let other), .sized(let index, let other), .vectors(let index, let other),
                    .messages(let index, let other):
                    #expect(index < count && other < count, "\(row.name)")
                case .descriptorSets, .byCommand: break
                }
            }
        }
    }
}
