/// Where a task that is stepped has been, and where its jumps could have led.
struct Footsteps {
    private var last: UInt64?
    private var predecessors: [UInt64: Set<UInt64>] = [:]
    private var count = 0

    /// - Parameter code: what stands at the address.
    mutating func append(_ address: UInt64, _ code: [UInt8]) {
        if let last { predecessors[address, default: []].insert(last) }
        last = address
        count += 1
        // A branch not taken this time may be taken the next.
        if let target = Instruction(code)?.target(at: address, code) {
            predecessors[target, default: []].insert(address)
        }
    }

    /// One instruction that a jump can replace; after a while without such a one, several short ones, of which only
    /// the first is ever jumped to as far as was seen.
    func canStop(_ address: UInt64, _ code: [UInt8]) -> Bool {
        if let instruction = Instruction(code), instruction.canBeMoved { return true }
        guard count > 40, let group = Instruction.group(code) else { return false }
        var before = address
        for instruction in group.dropLast() {
            let next = before + UInt64(instruction.length)
            if let seen = predecessors[next], seen != [before] { return false }
            before = next
        }
        return true
    }
}
