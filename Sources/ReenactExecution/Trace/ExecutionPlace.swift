/// An instruction's place, as people look for it.
public struct ExecutionPlace: Sendable, Equatable {
    public var address: UInt64
    /// The mapped file; empty for memory without one.
    public var file: String
    /// The instruction's place in the file.
    public var offset: UInt64
    /// The function that its symbols name; empty where none does.
    public var function: String

    /// `strlen (libc.so.6+0x9f2c4)`, `crash+0x1146`, `0x7f0012`.
    public var text: String {
        guard !file.isEmpty else { return hexadecimal(address) }
        let name = file.split(separator: "/").last.map(String.init) ?? file
        return function.isEmpty ? "\(name)+\(hexadecimal(offset))" : "\(function) (\(name)+\(hexadecimal(offset)))"
    }
}

/// Which files a process has mapped where; threads share one.
final class ExecutionPlaces {
    private struct Stretch {
        var start: UInt64
        var end: UInt64
        var file: Int
        var offset: UInt64
    }

    private var stretches: [Stretch] = []

    init() {}

    init(_ image: ProgramImage) {
        for region in image.regions {
            guard let file = region.file else { continue }
            add(at: region.start, length: region.end - region.start, file: file, offset: region.offset)
        }
    }

    func copy() -> ExecutionPlaces {
        let copy = ExecutionPlaces()
        copy.stretches = stretches
        return copy
    }

    func add(at start: UInt64, length: UInt64, file: Int, offset: UInt64) {
        let (end, isOver) = start.addingReportingOverflow(length)
        guard !isOver else { return }
        // What it covers wholly is gone; of the rest the latest counts.
        stretches.removeAll { $0.start >= start && $0.end <= end }
        stretches.append(Stretch(start: start, end: end, file: file, offset: offset))
    }

    func place(of address: UInt64, _ reader: RecordingReader) -> ExecutionPlace {
        guard let stretch = stretches.last(where: { $0.start <= address && address < $0.end }),
            let file = reader.files[stretch.file]
        else { return ExecutionPlace(address: address, file: "", offset: 0, function: "") }
        let offset = address - stretch.start &+ stretch.offset
        let symbols = SymbolTable(reader.text(of: file))
        return ExecutionPlace(
            address: address, file: file.path, offset: offset, function: symbols?.function(at: offset) ?? "")
    }
}

extension RecordingReader {
    /// A mapped file's bytes: from the recording, else from the disk where it has the recorded size; empty otherwise.
    fileprivate func text(of file: RecordedFile) -> [UInt8] {
        guard file.size <= 256 << 20 else { return [] }
        if file.isEmbedded {
            var bytes: [UInt8] = []
            try? contents(of: file.id) { bytes += $0 }
            return bytes
        }
        let bytes = ProcFile.read(file.path) ?? []
        return UInt64(bytes.count) == file.size ? bytes : []
    }
}
