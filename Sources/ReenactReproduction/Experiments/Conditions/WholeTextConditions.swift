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
        guard subject.verdict.causeClass == "missing-file" else { return [] }
        let failure = subject.failure
        let told = subject.look.message + "\n" + subject.verdict.sentence + "\n" + lastWords(failure)
        let words = told.split { "'\"`()<>, \n\t".contains($0) }.map { String($0) }
        let arguments = failure.environment.command.dropFirst().filter { argument in
            told.contains(argument.split(separator: "/").last.map(String.init) ?? argument)
        }
        var seen: Set<String> = []
        return (arguments + words).compactMap { word -> Condition? in
            var word = word[...]
            while let last = word.last, ".:;!?".contains(last) { word.removeLast() }
            guard word.contains("/") || word.dropFirst().contains("."), !word.contains(":"), !word.hasPrefix("-")
            else {
                return nil
            }
            let path = Paths.normal(String(word), in: failure.environment.workingDirectory)
            guard isOwn(path), !subject.host.isFile(path), !subject.host.isDirectory(path),
                subject.host.isDirectory(Paths.parent(path)), seen.insert(path).inserted,
                !failure.environment.files.contains(where: { $0.path == path })
            else { return nil }
            let content = empty(path)
            return Condition(
                .file, recorded: "the file \(KeptFileConditions.name(path, subject)) was not there",
                changed: content.isEmpty ? "there, and empty" : "there, with \(content)", target: "file \(path)",
                change: .file(path: path, TextEdit(range: 0..<0, form: .bytes(Array(content.utf8)))))
        }.prefix(2).map { $0 }
    }

    /// What was printed last: some tell there what they did not find.
    private static func lastWords(_ failure: Case) -> String {
        failure.events.last { $0.kind == .log }?.detail["text"]?.string ?? ""
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
            isTold: subject.isEvidence(event), subject
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
        let content = empty(path, bytes)
        guard Array(content.utf8) != bytes else { return [] }
        let told = kind == .input ? told : "the file \(told)"
        return [
            Condition(
                kind, recorded: "\(told) held what it held",
                changed: content.isEmpty ? "empty" : "\(content) and no more",
                event: event, target: target, stage: .suspect,
                change: make(TextEdit(range: whole, form: .bytes(Array(content.utf8)))))
        ]
    }

    /// The verdict, or the failure's own words, name the file.
    private static func isTold(_ path: String, _ subject: Subject) -> Bool {
        let name = path.split(separator: "/").last.map(String.init) ?? path
        return [subject.verdict.sentence, subject.look.message, lastWords(subject.failure)].contains {
            $0.contains(name)
        }
    }

    /// Files that the program read outside its code, as they are kept, or here, where they are still the same.
    private static func files(_ subject: Subject) -> [Case.FileCopy] {
        let failure = subject.failure
        var found: [Case.FileCopy] = []
        for file in failure.environment.files where isOwn(file.path) && found.count < filesMax {
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
        return found
    }

    /// An empty document of the form that the name or the text's first sign tells of.
    private static func empty(_ path: String, _ bytes: [UInt8] = []) -> String {
        switch path.split(separator: ".").last.map({ $0.lowercased() }) {
        case "json": return bytes.first { $0 > 32 } == UInt8(ascii: "[") ? "[]" : "{}"
        case "xml": return "<a/>"
        default: break
        }
        guard path.isEmpty else { return "" }
        switch bytes.first(where: { $0 > 32 }) {
        case UInt8(ascii: "{"): return "{}"
        case UInt8(ascii: "["): return "[]"
        case UInt8(ascii: "<"): return "<a/>"
        default: return ""
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
