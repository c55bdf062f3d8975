import ReenactRunner
import ReenactTimeline
import ReenactTriage

/// What could have been otherwise in a text as a whole: in a file or the standard input that nothing could read, and in a
/// file that was not there.
///
/// What it should have held nobody knows. An empty document in its place shows whether the program gets past the place
/// where it failed: more is not asked of it.
enum WholeTextConditions {
    private static let filesMax = 4
    private static let lengthMax = 256 << 10

    static func find(_ subject: Subject) -> [Condition] {
        missing(subject) + broken(subject) + standardInput(subject)
    }

    // MARK: - Files that were not there

    /// Paths that the failure's words name as not there, and that are not here either.
    private static func missing(_ subject: Subject) -> [Condition] {
        let isConfiguration = subject.verdict.causeClass == "missing-configuration"
        guard subject.verdict.causeClass == "missing-file" || isConfiguration else { return [] }
        let failure = subject.failure
        let told = subject.complaint + "\n" + subject.verdict.sentence
        let words =
            isConfiguration
            ? []
            : told.split { "'\"`()<>, \n\t".contains($0) }.map { String($0) }
                // What is called is no file.
                .filter { !told.contains($0 + "(") }
        let arguments = failure.environment.command.dropFirst().filter { argument in
            // Of a setting that is missing many programs say only its name, not where they looked.
            isConfiguration || told.contains(argument.split(separator: "/").last.map(String.init) ?? argument)
        }
        let tool = failure.environment.command.first?.split(separator: "/").last.map(String.init) ?? ""
        let key = isConfiguration ? wantedSetting(subject) : nil
        var seen: Set<String> = []
        return (arguments + words).compactMap { word -> Condition? in
            var word = word[...]
            while let last = word.last, ".:;!?".contains(last) { word.removeLast() }
            guard word.contains("/") || word.dropFirst().contains("."), !word.contains(":"), !word.hasPrefix("-"),
                !isConfiguration || settings.contains(where: word.hasSuffix)
            else { return nil }
            let path = Paths.normal(String(word), in: failure.environment.workingDirectory)
            guard isOwn(path), !subject.host.isFile(path), !subject.host.isDirectory(path),
                subject.host.isDirectory(Paths.parent(path)), seen.insert(path).inserted,
                !failure.environment.files.contains(where: { $0.path == path })
            else { return nil }
            let content = EmptyDocument(path, tool: tool, key: key)
            let shown = content.told.replacing("\n", with: " ")
            var condition = Condition(
                .file, recorded: "the file \(KeptFileConditions.name(path, subject)) was not there",
                changed: shown.isEmpty ? "there, and empty" : "there, with \(shown)", target: "file \(path)",
                change: .file(path: path, TextEdit(range: 0..<0, form: .bytes(content.bytes))))
            condition.isAskedFor = true
            return condition
        }.prefix(2).map { $0 }
    }

    private static let settings = [".ini", ".cfg", ".conf", ".toml", ".yaml", ".yml", ".json", ".env", ".properties"]

    /// The setting that the verdict says the configuration does not have.
    private static func wantedSetting(_ subject: Subject) -> String? {
        let parts = subject.verdict.sentence.split(separator: "\"", omittingEmptySubsequences: false)
        guard parts.count > 2, parts[0].hasSuffix("has no ") else { return nil }
        let name = String(parts[1])
        let isPlain = name.allSatisfy { $0.isLetter || $0.isNumber || "_-.".contains($0) }
        return isPlain && !name.isEmpty ? name : nil
    }

    /// No file of the system, and none of a library.
    private static func isOwn(_ path: String) -> Bool {
        !["/usr/", "/etc/", "/proc/", "/sys/", "/dev/", "/run/", "/lib"].contains(where: path.hasPrefix)
            && !path.contains("/site-packages/") && !path.contains("/node_modules/")
    }

    // MARK: - Texts that could not be read

    private static func broken(_ subject: Subject) -> [Condition] {
        files(subject).flatMap { file in
            forms(
                file.bytes, path: file.path, told: KeptFileConditions.name(file.path, subject),
                target: "file \(file.path)",
                kind: .file, event: nil, isTold: isTold(file.path, subject), subject
            ) { .file(path: file.path, $0) }
        }
    }

    private static func standardInput(_ subject: Subject) -> [Condition] {
        guard let event = subject.failure.events.first(where: { StandardInputDetail($0) != nil }),
            let input = StandardInputDetail(event), input.missing == 0
        else { return [] }
        return forms(
            input.bytes, path: "", told: "standard input", target: "input stdin", kind: .input, event: event.id,
            isTold: true, subject
        ) { .standardInput($0) }
    }

    private static func forms(
        _ bytes: [UInt8], path: String, told: String, target: String, kind: Condition.Kind, event: Int?, isTold: Bool,
        _ subject: Subject, make: (TextEdit) -> Condition.Change
    ) -> [Condition] {
        guard (1...lengthMax).contains(bytes.count) else { return [] }
        let whole = 0..<bytes.count
        if !bytes.contains(0), let place = strayByte(in: bytes) {
            let text = bytes.map { String(UnicodeScalar($0)) }.joined()
            let shown = "0x" + String(bytes[place], radix: 16, uppercase: true)
            return [
                Condition(
                    kind, recorded: "byte \(place + 1) of \(told) was \(shown), which is no UTF-8",
                    changed: "the same text in UTF-8", event: event, target: target,
                    stage: subject.verdict.causeClass == "encoding-error" || isTold ? .suspect : .possible,
                    change: make(TextEdit(range: whole, form: .bytes(Array(text.utf8)))))
            ]
        }
        guard isTold, subject.verdict.causeClass == "malformed-input" else { return [] }
        let content = EmptyDocument(path, bytes)
        guard content.bytes != bytes else { return [] }
        let isWhole = content.told.isEmpty || content.told.hasPrefix("an ")
        let told = kind == .input ? told : "the file \(told)"
        return [
            Condition(
                kind, recorded: "\(told) held what it held",
                changed: content.told.isEmpty ? "empty" : isWhole ? content.told : "\(content.told) and no more",
                event: event, target: target, stage: .suspect,
                change: make(TextEdit(range: whole, form: .bytes(content.bytes))))
        ]
    }

    /// The verdict, the failure's own words, or the command line name the file.
    private static func isTold(_ path: String, _ subject: Subject) -> Bool {
        let name = path.split(separator: "/").last.map(String.init) ?? path
        return [subject.verdict.sentence, subject.complaint].contains { $0.contains(name) }
            || subject.failure.environment.command.dropFirst().contains {
                $0 == path || $0 == name || $0.hasSuffix("/\(name)")
            }
    }

    /// The program itself, in whatever language it is written.
    private static func isProgram(_ file: Case.FileCopy, _ subject: Subject) -> Bool {
        file.bytes.starts(with: Array("#!".utf8)) || file.bytes.starts(with: [0x7F] + Array("ELF".utf8))
            || subject.failure.environment.command.first == file.path
            || scripts.contains { file.path.hasSuffix($0) }
    }

    private static let scripts = [".py", ".js", ".mjs", ".cjs", ".ts", ".rb", ".php", ".pl", ".sh"]

    /// Files that the program read outside its code, as they are kept, or here, where they are still the same.
    private static func files(_ subject: Subject) -> [Case.FileCopy] {
        let failure = subject.failure
        var found: [Case.FileCopy] = []
        for file in failure.environment.files where isOwn(file.path) {
            let kept = failure.keptFiles.first { $0.path == file.path }
            guard kept != nil || !failure.environment.madeFiles.contains(file.path) else { continue }
            if let kept {
                found.append(kept)
            } else if isTold(file.path, subject), let bytes = subject.host.read(file.path),
                bytes.count <= lengthMax, SHA256.hex(bytes) == file.sha256
            {
                found.append(.init(path: file.path, time: 0, bytes: bytes))
            }
        }
        return Array((found + given(subject)).filter { !isProgram($0, subject) }.prefix(filesMax))
    }

    /// What the command line names and nobody saw being read: libraries in C open files by themselves.
    private static func given(_ subject: Subject) -> [Case.FileCopy] {
        let failure = subject.failure
        let known = Set(failure.environment.files.map(\.path) + failure.databases.map(\.path))
        return failure.environment.command.dropFirst().compactMap { argument in
            let path = Paths.normal(argument, in: failure.environment.workingDirectory)
            guard failure.environment.codeFiles.contains(path), !known.contains(path), isOwn(path),
                !failure.environment.madeFiles.contains(path), let bytes = subject.host.read(path),
                bytes.count <= lengthMax
            else { return nil }
            return .init(path: path, time: 0, bytes: bytes)
        }
    }

    /// The first byte that is no part of UTF-8; nil where all are.
    static func strayByte(in bytes: [UInt8]) -> Int? {
        var index = 0
        while index < bytes.count {
            let first = bytes[index]
            let count = first < 0x80 ? 1 : first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : first >= 0xC2 ? 2 : 0
            guard count > 0, first < 0xF5, index + count <= bytes.count,
                String(validating: bytes[index..<(index + count)], as: UTF8.self) != nil
            else { return index }
            index += count
        }
        return nil
    }
}
