import CTrace
import Glibc

/// Numbers that the processor draws: their instructions are made to fault wherever text comes into memory, and get
/// their numbers here.
extension ExecutionRecorder {
    /// Marks the instructions in a mapping.
    ///
    /// - Returns: what was written to memory.
    func markDraws(_ region: MemoryRegion, file: RecordedFile, _ memory: ProcessMemory) throws -> [MemoryWrite] {
        guard HardwareNumbers.isOffered, !region.isShared else { return [] }
        let found = files.draws(in: region.offset..<region.offset + region.length, of: file.id)
        doubt(found, region.name)
        let writes = found.marks.map {
            MemoryWrite(address: region.start + ($0 - region.offset), bytes: [DrawInstruction.mark])
        }
        for write in writes { try memory.write(write.address, write.bytes) }
        return writes
    }

    /// A call has made memory executable, or has mapped text.
    func markDraws(_ task: RecordedTask, _ entry: Registers, _ result: Int64, _ effects: inout Effects) throws {
        guard HardwareNumbers.isOffered, entry.argument(2) & 4 != 0, result >= 0 || result < -4095 else { return }
        let start = entry.call == 9 ? UInt64(bitPattern: result) : entry.argument(0)
        let (end, over) = start.addingReportingOverflow((entry.argument(1) &+ 4095) / 4096 * 4096)
        guard !over else { return }
        if entry.call == 9 {
            guard let mapping = effects.mapping, entry.argument(3) & 3 == 2, !mapping.isShared else { return }
            let found = files.draws(in: mapping.offset..<mapping.offset + (end - start), of: mapping.file)
            guard !(found.marks.isEmpty && found.doubts.isEmpty) else { return }
        }
        for region in MemoryMap.of(task.memory.process)
        where region.isExecutable && !region.isShared && region.start < end && region.end > start {
            let part = max(region.start, start)..<min(region.end, end)
            guard part.upperBound - part.lowerBound <= HardwareNumbers.longest else { continue }
            effects.writes += try markDraws(in: part, region, task.memory)
        }
    }

    /// As the memory is now: the program may have written to it since it was mapped.
    private func markDraws(
        in range: Range<UInt64>, _ region: MemoryRegion, _ memory: ProcessMemory
    ) throws -> [MemoryWrite] {
        let known = region.isFile ? try files.file(region.name, inode: region.inode) : nil
        let offset = region.offset + (range.lowerBound - region.start)
        let length = range.upperBound - range.lowerBound
        let bytes = memory.read(range.lowerBound, Int(length))
        let found: DrawFinder.Found
        if let known, files.holds(bytes, file: known.id, offset: offset) {
            found = files.draws(in: offset..<offset + length, of: known.id)
        } else {
            let seen = bytes.withUnsafeBytes { DrawFinder($0).find(in: 0..<UInt64($0.count)) }
            found = DrawFinder.Found(marks: seen.marks.map { $0 + offset }, doubts: seen.doubts.map { $0 + offset })
        }
        if region.isFile { doubt(found, region.name) }
        let writes = found.marks.filter { $0 >= offset && $0 - offset < length }.map {
            MemoryWrite(address: range.lowerBound + ($0 - offset), bytes: [DrawInstruction.mark])
        }
        for write in writes { try memory.write(write.address, write.bytes) }
        return writes
    }

    private func doubt(_ found: DrawFinder.Found, _ name: String) {
        guard let first = found.doubts.first else { return }
        note(
            "\(name) seems to have rdrand or rdseed at \(hexadecimal(first)) of the file, where it is not sure that "
                + "instructions stand: if the program executes that, a replay differs; \(HardwareNumbers.remedy)")
    }

    /// An instruction that was marked: it faults, and gets its number here.
    func draw(_ task: RecordedTask, _ registers: Registers, _ code: [UInt8]? = nil) throws -> Bool {
        let code = code ?? task.memory.read(registers.raw.rip, 16)
        guard let instruction = DrawInstruction(code, isMarked: true) else { return false }
        let value = UInt64.random(in: 0 ... .max)
        try emit(task, .draw(at: registers, value: value))
        try task.tracee.set(instruction.executed(registers, value: value))
        return true
    }
}
