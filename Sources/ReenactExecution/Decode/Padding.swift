/// Room for a jump beside a system call: bytes between functions, or behind an unconditional jump, that only align what
/// follows. A system call instruction has two bytes, which are enough for a short jump there.
enum Padding {
    /// A jump to anywhere near, and a short jump.
    static let needed = 5
    static let neededForHop = 2
    /// How far a short jump goes.
    static let reach = 127

    static let hopsMax = 4

    /// Where there is room within a short jump's reach, or within that of further short jumps for which there is.
    ///
    /// - Parameter code: the program's own text around the call.
    /// - Parameter site: where in `code` the instruction stands.
    /// - Parameter used: where in `code` there are jumps already.
    /// - Returns: offsets in `code`: the hops, if there are any, and the place of the jump.
    static func near(_ site: Int, in code: [UInt8], used: [Range<Int>] = []) -> [Int]? {
        let rooms = behind(site, code).flatMap { free($0, used) }
        func reachable(_ place: Int, from: Int) -> Bool { place > from && place - (from + 2) <= reach }
        if let direct = rooms.first(where: { $0.length >= needed && reachable($0.start, from: site) }) {
            return [direct.start]
        }
        if let direct = before(site, code, used) { return [direct] }
        // As far as each goes.
        var path: [Int] = []
        var from = site
        while path.count < hopsMax, let hop = rooms.last(where: { reachable($0.start, from: from) }) {
            path.append(hop.start)
            if let far = rooms.first(where: { $0.length >= needed && reachable($0.start, from: hop.start) }) {
                return path + [far.start]
            }
            from = hop.start
        }
        return nil
    }

    /// From the call on, what is an instruction's beginning is certain.
    private static func behind(_ site: Int, _ code: [UInt8]) -> [(start: Int, length: Int)] {
        var result: [(start: Int, length: Int)] = []
        var at = site + 2
        while at + 16 < code.count, let length = length(code, at) {
            let isEnd = isEnd(code, at, length)
            at += length
            guard isEnd else { continue }
            let found = room(code, at)
            if found >= neededForHop { result.append((at, found)) }
            at += found
        }
        return result
    }

    /// Before it, instructions are read from many beginnings; those that meet the call agree on the way soon.
    private static func before(_ site: Int, _ code: [UInt8], _ used: [Range<Int>]) -> Int? {
        let reach = 126
        let start = site - reach - 96
        guard start >= 0 else { return nil }
        // Each place is read once: the ways from all beginnings soon are one.
        var lengths = [Int?](repeating: 0, count: site - start)
        var votes = [Int](repeating: 0, count: site - start)
        var voters = 0
        var path: [Int] = []
        for first in start..<start + 48 {
            var at = first
            path.removeAll(keepingCapacity: true)
            while at < site {
                if lengths[at - start] == 0 { lengths[at - start] = length(code, at) }
                guard let length = lengths[at - start] else { break }
                path.append(at)
                at += length
            }
            guard at == site else { continue }
            voters += 1
            for place in path { votes[place - start] += 1 }
        }
        guard voters >= 8 else { return nil }
        for at in stride(from: site - needed, through: site - reach, by: -1) {
            guard votes[at - start] == voters, let length = lengths[at - start], isEnd(code, at, length),
                at + length < site, votes[at + length - start] == voters
            else { continue }
            let rooms = free((at + length, min(room(code, at + length), site - at - length)), used)
            if let room = rooms.first(where: { $0.length >= needed && $0.start >= site - reach }) { return room.start }
        }
        return nil
    }

    /// What is left of a room beside jumps that stand there.
    private static func free(_ room: (start: Int, length: Int), _ used: [Range<Int>]) -> [(start: Int, length: Int)] {
        var result: [(start: Int, length: Int)] = []
        var start = room.start
        let end = room.start + room.length
        for range in used.sorted(by: { $0.lowerBound < $1.lowerBound })
        where range.upperBound > start && range.lowerBound < end {
            if range.lowerBound > start { result.append((start, range.lowerBound - start)) }
            start = range.upperBound
        }
        if start < end { result.append((start, end - start)) }
        return result.filter { $0.length >= neededForHop }
    }

    private static func length(_ code: [UInt8], _ at: Int) -> Int? {
        if code[at] == 0xcc { return 1 }
        return Instruction(Array(code[at..<min(at + 16, code.count)]))?.length
    }

    /// Nothing goes on behind it: ret, jmp, hlt, ud2.
    private static func isEnd(_ code: [UInt8], _ at: Int, _ length: Int) -> Bool {
        var place = at
        while place < at + length - 1, [0xf2, 0xf3, 0x3e].contains(code[place]) { place += 1 }
        switch code[place] {
        case 0xc3, 0xc2, 0xe9, 0xeb, 0xf4: return true
        case 0x0f: return place + 1 < code.count && code[place + 1] == 0x0b
        case 0xff: return place + 1 < code.count && code[place + 1] >> 3 & 7 == 4
        default: return false
        }
    }

    /// Bytes of instructions that do nothing.
    private static func room(_ code: [UInt8], _ start: Int) -> Int {
        var at = start
        while at < code.count {
            var place = at
            while place < code.count, code[place] == 0x66 || code[place] == 0x2e { place += 1 }
            guard place + 1 < code.count, let length = length(code, at) else { break }
            let isNothing =
                code[place] == 0x90 || code[at] == 0xcc || (code[place] == 0x0f && code[place + 1] == 0x1f)
            guard isNothing, at + length <= code.count else { break }
            at += length
        }
        return at - start
    }
}
