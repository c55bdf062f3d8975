import CZlib
import Glibc

/// The layout of a recording: a preamble, then chunks with a head of 40 bytes each.
enum RecordingFormat {
    static let magic: [UInt8] = Array("REENEXEC".utf8)
    static let version: UInt32 = 6
    /// The oldest that is read: without references to earlier bytes (3), to the last call from a place (4), numbers
    /// that the processor draws (5), and chunks packed by zstd (6).
    static let oldestVersion: UInt32 = 2
    /// EM_X86_64 of elf.h.
    static let architecture: UInt32 = 62
    static let headSize = 40
    static let chunkMax = 64 << 20
    /// Of a chunk; and what its outputs come to where they are not written as they are.
    static let eventsMax = 1 << 17
    static let outputMax = 1 << 30

    enum Kind: UInt32 {
        case header = 1
        case events = 2
        /// JSON of a `RecordedFile`.
        case file = 3
        /// Bytes of the file described last.
        case contents = 4
        case summary = 5
    }
}

/// Writes a recording, chunk by chunk: what is on the disk can be replayed even where the end is missing.
final class RecordingWriter {
    private let descriptor: Int32
    private let path: String
    private var encoder = EventEncoder(startTime: 0)
    private let past = PastIndex()
    private let packer = Packer()
    private var inChunk = 0
    private var outputInChunk = 0
    private(set) var events = 0
    private(set) var bytes = 0
    private var time: UInt64 = 0

    init(_ path: String, _ header: RecordingHeader) throws {
        self.path = path
        descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw ExecutionError(
                .inputOutput, "\(path): \(String(cString: strerror(errno))); choose another place with --output")
        }
        var preamble = RecordingFormat.magic
        for value in [RecordingFormat.version, RecordingFormat.architecture] {
            withUnsafeBytes(of: value.littleEndian) { preamble.append(contentsOf: $0) }
        }
        try preamble.withUnsafeBytes { try put($0) }
        try chunk(.header, JSONWriter.bytes(header), events: 0, startTime: 0)
    }

    deinit { close(descriptor) }

    func append(_ event: Event) throws {
        encoder.append(event)
        events += 1
        inChunk += 1
        time = event.time
        if isFull { try flush() }
    }

    /// - Parameter keepsInput: what the program handed over may be referred to.
    func append(
        _ record: BufferedRecord, task: Int, time now: UInt64, entry: UnsafePointer<Registers>, keepsInput: Bool
    ) throws {
        encoder.append(record, task: task, time: now, entry: entry, past, keepsInput: keepsInput)
        outputInChunk += record.size
        events += 1
        inChunk += 1
        time = now
        if isFull { try flush() }
    }

    /// A reader unpacks a chunk as a whole.
    private var isFull: Bool { encoder.writer.count >= 256 << 10 || inChunk >= 1 << 14 || outputInChunk >= 32 << 20 }

    func append(_ file: RecordedFile, contents: UnsafeRawBufferPointer?) throws {
        try chunk(.file, JSONWriter.bytes(file), events: 0, startTime: 0)
        guard let contents else { return }
        var at = 0
        while at < contents.count {
            let end = min(at + (4 << 20), contents.count)
            try chunk(.contents, Array(contents[at..<end]), events: 0, startTime: 0)
            at = end
        }
    }

    func finish(_ summary: RecordingSummary) throws {
        try flush()
        try chunk(.summary, JSONWriter.bytes(summary), events: 0, startTime: 0)
    }

    private func flush() throws {
        guard inChunk > 0 else { return }
        try encoder.writer.withBytes { try chunk(.events, $0, events: inChunk, startTime: chunkStart) }
        chunkStart = time
        encoder.begin(at: time)
        (inChunk, outputInChunk) = (0, 0)
    }

    private var chunkStart: UInt64 = 0

    private func chunk(_ kind: RecordingFormat.Kind, _ raw: [UInt8], events: Int, startTime: UInt64) throws {
        try raw.withUnsafeBytes { try chunk(kind, $0, events: events, startTime: startTime) }
    }

    private func chunk(
        _ kind: RecordingFormat.Kind, _ raw: UnsafeRawBufferPointer, events: Int, startTime: UInt64
    ) throws {
        let stored = packer.pack(raw)
        var head: [UInt8] = []
        func add<Value: FixedWidthInteger>(_ value: Value) {
            withUnsafeBytes(of: value.littleEndian) { head.append(contentsOf: $0) }
        }
        add(kind.rawValue)
        add(UInt32(events))
        add(UInt64(self.events - inChunk))
        add(startTime)
        add(UInt32(raw.count))
        add(UInt32(stored.count))
        let check = crc32(0, stored.baseAddress?.assumingMemoryBound(to: UInt8.self), UInt32(stored.count))
        add(UInt32(truncatingIfNeeded: check))
        add(Compression.checksum(head))
        try head.withUnsafeBytes { try put($0) }
        try put(stored)
    }

    private func put(_ data: UnsafeRawBufferPointer) throws {
        var done = 0
        while done < data.count {
            let count = write(descriptor, data.baseAddress! + done, data.count - done)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else {
                throw ExecutionError(
                    .inputOutput,
                    "\(path): \(String(cString: strerror(errno))); free some space, or choose another place "
                        + "with --output")
            }
            done += count
        }
        bytes += data.count
    }
}
