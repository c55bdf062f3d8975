import Glibc

/// The processes below this one, as /proc shows them. Source: proc(5).
///
/// As process 1 of a sandbox, or as a subreaper, the runner is an ancestor of everything that the program starts,
/// daemons included.
struct ProcessTree {
    struct Entry: Equatable {
        var pid: pid_t
        var parent: pid_t
        var isZombie: Bool
        var residentPages: Int
    }

    /// Whether every thread of every process below a process waits for something: none runs, is ready to run, or reads
    /// a disk. What such processes do next, something else sets off.
    static func isAtRest(below root: pid_t) -> Bool {
        let waiting = Set("STtIZX".utf8)
        return below(root).allSatisfy { entry in
            let directory = "/proc/\(entry.pid)/task"
            return names(directory).allSatisfy { thread in
                guard let line = try? FileBytes.read("\(directory)/\(thread)/stat"),
                    let close = line.lastIndex(of: UInt8(ascii: ")")), close + 2 < line.count
                else { return true }
                return waiting.contains(line[close + 2])
            }
        }
    }

    /// Everything below a process, in no order; zombies left out, and some processes with everything below them.
    static func below(_ root: pid_t, except left: Set<pid_t> = []) -> [Entry] {
        descendants(of: root, among: all(), except: left)
    }

    static func descendants(of root: pid_t, among entries: [Entry], except left: Set<pid_t> = []) -> [Entry] {
        let children = Dictionary(grouping: entries, by: \.parent)
        var result: [Entry] = []
        var open = [root]
        while let next = open.popLast() {
            for child in children[next] ?? [] where child.pid != next && !left.contains(child.pid) {
                if !child.isZombie { result.append(child) }
                open.append(child.pid)
            }
        }
        return result
    }

    static func all() -> [Entry] {
        names("/proc").compactMap { name in (try? FileBytes.read("/proc/\(name)/stat")).flatMap(parse) }
    }

    /// The numbers among a directory's names.
    private static func names(_ path: String) -> [pid_t] {
        guard let directory = opendir(path) else { return [] }
        defer { closedir(directory) }
        var result: [pid_t] = []
        while let entry = readdir(directory) {
            let number = withUnsafeBytes(of: &entry.pointee.d_name) { name in
                pid_t(String(decoding: name.prefix { $0 != 0 }, as: UTF8.self))
            }
            if let number { result.append(number) }
        }
        return result
    }

    /// A line of /proc/PID/stat. The name in it may hold spaces and parentheses.
    static func parse(_ line: [UInt8]) -> Entry? {
        guard let open = line.firstIndex(of: UInt8(ascii: "(")), let close = line.lastIndex(of: UInt8(ascii: ")")),
            let pid = pid_t(String(decoding: line[..<open].dropLast(), as: UTF8.self))
        else { return nil }
        let fields = line[(close + 1)...].split(separator: UInt8(ascii: " "))
        guard fields.count > 21, let parent = pid_t(String(decoding: fields[1], as: UTF8.self)),
            let pages = Int(String(decoding: fields[21], as: UTF8.self).trimmed)
        else { return nil }
        let state = fields[0].first
        return Entry(
            pid: pid, parent: parent, isZombie: state == UInt8(ascii: "Z") || state == UInt8(ascii: "X"),
            residentPages: pages)
    }
}

extension String {
    fileprivate var trimmed: String { String(prefix { !$0.isWhitespace }) }
}
