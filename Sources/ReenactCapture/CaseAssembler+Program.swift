import Glibc
import ReenactTimeline

/// Which of the program's processes a failure without a request is named after.
extension CaseAssembler {
    /// The process that a failure is put down to where nothing else says whose it was: the program's first one, once it is
    /// no shell; else the first with a hook; else the only one that was seen. Of the many tools that a shell's script starts
    /// none is the program.
    func mainProcess(_ journal: Journal) -> Int32? {
        Self.mainProcess(
            first: probe.process, lines: journal.processes.mapValues(\.arguments),
            hooked: journal.hellos.mapValues(\.arguments))
    }

    static func mainProcess(first: Int32?, lines: [Int32: [String]], hooked: [Int32: [String]]) -> Int32? {
        // What a process was when it was first seen may since have become another program.
        let known = lines.merging(hooked.filter { !$0.value.isEmpty }) { $1 }
            .filter { !$0.value.isEmpty && !ProgramName.isShell($0.value) }
        if let first, known[first] != nil { return first }
        let programs = known.filter { !ProgramName.isTool($0.value) }.keys
        return hooked.keys.min() ?? (programs.count == 1 ? programs.first : nil)
    }

    /// The command line of the process that failed, without its secrets; empty where that is not known.
    func programWords(
        _ result: Case, _ failure: Analyst.Failure, _ journal: Journal, _ redaction: inout Redaction
    ) -> [String] {
        let thrower = failure.exception?.process ?? result.exceptions.last.map(\.process)
        func words(_ process: Int32) -> [String]? {
            let told = journal.hellos[process]?.arguments ?? []
            return told.isEmpty ? journal.processes[process]?.arguments : told
        }
        let chosen = thrower.flatMap(words) ?? mainProcess(journal).flatMap(words) ?? []
        return SecretArguments.hidden(chosen) { redaction.placeholder(for: $0) }.map(redaction.sweep)
    }

    /// What the failing process found in its environment besides what the recorder had given it.
    func scriptVariables(_ facts: ProcessFacts?, _ redaction: Redaction) -> [String: String] {
        var found: [String: String] = [:]
        for (name, value) in facts?.variables ?? [:] where probe.variables[name] != value {
            guard !HookVariables.isOurs(name), found.count < Self.scriptVariablesMax, value.utf8.count < 4096 else {
                continue
            }
            let isSecret = SecretNames.isSecret(name) && !value.isEmpty
            found[name] = isSecret ? Environment.hidden : redaction.sweep(value)
        }
        return found
    }

    private static let scriptVariablesMax = 500

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
