import CTrace

/// Calls that the capsule can make itself, and on what condition. What they write is said by the tables of all calls.
enum BufferedCalls {
    private static let conducts: [(Int, [Int])] = [
        (
            ct_conduct_plain,
            [
                // stat, fstat, lstat, lseek, access; ids; readlink, getcwd, getdents64, statx and their kin.
                4, 5, 6, 8, 21, 39, 102, 104, 107, 108, 110, 111, 121, 124, 186, 79, 89, 137, 138, 191, 192, 193, 194,
                195, 196, 217, 262, 267, 269, 332, 439,
                // Clocks, counts, limits.
                63, 96, 97, 98, 99, 201, 228, 229,
                // rt_sigaction, epoll_ctl, fadvise64, fsync, fdatasync.
                13, 74, 75, 221, 233,
                // Names: chdir, rename, mkdir, rmdir, link, unlink, symlink, chmod, chown, umask; by directory.
                80, 81, 82, 83, 84, 86, 87, 88, 90, 91, 92, 93, 94, 95, 258, 260, 263, 264, 265, 266, 268, 280, 316,
                235,
            ]
        ),
        (ct_conduct_reads, [0, 17]),
        (ct_conduct_writes, [1, 18, 20, 77]),
        (ct_conduct_open, [2]),
        (ct_conduct_openat, [257]),
        (ct_conduct_close, [3]),
        (ct_conduct_ioctl, [16]),
        (ct_conduct_fcntl, [72]),
        (ct_conduct_futex, [202]),
        (ct_conduct_epoll, [232, 281]),
        (ct_conduct_random, [318]),
        (ct_conduct_receive, [45]),
        // brk, mmap; mprotect, munmap, madvise.
        (ct_conduct_plain, [12]),
        (ct_conduct_map, [9]),
        (ct_conduct_range, [10, 11, 28]),
    ]

    /// A replay makes them, and stops at each.
    static func changesMap(_ call: Int) -> Bool { call == 28 || (9...12).contains(call) }

    /// Calls whose outputs take another form are not among them.
    static let shapes: [(call: Int, shape: ct_shape)] = {
        var result: [(call: Int, shape: ct_shape)] = []
        for (conduct, numbers) in conducts {
            for number in numbers {
                let model = SystemCalls.model(number)
                guard model.conduct == .emulated || changesMap(number), let outputs = outputs(model) else { continue }
                result.append((number, ct_shape(conduct: UInt8(conduct), outputs: outputs)))
            }
        }
        return result
    }()

    static func canBe(_ call: Int) -> Bool { shapes.contains { $0.call == call } }

    private static func outputs(_ model: SystemCall) -> (ct_output, ct_output)? {
        var list: [ct_output] = []
        for output in model.outputs {
            switch output {
            case .bytes(let index, let size):
                list.append(ct_output(kind: 1, argument: UInt8(index), size: UInt16(size)))
            case .result(let index, let unit, let limit) where unit == 1 || unit == 12:
                list.append(
                    ct_output(kind: 2, argument: UInt8(index), size: UInt16(limit) | (unit == 12 ? 8 : 0)))
            // The capsule knows the commands that it makes.
            case .byCommand: break
            // It leaves recvfrom to the tracer where an address is asked for.
            case .sized where model.number == 45: break
            default: return nil
            }
        }
        // write, pwrite64: what a program reads again need not be stored.
        if [1, 18].contains(model.number) { list.append(ct_output(kind: 3, argument: 1, size: 2)) }
        guard list.count <= 2 else { return nil }
        while list.count < 2 { list.append(ct_output(kind: 0, argument: 0, size: 0)) }
        return (list[0], list[1])
    }
}
