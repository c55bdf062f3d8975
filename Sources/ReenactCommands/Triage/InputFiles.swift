import FoundationEssentials
import Glibc

/// Files that people name on the command line: read whole, with errors that say what to do.
enum InputFiles {
    /// A directory stands for the files in it, in order of their names.
    static func expanded(_ paths: [String]) throws -> [String] {
        try paths.flatMap { path -> [String] in
            var isDirectory = false
            guard path != "-", FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory), isDirectory
            else { return [path] }
            do {
                return try FileManager.default.contentsOfDirectory(atPath: path).filter { !$0.hasPrefix(".") }.sorted()
                    .map { "\(path)/\($0)" }
            } catch {
                throw CommandError(.inputOutput, "\(path): the directory can't be read; check its permissions")
            }
        }
    }

    static func bytes(_ path: String) throws -> [UInt8] {
        let name = path == "-" ? "/dev/stdin" : path
        let descriptor = open(name, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw errno == ENOENT
                ? CommandError(.notFound, "\(path): no such file; check the path")
                : CommandError(.inputOutput, "\(path): it can't be read; check its permissions")
        }
        defer { close(descriptor) }
        var facts = stat()
        let isSized = fstat(descriptor, &facts) == 0 && facts.st_size > 0 && facts.st_size <= bytesMax
        // One byte more than it has: the end is then seen without another reading.
        var bytes = try part(descriptor, isSized ? Int(facts.st_size) + 1 : 1 << 18, path)
        while true {
            let more = try part(descriptor, 1 << 18, path)
            if more.isEmpty { return bytes }
            guard bytes.count + more.count <= bytesMax else {
                throw CommandError(.badCase, "\(path): larger than \(bytesMax >> 20) MiB; split it")
            }
            bytes += more
        }
    }

    /// What one reading gives, straight into its place; nothing at the end.
    private static func part(_ descriptor: Int32, _ size: Int, _ path: String) throws -> [UInt8] {
        try [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
            while true {
                let got = Glibc.read(descriptor, buffer.baseAddress, size)
                if got < 0, errno == EINTR { continue }
                guard got >= 0 else { throw CommandError(.inputOutput, "\(path): it can't be read; check the disk") }
                count = got
                return
            }
        }
    }

    private static let bytesMax = 1 << 30
}
