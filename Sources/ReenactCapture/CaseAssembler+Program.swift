import Glibc
import ReenactTimeline

/// Which of the program's processes a failure without a request is named after.
extension CaseAssembler {
    /// The command line of the process that failed, without its secrets; of several that are not told apart, the first
    /// that is no shell. Empty where none was seen.
    func programWords(
        _ result: Case, _ failure: Analyst.Failure, _ journal: Journal, _ redaction: inout Redaction
    ) -> [String] {
        var told: [Int32: [String]] = journal.processes.mapValues(\.arguments)
        // What a process was when it was first seen may since have become another program.
        for (process, hello) in journal.hellos where !hello.arguments.isEmpty { told[process] = hello.arguments }
        let thrower = failure.exception?.process ?? result.exceptions.last.map(\.process)
        let known = told.filter { !$0.value.isEmpty && !ProgramName.isShell($0.value) }
        let chosen = thrower.flatMap { known[$0] } ?? known.min { $0.key < $1.key }?.value ?? []
        return SecretArguments.hidden(chosen) { redaction.placeholder(for: $0) }.map(redaction.sweep)
    }

    /// Whether a file is a script for a shell, by its first line.
    func isShellScript(_ path: String, in directory: String) -> Bool {
        let whole = path.hasPrefix("/") ? path : "\(directory)/\(path)"
        let fd = open(whole, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard fd >= 0 else { return false }
        defer { close(fd) }
        var head = [UInt8](repeating: 0, count: 128)
        let count = pread(fd, &head, head.count, 0)
        guard count > 2, head.starts(with: Array("#!".utf8)) else { return false }
        let line = String(decoding: head[2..<count].prefix { $0 != 10 }, as: UTF8.self)
        let words = line.split(separator: " ").map(String.init)
        let interpreter =
            words.first?.hasSuffix("/env") ?? false ? words.dropFirst().first { !$0.hasPrefix("-") } : words.first
        return interpreter.map { ProgramName.isShell([$0]) } ?? false
    }
}
