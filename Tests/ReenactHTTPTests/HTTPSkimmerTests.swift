import ReenactTesting
import ReenactTimeline
import ReenactWire
import ReenactWireTesting
import Testing

@testable import ReenactHTTP

/// A skimmer is certain or says nothing: a recorder that passes over what it found goes on as if it had read that.
struct HTTPSkimmerTests {
    /// Behind the last segment of each exchange, and the bytes of each side up to there.
    private typealias Ends = [(segments: Int, client: Int, server: Int)]

    private func skim(_ segments: [Segment]) throws -> Ends {
        var skimmer = try #require(HTTP.recorder().skimmer)
        var run: Ends = []
        var length = (client: 0, server: 0)
        for (index, segment) in segments.enumerated() {
            let told = segment.bytes.withUnsafeBytes { skimmer.take($0, from: segment.side) }
            guard told != .lost else { break }
            if segment.side == .client { length.client += segment.bytes.count }
            if segment.side == .server { length.server += segment.bytes.count }
            if told == .ended { run.append((index + 1, length.client, length.server)) }
        }
        return run
    }

    private func read(
        _ segments: ArraySlice<Segment>, by recorder: inout any ExchangeRecorder
    ) -> [Exchange] {
        segments.flatMap { segment in
            recorder.received(segment.bytes[...], from: segment.side, offset: segment.offset, at: segment.time)
                .compactMap { if case .ended(let exchange) = $0 { exchange } else { nil } }
        }
    }

    private func outliner() -> any ExchangeRecorder {
        var recorder = HTTP.recorder()
        recorder.limitToOutline()
        return recorder
    }

    /// How many exchanges it finds; expects that each of them may be passed over.
    private func check(_ dialogue: Dialogue, cut: Dialogue.Cut, _ what: Comment) throws -> Int {
        let segments = dialogue.connection(cut: cut).segments
        let run = try skim(segments)
        var whole = outliner()
        let wanted = read(segments[...], by: &whole)
        for (index, end) in run.enumerated() {
            var rest = outliner()
            rest.passOver(exchanges: index + 1, client: end.client, server: end.server)
            let found = read(segments[end.segments...], by: &rest)
            #expect(found == wanted.filter { $0.ordinal > index }, what)
            #expect(rest.failure == whole.failure, what)
            let passed = wanted.filter { $0.ordinal <= index }
            #expect(passed.count == index + 1, what)
            #expect(passed.last?.response?.end == end.server && passed.last?.request.end == end.client, what)
            #expect(passed.last?.responseEnd == segments[end.segments - 1].time, what)
        }
        return run.count
    }

    @Test(arguments: [
        ("get", 1), ("keep-alive", 2), ("pipelined", 0), ("chunked", 0), ("until close", 0), ("no body", 3),
        ("continue", 0), ("form", 1), ("multipart", 1), ("connect", 0), ("bare line feeds", 0), ("early hints", 0),
    ])
    func `plain exchanges are found, and rarer ones left to the recorder`(name: String, count: Int) throws {
        let dialogue = try #require(Transcripts.all.first { $0.name == name }?.dialogue)
        #expect(try check(dialogue, cut: .whole, "\(name)") == count)
    }

    @Test func `bodies are passed over in whatever cut they come, heads only in one piece`() throws {
        let head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n"
        let body = "1a\r\nabcdefghijklmnopqrstuvwxyz\r\n3\r\nend\r\n0\r\n\r\n"
        var found = 0
        for cut in 1..<body.utf8.count {
            let dialogue = Dialogue([
                .client("POST / HTTP/1.1\r\nContent-Length: 5\r\n\r\nab"), .client("cde"),
                .server(head + body.prefix(cut)), .server(String(body.dropFirst(cut))),
                .client("GET /next HTTP/1.1\r\n\r\n"), .server("HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\nab"),
                .server("cdef"),
            ])
            found += try check(dialogue, cut: .whole, "cut \(cut)")
            #expect(try check(dialogue, cut: .bytes, "cut \(cut)") == 0)
        }
        #expect(found > body.utf8.count)
    }

    @Test(arguments: 1...4)
    func `whatever comes, what it finds is what a reading finds`(seed: Int) throws {
        var generator = SeededGenerator(seed: UInt64(seed))
        var found = 0
        let plain = Transcripts.all.filter { ["get", "keep-alive", "no body", "form", "multipart"].contains($0.name) }
        for round in 0..<300 {
            var lines: [Dialogue.Line] = []
            for _ in 0..<4 {
                let all = Int.random(in: 0..<3, using: &generator) == 0 ? Transcripts.all : plain
                let drawn = try #require(all.randomElement(using: &generator)).dialogue.lines
                for line in drawn {
                    let isDamaged = Int.random(in: 0..<12, using: &generator) == 0
                    switch line {
                    case .client(let bytes):
                        lines.append(.client(isDamaged ? mutated(bytes, using: &generator) : bytes))
                    case .server(let bytes):
                        lines.append(.server(isDamaged ? mutated(bytes, using: &generator) : bytes))
                    case .close: break
                    }
                }
            }
            let cut: Dialogue.Cut = round % 4 == 0 ? .random(seed: UInt64(round)) : .whole
            found += try check(Dialogue(lines), cut: cut, "seed \(seed), round \(round)")
        }
        #expect(found > 300)
    }
}
