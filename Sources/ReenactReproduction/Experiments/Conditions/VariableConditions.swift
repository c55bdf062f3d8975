import ReenactTimeline
import ReenactTriage

/// Environment variables that the program's code names: set ones could be unset or another, unset ones set.
enum VariableConditions {
    private static let filesMax = 60
    private static let fileBytesMax = 400_000
    private static let conditionsMax = 24

    /// Names that belong to the system and the runtimes: without them nothing starts.
    private static let system: Set<String> = [
        "PATH", "HOME", "USER", "LOGNAME", "SHELL", "PWD", "OLDPWD", "TERM", "LANG", "LANGUAGE", "TZ", "TMPDIR",
        "HOSTNAME", "MAIL", "SHLVL", "_", "VIRTUAL_ENV", "COLUMNS", "LINES", "DISPLAY",
    ]
    private static let systemPrefixes = ["LC_", "LD_", "PYTHON", "NODE_", "XDG_", "SSL_", "GIT_", "REENACT", "DEBIAN"]

    static func find(_ subject: Subject) -> [Condition] {
        let environment = subject.failure.environment
        let seen = environment.seenVariables
        let settings = settings(subject)
        let named = names(in: subject).union(settings)
        let isConfiguration = subject.verdict.causeClass == "missing-configuration"
        let said = words(
            of: (isConfiguration ? subject.verdict.sentence + " " : "")
                + subject.look.message + " " + subject.look.frames.prefix(3).map(\.source).joined(separator: " "))
        let standIn = StandIn(subject)
        let address = URLForms.wanted(subject.look.words)
        var found: [Condition] = []
        func add(_ name: String, _ recorded: String, _ value: String?, _ stage: Condition.Stage, _ note: String = "") {
            guard found.count < conditionsMax else { return }
            found.append(
                Condition(
                    .variable, recorded: recorded,
                    changed: (value.map { "set to \(StandIn.told(.string($0)))" } ?? "not set") + note,
                    target: "variable \(name)", stage: stage, change: .variable(name: name, value: value)))
        }
        if let spoken = RegionalVariable.spoken(subject.look), !environment.isMasked(spoken.name) {
            let recorded = "the variable \(spoken.name) was \(StandIn.told(.string(spoken.value)))"
            add(spoken.name, recorded, spoken.ordinary, .suspect)
            add(spoken.name, recorded, nil, .remote)
            found[0].score = Likelihood.told
        }
        for name in Set(seen.keys).union(named).union(said).sorted()
        where !system.contains(name) && !systemPrefixes.contains(where: name.hasPrefix) {
            let value = seen[name]
            let isSaid = said.contains(name) || value.map { $0.count > 2 && subject.reaches($0) } ?? false
            let other = subject.others.lazy.compactMap { source -> (String, String)? in
                guard source.environment.command == environment.command,
                    let there = source.environment.seenVariables[name],
                    there != value, !source.environment.isMasked(name)
                else { return nil }
                return (there, source.id)
            }.first
            if let value {
                // Without the address of what answered, nothing would.
                if !isSaid, other == nil, isAddress(value, subject) { continue }
                guard named.contains(name) || isSaid || other != nil, !environment.isMasked(name) else {
                    continue
                }
                let recorded = "the variable \(name) was \(StandIn.told(.string(value)))"
                if let other { add(name, recorded, other.0, isSaid ? .suspect : .possible, " (as in \(other.1))") }
                // One that the failing code can read says more than none.
                let readable = isSaid ? standIn.readable(for: value, subject) ?? address : nil
                if let readable, readable != value { add(name, recorded, readable, other != nil ? .remote : .suspect) }
                let isLate = other != nil || readable != nil
                add(name, recorded, nil, isLate ? .remote : isSaid ? .suspect : .possible)
                if Double(value) == nil, !isSaid { continue }
                add(name, recorded, value == "1" ? "10" : "1", .remote)
            } else if named.contains(name) || isSaid && isVariable(name, subject) {
                let recorded = "the variable \(name) was not set"
                if let other { add(name, recorded, other.0, .suspect, " (as in \(other.1))") }
                // In settings `1` is a number, and no text.
                let (first, second) = settings.contains(name) ? ("text", "1") : ("1", "text")
                let isWanted = isSaid || isConfiguration && settings.contains(name)
                add(name, recorded, first, other != nil ? .remote : isWanted ? .suspect : .possible)
                if isSaid || settings.contains(name) { add(name, recorded, second, .remote) }
            }
        }
        return found
    }

    /// Whether the value holds the address of a peer from which something came.
    private static func isAddress(_ value: String, _ subject: Subject) -> Bool {
        // The port of the program itself, or of a peer that answered.
        if let port = UInt16(value), port > 1023, ports(subject).contains(value) { return true }
        guard value.count > 5 else { return false }
        return subject.failure.connections.contains { connection in
            connection.direction == .outbound && connection.segments.contains { $0.side == .server }
                && (value.contains(connection.server)
                    || subject.failure.environment.names.contains { name, addresses in
                        value.contains(name) && addresses.contains { connection.server.hasPrefix($0) }
                    })
        }
    }

    private static func ports(_ subject: Subject) -> Set<String> {
        let failure = subject.failure
        let peers = failure.connections.filter { $0.segments.contains { $0.side == .server } }.map(\.server)
        return Set((peers + [failure.trigger.server]).compactMap { $0.split(separator: ":").last.map(String.init) })
    }

    /// A word in capitals that no code reads from the environment may be a constant (`SOCK_STREAM`) or the code of an error:
    /// as a variable's name it stands in quotes, behind a `$`, or among words about such.
    private static func isVariable(_ name: String, _ subject: Subject) -> Bool {
        let texts = [subject.look.message] + subject.look.frames.prefix(3).map(\.source)
        return texts.contains { text in
            guard text.contains(name) else { return false }
            if ["'\(name)'", "\"\(name)\"", "`\(name)`", "$\(name)", "${\(name)", "%\(name)%"].contains(
                where: text.contains)
            {
                return true
            }
            let low = text.lowercased()
            return [
                "environ", "variable", "getenv", " env", "not set", "unset", "is required", "must be set", "missing",
            ]
            .contains(where: low.contains)
        }
    }

    /// Words in capitals: what such names look like.
    private static func words(of text: String) -> Set<String> {
        Set(
            text.split { !($0.isLetter || $0.isNumber || $0 == "_") }.map(String.init).filter { word in
                word.count > 2 && word.contains("_") && word.allSatisfy { $0.isUppercase || $0.isNumber || $0 == "_" }
            })
    }

    /// Names that the program's own files read from the environment.
    private static func names(in subject: Subject) -> Set<String> {
        var found: Set<String> = []
        let own = Set(subject.look.frames.filter(\.inApp).map(\.file))
        let files = subject.failure.environment.codeFiles.filter {
            own.contains($0)
                || !$0.contains("/site-packages/") && !$0.contains("/node_modules/") && !$0.hasPrefix("/usr/")
        }
        for file in files.prefix(filesMax) {
            guard let bytes = subject.host.read(file), bytes.count <= fileBytesMax, !bytes.contains(0) else { continue }
            found.formUnion(read(in: String(decoding: bytes, as: UTF8.self)))
        }
        return found
    }

    /// Names that settings and templates take from there: `!ENV SHOP_NAME`, `${SHOP_URL}`.
    private static func settings(_ subject: Subject) -> Set<String> {
        var found: Set<String> = []
        for file in subject.failure.keptFiles.prefix(filesMax) where file.bytes.count <= filesMax << 10 {
            let text = String(decoding: file.bytes, as: UTF8.self)
            found.formUnion(read(in: text, behind: ["!ENV", "${", "env(", "%env("]))
        }
        return found
    }

    /// `os.environ["X"]`, `getenv("X")`, `process.env.X`, `$_ENV['X']`, `ENV["X"]`.
    static func read(
        in text: String,
        behind starts: [String] = [
            "environ", "getenv", "process.env", "_ENV", "ENV[", "_SERVER[", "LookupEnv", "Getenv",
        ]
    ) -> Set<String> {
        var found: Set<String> = []
        for start in starts {
            var rest = text[...]
            while let range = rest.firstRange(of: start) {
                rest = rest[range.upperBound...]
                let name = rest.prefix(40).drop { !($0.isUppercase || $0 == "_" || $0 == "\n") }
                    .prefix { $0.isUppercase || $0.isNumber || $0 == "_" }
                let gap = rest.distance(from: rest.startIndex, to: name.startIndex)
                // `_ENVIRONMENT` is a word of its own.
                let isWord = gap > 0 || start.last?.isLetter != true
                if name.count > 1, gap <= 8, isWord { found.insert(String(name)) }
            }
        }
        return found
    }
}
