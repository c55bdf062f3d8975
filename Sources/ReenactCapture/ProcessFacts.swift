import Glibc
import ReenactLinux

/// What /proc tells of a process: read once, when it is first seen.
struct ProcessFacts: Sendable {
    var pid: Int32
    var executable: String
    var arguments: [String]
    var workingDirectory: String
    /// As given to exec; changes that the program made itself do not show.
    var variables: [String: String]

    /// nil where the process is gone or not ours to look at.
    init?(pid: Int32) {
        guard let executable = ProcFile.link("/proc/\(pid)/exe") else { return nil }
        self.pid = pid
        self.executable = executable
        arguments = ProcFile.strings("/proc/\(pid)/cmdline")
        workingDirectory = ProcFile.link("/proc/\(pid)/cwd") ?? "/"
        variables = [:]
        for entry in ProcFile.strings("/proc/\(pid)/environ") {
            guard let equals = entry.firstIndex(of: "=") else { continue }
            variables[String(entry[..<equals])] = String(entry[entry.index(after: equals)...])
        }
    }
}

/// Small files of /proc.
enum ProcFile {
    /// The whole file, cut at 1 MiB; nil where it can't be read.
    static func bytes(_ path: String) -> [UInt8]? {
        let fd = open(path, O_RDONLY | O_CLOEXEC)
        guard fd >= 0 else { return nil }
        defer { close(fd) }
        var result: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 16384)
        while result.count < 1 << 20 {
            let count = read(fd, &buffer, buffer.count)
            guard count > 0 else { break }
            result.append(contentsOf: buffer[..<count])
        }
        return result
    }

    /// Strings that end in NUL.
    static func strings(_ path: String) -> [String] {
        (bytes(path) ?? []).split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
    }

    /// Where a symbolic link points.
    static func link(_ path: String) -> String? {
        var buffer = [UInt8](repeating: 0, count: 4096)
        let count = buffer.withUnsafeMutableBytes {
            readlink(path, $0.baseAddress!.assumingMemoryBound(to: CChar.self), $0.count)
        }
        return count > 0 ? String(decoding: buffer[..<count], as: UTF8.self) : nil
    }

    /// Processes whose parent is this one.
    static func children(of parent: pid_t) -> [pid_t] {
        entries("/proc").compactMap(Int32.init).filter { pid in
            // The program's name, in brackets, may hold anything: what follows the last bracket counts.
            guard let stat = bytes("/proc/\(pid)/stat"), let bracket = stat.lastIndex(of: UInt8(ascii: ")")) else {
                return false
            }
            let fields = stat[stat.index(after: bracket)...].split(separator: UInt8(ascii: " "))
            return fields.count > 1 && Int32(String(decoding: fields[1], as: UTF8.self)) == parent
        }
    }

    /// The names in a directory.
    static func entries(_ path: String) -> [String] {
        guard let directory = opendir(path) else { return [] }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names
    }

    /// The process that a thread belongs to.
    static func processID(ofThread thread: Int32) -> Int32? {
        guard let text = bytes("/proc/\(thread)/status") else { return nil }
        for line in String(decoding: text, as: UTF8.self).split(separator: "\n") where line.hasPrefix("Tgid:") {
            return Int32(line.dropFirst(5).drop { $0 == "\t" || $0 == " " })
        }
        return nil
    }
}
