import Glibc
import ReenactTriage

/// A file's bytes, unpacked by what they begin with; xz is left to the program of that name.
enum Unpacked {
    /// More does not come out of a file.
    private static let bytesMax = 1 << 30

    static func bytes(_ path: String) throws -> [UInt8] {
        let bytes = try InputFiles.bytes(path)
        if bytes.starts(with: [0xFD, 0x37, 0x7A, 0x58, 0x5A, 0]) { return try xz(path) }
        guard Inflate.isGzip(bytes) else { return bytes }
        do {
            return try Inflate.gzip(bytes, limit: bytesMax)
        } catch {
            throw CommandError(.badCase, "\(path): \(error); check the file")
        }
    }

    private static func xz(_ path: String) throws -> [UInt8] {
        guard path != "-" else { throw CommandError(.usage, "-: xz can't be read from there; name a file") }
        var ends: [Int32] = [0, 0]
        guard pipe(&ends) == 0 else {
            throw CommandError(.inputOutput, "\(path): no pipe; close some files")
        }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO)
        var words: [UnsafeMutablePointer<CChar>?] = ["xz", "-dc", "--", path].map { (word: String) in strdup(word) }
        words.append(nil)
        defer { for word in words { free(word) } }
        var child: pid_t = 0
        let status = posix_spawnp(&child, "xz", &actions, nil, &words, environ)
        close(ends[1])
        defer { close(ends[0]) }
        guard status == 0 else {
            throw CommandError(.unavailable, "\(path): the program xz is missing; install xz-utils, or unpack it")
        }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 18)
        var isWhole = true
        while isWhole {
            let count = Glibc.read(ends[0], &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { break }
            isWhole = bytes.count + count <= bytesMax
            if isWhole { bytes += buffer[..<count] }
        }
        if !isWhole { kill(child, SIGKILL) }
        var ending: Int32 = 0
        while waitpid(child, &ending, 0) < 0, errno == EINTR {}
        guard isWhole else { throw CommandError(.badCase, "\(path): larger than \(bytesMax >> 20) MiB; split it") }
        guard ending == 0 else { throw CommandError(.badCase, "\(path): xz could not unpack it; check the file") }
        return bytes
    }
}
