import Foundation
import Glibc

/// Reads a recording: looks at all chunks' heads first, unpacks one chunk at a time.
public final class RecordingReader {
    public let header: RecordingHeader
    /// Nil where the recorder did not come to its end.
    public let summary: RecordingSummary?
    /// What is wrong with the end of the file, where something is: everything before it can be replayed.
    public let defect: String?
    /// Events that can be read.
    public let eventCount: Int
    let files: [Int: RecordedFile]

    private struct Chunk {
        var kind: RecordingFormat.Kind
        var events: Int
        var firstEvent: Int
        var startTime: UInt64
        var size: Int
        var stored: Int
        var checksum: UInt32
        var offset: Int
    }

    private let bytes: Data
    private let chunks: [Chunk]
    private let contents: [Int: [Chunk]]
    private var cached: (chunk: Int, events: [Event])?
    private var stream: EventStream?

    public init(_ path: String) throws {
        bytes = try RecordingReader.bytes(of: path)
        try RecordingReader.checkPreamble(bytes, path)
        let (all, defect) = RecordingReader.scan(bytes)
        guard let first = all.first, first.kind == .header else {
            throw ExecutionError(.damaged, "\(path): the header is damaged; take an intact copy")
        }
        var files: [Int: RecordedFile] = [:]
        var contents: [Int: [Chunk]] = [:]
        var current: Int?
        var summary: RecordingSummary?
        header = try RecordingReader.decode(JSONReader.header, try RecordingReader.unpack(first, bytes))
        for chunk in all {
            switch chunk.kind {
            case .file:
                let file = try RecordingReader.decode(JSONReader.file, try RecordingReader.unpack(chunk, bytes))
                files[file.id] = file
                current = file.id
            case .contents: if let current { contents[current, default: []].append(chunk) }
            case .summary:
                summary = try RecordingReader.decode(JSONReader.summary, try RecordingReader.unpack(chunk, bytes))
            case .header, .events: break
            }
        }
        self.files = files
        self.contents = contents
        self.summary = summary
        chunks = all.filter { $0.kind == .events }
        eventCount = chunks.reduce(0) { $0 + $1.events }
        self.defect = defect ?? (summary == nil ? "the recorder did not come to its end" : nil)
    }

    /// Events are asked for in their order, but for the last few: they are read one by one, as they are needed, and not
    /// kept. One that is asked for nevertheless is there.
    func readsOnce() { stream = EventStream() }

    /// The event of this number.
    func event(_ index: Int) throws -> Event? {
        if let event = try stream?.event(index) { return event }
        if let cached, let event = RecordingReader.find(index, in: cached, chunks[cached.chunk].firstEvent) {
            return event
        }
        guard
            let place = chunks.firstIndex(where: { index >= $0.firstEvent && index < $0.firstEvent + $0.events })
        else { return nil }
        let chunk = chunks[place]
        var decoder = EventDecoder(try RecordingReader.unpack(chunk, bytes), startTime: chunk.startTime)
        if let stream, stream.begin(decoder, at: chunk.firstEvent, count: chunk.events) {
            return try stream.event(index)
        }
        var events: [Event] = []
        events.reserveCapacity(chunk.events)
        while events.count <= chunk.events, let event = try decoder.next() { events.append(event) }
        guard events.count == chunk.events else { throw ByteReader.wrong("a chunk has another number of events") }
        cached = (place, events)
        return events[index - chunk.firstEvent]
    }

    private static func find(_ index: Int, in cached: (chunk: Int, events: [Event]), _ first: Int) -> Event? {
        let place = index - first
        return cached.events.indices.contains(place) ? cached.events[place] : nil
    }

    /// The bytes of an embedded file, piece by piece.
    func contents(of file: Int, _ body: ([UInt8]) throws -> Void) throws {
        for chunk in contents[file] ?? [] { try body(RecordingReader.unpack(chunk, bytes)) }
    }

    /// Mapped, where that can be done. Foundation's own way makes a URL first, which takes longer than all of this.
    private static func bytes(of path: String) throws -> Data {
        func failure(_ code: Int32) -> ExecutionError {
            if code == ENOENT || code == ENOTDIR {
                return ExecutionError(
                    .notFound, "\(path): no such recording; `reenact record --exec` says where it writes one")
            }
            return ExecutionError(
                .inputOutput, "\(path): \(String(cString: strerror(code))); is it a file that may be read?")
        }
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure(errno) }
        defer { close(descriptor) }
        var information = stat()
        guard fstat(descriptor, &information) == 0 else { throw failure(errno) }
        let size = Int(information.st_size)
        if information.st_mode & S_IFMT == S_IFREG, size > 0,
            let place = mmap(nil, size, PROT_READ, MAP_PRIVATE, descriptor, 0), place != MAP_FAILED
        {
            return Data(bytesNoCopy: place, count: size, deallocator: .custom { munmap($0, $1) })
        }
        var result = Data()
        var part = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = read(descriptor, &part, part.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw failure(errno) }
            guard count > 0 else { return result }
            result.append(contentsOf: part[..<count])
        }
    }

    private static func checkPreamble(_ bytes: Data, _ path: String) throws {
        guard bytes.count >= 16, bytes.prefix(8).elementsEqual(RecordingFormat.magic) else {
            throw ExecutionError(
                .damaged, "\(path): not an execution recording; make one with `reenact record --exec -- COMMAND`")
        }
        let version = number(bytes, 8)
        guard (RecordingFormat.oldestVersion...RecordingFormat.version).contains(version) else {
            throw ExecutionError(
                .unsuitable,
                "\(path): format \(version), and this build reads \(RecordingFormat.oldestVersion) to \(RecordingFormat.version); "
                    + "use the build that recorded it"
            )
        }
        let architecture = number(bytes, 12)
        guard architecture == RecordingFormat.architecture else {
            throw ExecutionError(
                .unsuitable,
                "\(path): recorded on another architecture (ELF machine \(architecture)), and this is x86-64 (62); "
                    + "replay it on a machine like the one that recorded it")
        }
    }

    private static func number(_ bytes: Data, _ at: Int) -> UInt32 {
        (0..<4).reduce(0) { $0 | UInt32(bytes[bytes.startIndex + at + $1]) << (8 * UInt32($1)) }
    }

    private static func wide(_ bytes: Data, _ at: Int) -> UInt64 {
        UInt64(number(bytes, at)) | UInt64(number(bytes, at + 4)) << 32
    }

    private static func scan(_ bytes: Data) -> ([Chunk], defect: String?) {
        var chunks: [Chunk] = []
        var at = 16
        var events = 0
        while at < bytes.count {
            let where_ = "at byte \(at) of \(bytes.count)"
            guard bytes.count - at >= RecordingFormat.headSize else { return (chunks, "it is cut off \(where_)") }
            let head = Array(bytes[bytes.startIndex + at..<bytes.startIndex + at + 36])
            guard Compression.checksum(head) == number(bytes, at + 36),
                let kind = RecordingFormat.Kind(rawValue: number(bytes, at))
            else { return (chunks, "it is damaged \(where_)") }
            let chunk = Chunk(
                kind: kind, events: Int(number(bytes, at + 4)), firstEvent: Int(clamping: wide(bytes, at + 8)),
                startTime: wide(bytes, at + 16), size: Int(number(bytes, at + 24)), stored: Int(number(bytes, at + 28)),
                checksum: number(bytes, at + 32), offset: at + RecordingFormat.headSize)
            guard chunk.size <= RecordingFormat.chunkMax, chunk.stored <= bytes.count - chunk.offset else {
                return (chunks, "it is cut off \(where_)")
            }
            let stored = [UInt8](
                bytes[bytes.startIndex + chunk.offset..<bytes.startIndex + chunk.offset + chunk.stored])
            guard Compression.checksum(stored) == chunk.checksum else { return (chunks, "it is damaged \(where_)") }
            if kind == .events {
                guard chunk.firstEvent == events, chunk.events <= min(chunk.size, RecordingFormat.eventsMax) else {
                    return (chunks, "events are missing \(where_)")
                }
                events += chunk.events
            }
            chunks.append(chunk)
            at = chunk.offset + chunk.stored
        }
        return (chunks, nil)
    }

    private static func unpack(_ chunk: Chunk, _ bytes: Data) throws -> [UInt8] {
        let start = bytes.startIndex + chunk.offset
        return try Compression.unpack([UInt8](bytes[start..<start + chunk.stored]), size: chunk.size)
    }

    private static func decode<Value>(_ read: ([UInt8]) throws -> Value, _ bytes: [UInt8]) throws -> Value {
        do { return try read(bytes) } catch { throw ByteReader.wrong("what it says of itself can't be read") }
    }
}

extension RecordingReader {
    /// Whether a file begins as recordings do, whatever its name is.
    public static func isRecording(_ path: String) -> Bool {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        var information = stat()
        var start = [UInt8](repeating: 0, count: 8)
        return fstat(descriptor, &information) == 0 && information.st_mode & S_IFMT == S_IFREG
            && read(descriptor, &start, 8) == 8 && start == RecordingFormat.magic
    }
}
