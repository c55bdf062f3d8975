import CTrace
import Foundation
import Testing

@testable import ReenactExecution

@Suite struct BufferedCallCoderTests {
    /// Calls from a few places, as programs make them: most are like the last one from there.
    private struct Calls {
        var random: Random
        private var sites: [(registers: Registers, size: Int)] = []

        init(seed: UInt64, sites count: Int = 20) {
            random = Random(state: seed)
            for index in 0..<count {
                var registers = Registers(words: (0..<Registers.count).map { _ in random.next() })
                registers.raw.rip = 0x7000_0000 + UInt64(index / 2) * 64
                registers.raw.rsp = 0x7fff_0000 + UInt64(index % 2) * 64
                sites.append((registers, [0, 8, 16, 144, 512, 520, 700, 1024, 3000][random.below(9)]))
            }
        }

        /// One call; its record as the capsule writes it, and the event that has to come of it.
        mutating func next() -> (record: [UInt64], task: Int, entry: Registers, writes: [MemoryWrite], result: Int64) {
            let site = random.below(sites.count)
            if random.below(3) == 0 { sites[site].registers.raw.rdi &+= UInt64(random.below(9)) }
            if random.below(20) == 0 { sites[site].registers.raw.rsi = random.next() }
            let (entry, size) = sites[site]
            let result = Int64(random.below(3)) - 1
            var writes: [MemoryWrite] = []
            for number in 0..<(size == 0 ? 0 : 1 + random.below(size < 700 ? 2 : 1)) {
                var bytes = [UInt8](repeating: UInt8(site & 0xff), count: random.below(9) == 0 ? size + 3 : size)
                switch random.below(4) {
                case 0: bytes = bytes.map { _ in 0 }
                case 1: for at in bytes.indices { bytes[at] = UInt8(random.below(256)) }
                default: bytes[random.below(bytes.count)] = UInt8(random.below(256))
                }
                let address = entry.raw.r10 &+ UInt64(number * 4096 + (random.below(9) == 0 ? 8 : 0))
                writes.append(MemoryWrite(address: address, bytes: bytes))
            }
            var words = [UInt64](repeating: 0, count: MemoryLayout<ct_record>.size / 8)
            for write in writes {
                var padded = write.bytes
                padded += [UInt8](repeating: 0, count: (8 - padded.count % 8) % 8)
                words += [write.address, UInt64(write.bytes.count)]
                padded.withUnsafeBytes { words += Array($0.bindMemory(to: UInt64.self)) }
            }
            let length = words.count * 8
            words.withUnsafeMutableBytes {
                var head = ct_record()
                (head.size, head.result, head.outputs) = (UInt32(length), result, UInt32(writes.count))
                $0.baseAddress!.storeBytes(of: head, as: ct_record.self)
            }
            return (words, random.below(2), entry, writes, result)
        }
    }

    private func encoded(_ seed: UInt64, _ count: Int, sites: Int = 20) -> (bytes: [UInt8], events: [Event]) {
        var calls = Calls(seed: seed, sites: sites)
        var encoder = EventEncoder(startTime: 0)
        let past = PastIndex()
        var events: [Event] = []
        for index in 0..<count {
            let time = UInt64(index * 100 + calls.random.below(2))
            if calls.random.below(10) == 0 {
                let event = Event(task: calls.random.below(3), time: time, body: .enter(entry: calls.next().entry))
                encoder.append(event)
                events.append(event)
                continue
            }
            var (record, task, entry, writes, result) = calls.next()
            record.withUnsafeMutableBytes {
                encoder.append(
                    BufferedRecord(place: $0.baseAddress!), task: task, time: time, entry: &entry, past,
                    keepsInput: false)
            }
            let effects = Effects(writes: writes)
            events.append(Event(task: task, time: time, body: .call(entry: entry, result: result, effects)))
        }
        return (encoder.writer.bytes, events)
    }

    @Test(arguments: [20, 6000]) func `buffered calls are read as they were made`(sites: Int) throws {
        let seed = UInt64.random(in: 0 ... .max)
        let (bytes, events) = encoded(seed, 8000, sites: sites)
        var decoder = EventDecoder(bytes, startTime: 0)
        let past = PastBytes()
        for (index, event) in events.enumerated() {
            let found = try #require(try decoder.next(), "event \(index), seed \(seed)")
            guard case .call(let entry, let result, let effects) = found.body, effects.remembered == .output,
                case .call(let wantedEntry, let wantedResult, let wanted) = event.body
            else {
                #expect(found == event, "event \(index), seed \(seed)")
                continue
            }
            #expect(entry == wantedEntry && result == wantedResult, "event \(index), seed \(seed)")
            // What was read before comes from there.
            var parts = effects.writes
            for copy in effects.copies {
                let bytes = try #require(past.bytes(distance: copy.distance, count: copy.count), "seed \(seed)")
                #expect(PastBytes.check(bytes) == copy.check, "seed \(seed)")
                parts.append(MemoryWrite(address: copy.address, bytes: Array(bytes)))
            }
            for write in effects.writes where write.bytes.count >= ct_kept_least {
                write.bytes.withUnsafeBytes { _ = past.append($0) }
            }
            let whole = parts.sorted { $0.address < $1.address }.flatMap(\.bytes)
            #expect(whole == wanted.writes.flatMap(\.bytes), "event \(index), seed \(seed)")
        }
        #expect(try decoder.next() == nil)
    }

    @Test func `damaged bytes of buffered calls are an error and never a crash`() throws {
        let seed = UInt64.random(in: 0 ... .max)
        var random = Random(state: seed)
        let good = encoded(seed, 150).bytes
        for _ in 0..<1500 {
            var bytes = good
            for _ in 0...random.below(4) { bytes[random.below(bytes.count)] = UInt8(random.below(256)) }
            if random.below(3) == 0 { bytes.removeLast(random.below(bytes.count)) }
            var decoder = EventDecoder(bytes, startTime: 0)
            do { while try decoder.next() != nil {} } catch let error as ExecutionError {
                #expect(error.code == .damaged, "seed \(seed)")
            }
        }
    }

    /// What a recording says of itself is written by hand, and read by Foundation.
    @Test func `texts of any kind come back from the header`() throws {
        let odd = "a\"b\\c\n\t\u{1}\u{7f}é\u{2028}😀\r/"
        let header = RecordingHeader(
            command: [odd, "", "x"], workingDirectory: odd, kernel: odd, processor: .here(), cpu: 3)
        #expect(try JSONDecoder().decode(RecordingHeader.self, from: Data(JSONWriter.bytes(header))) == header)
        let file = RecordedFile(id: 7, path: odd, size: .max, hash: .max, isEmbedded: true)
        #expect(try JSONDecoder().decode(RecordedFile.self, from: Data(JSONWriter.bytes(file))) == file)
        for buffered in [nil, 5] {
            let summary = RecordingSummary(
                events: 1, tasks: 2, status: -3, nanoseconds: .max, calls: 4, preemptions: 5, signals: 6,
                notes: [odd, "y"], buffered: buffered)
            #expect(try JSONDecoder().decode(RecordingSummary.self, from: Data(JSONWriter.bytes(summary))) == summary)
        }
    }
}
