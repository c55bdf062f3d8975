import CTrace
import Glibc

extension ExecutionRecorder {
    func pagesInFlight(_ space: AddressSpace) -> Set<UInt64> {
        var own: [Range<UInt64>] = []
        var foreign: [PagesInFlight.Foreign] = []
        for task in tasks.values {
            guard let call = task.call else { continue }
            let ranges = Outputs(memory: task.memory).ranges(call.model, call.entry, result: nil) ?? []
            if task.space === space {
                own += ranges
            } else {
                foreign.append(PagesInFlight.Foreign(process: task.memory.process, ranges: ranges))
            }
        }
        return PagesInFlight.of(space.memory.process, own: own, foreign: foreign)
    }

    /// Writes down the fingerprint of a task's memory.
    func check(_ task: RecordedTask) throws {
        let began = now()
        let value = Fingerprint.of(task.memory, excluding: pagesInFlight(task.space))
        try emit(task, .check(value))
        let space = task.space
        space.lastCheck = now()
        space.checkCost = space.lastCheck - began
        space.timeAtCheck = ct_process_time(task.group)
        space.callsSinceCheck = 0
    }

    func checkNowAndThen(_ task: RecordedTask) throws {
        let space = task.space
        space.callsSinceCheck += 1
        if options.checkEvery > 0 {
            if space.callsSinceCheck >= options.checkEvery { try check(task) }
        } else if space.callsSinceCheck >= 16, isCheckDue(task) {
            try check(task)
        }
    }

    /// A check is to cost half a percent of the program's own time: on a busy machine more passes.
    private func isCheckDue(_ task: RecordedTask) -> Bool {
        let space = task.space
        let passed = now() - space.lastCheck
        guard passed > 50_000_000 else { return false }
        // What the first one will cost is guessed: about a microsecond a page.
        if space.checkCost == 0 { space.checkCost = space.memory.ownPages * 1000 }
        guard passed > space.checkCost * 200 else { return false }
        return ct_process_time(task.group) - space.timeAtCheck > Int64(space.checkCost * 200)
    }

    /// A call has changed the memory map: what it mapped, where that is not mere zeros.
    func mapped(_ task: RecordedTask, _ entry: Registers, _ result: Int64, _ effects: inout Effects) throws {
        let place = UInt64(bitPattern: result)
        switch entry.call {
        case 9:
            let flags = entry.argument(3)
            guard flags & 0x20 == 0 else { return }
            let descriptor = Int32(truncatingIfNeeded: Int64(bitPattern: entry.argument(4)))
            let link = "/proc/\(task.tid)/fd/\(descriptor)"
            let known = files.shared.count
            effects.mapping = try files.mapping(
                link, offset: entry.argument(5), isShared: flags & 3 != 2,
                place: place, length: entry.argument(1), memory: task.memory)
            if let mapping = effects.mapping, mapping.isShared, files.shared.count == known {
                effects.fileWrites = files.contents(again: mapping, link)
            }
        case 30:
            guard let region = MemoryMap.of(task.memory.process).first(where: { $0.start == place }) else { return }
            effects.mapping = try files.mapping(
                segment: entry.argument(0), bytes: task.memory.read(place, Int(region.length)))
        default: break
        }
    }
}
