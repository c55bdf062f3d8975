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
        var bytes: [UInt8] = []
        var facts = stat()
        if fstat(descriptor, &facts) == 0, facts.st_size > 0, facts.st_size <= bytesMax {
            bytes.reserveCapacity(Int(facts.st_size) + 1)
        }
        var buffer = [UInt8](repeating: 0, count: 1 << 18)
        while true {
            let count = Glibc.read(descriptor, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw CommandError(.inputOutput, "\(path): it can't be read; check the disk") }
            if count == 0 { return bytes }
            guard bytes.count + count <= bytesMax else {
                throw CommandError(.badCase, "\(path): larger than \(bytesMax >> 20) MiB; split it")
            }
            bytes += buffer[..<count]
        }
    }

    private static let bytesMax = 1 << 30
}
