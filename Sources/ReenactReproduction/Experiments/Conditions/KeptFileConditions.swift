import ReenactTimeline
import ReenactWire

/// Single values of the program's own small files: of settings, JSON, tables, XML; and such a file that is not there.
enum KeptFileConditions {
    private static let filesMax = 6
    private static let conditionsMax = 16
    /// Where the system keeps what programs read as a matter of course.
    private static let system = ["/usr/", "/etc/", "/proc/", "/sys/", "/lib", "/dev/", "/run/", "/var/lib/"]

    /// Endings of names of data and settings: a script is no data, though programs read it.
    private static let forms: Set<String> = [
        "json", "jsonl", "ndjson", "yaml", "yml", "ini", "cfg", "conf", "toml", "env", "properties", "xml", "csv",
        "tsv",
        "txt", "rss", "html", "md", "rst",
    ]

    private static func form(_ path: String) -> String {
        path.split(separator: ".").last.map { $0.lowercased() } ?? ""
    }

    static func find(_ subject: Subject) -> [Condition] {
        files(subject).flatMap { file, isEvidence -> [Condition] in
            let told = name(file.path, subject)
            let event = subject.failure.events.last {
                $0.kind == .file && ($0.peer == file.path || $0.summary.contains(file.path))
            }?.id
            var found: [Condition] = []
            if let document = TextDocument(file.bytes, name: file.path) {
                found = TextConditions.find(
                    document, told: told, event: event, target: "file \(file.path)", kind: .file,
                    isSuspect: isEvidence, subject
                ) { .file(path: file.path, $0) }
            }
            found.append(
                Condition(
                    .file, recorded: "the file \(told) was there", changed: "not there", event: event,
                    target: "file \(file.path)", stage: .remote, change: .file(path: file.path, nil)))
            return Array(found.prefix(conditionsMax))
        }
    }

    /// The likeliest first: those that the verdict speaks of, then those in the program's own directory.
    private static func files(_ subject: Subject) -> [(Case.FileCopy, Bool)] {
        let own = subject.failure.environment.workingDirectory + "/"
        let databases = Set(subject.failure.databases.map(\.path))
        func rank(_ file: Case.FileCopy) -> Int {
            let short = name(file.path, subject)
            if subject.verdict.sentence.contains(short) || subject.look.message.contains(short) { return 0 }
            return file.path.hasPrefix(own) || !file.path.hasPrefix("/") ? 1 : 2
        }
        let found = subject.failure.keptFiles.filter { file in
            !databases.contains(file.path) && !file.bytes.isEmpty
                && (forms.contains(form(file.path)) || isDocument(file))
                && (rank(file) == 0 || rank(file) == 1 && !system.contains(where: file.path.hasPrefix))
                && !["/site-packages/", "/node_modules/", "/vendor/", "/.git/"].contains(where: file.path.contains)
        }
        return found.enumerated().sorted { (rank($0.element), $0.offset) < (rank($1.element), $1.offset) }
            .prefix(filesMax).map { ($0.element, rank($0.element) == 0) }
    }

    /// JSON in a file whose name has no ending: the state that programs keep for themselves.
    private static func isDocument(_ file: Case.FileCopy) -> Bool {
        guard file.path.split(separator: "/").last?.contains(".") == false, file.bytes.count <= TextDocument.bytesMax,
            let first = file.bytes.first, first == UInt8(ascii: "{") || first == UInt8(ascii: "[")
        else { return false }
        return JSONParser.parse(file.bytes) != nil
    }

    /// As the program's own directory has it.
    static func name(_ path: String, _ subject: Subject) -> String {
        let own = subject.failure.environment.workingDirectory + "/"
        return path.hasPrefix(own) ? String(path.dropFirst(own.count)) : path
    }
}
