import ReenactTimeline

/// What a program is called in titles and signatures: `python3 -m app`, `flask run`, not the script that started it.
enum ProgramName {
    /// Longer lines are cut.
    private static let wordsMax = 24
    private static let lengthMax = 160
    private static let shells: Set = ["sh", "bash", "dash", "ash", "zsh", "ksh", "mksh", "fish", "busybox"]
    /// Programs that only start another, with the options of theirs that take a word.
    private static let starters: [String: Set<String>] = [
        "env": ["-u", "-C", "-S"], "nohup": [], "setsid": [], "nice": ["-n"], "ionice": ["-c", "-n"], "exec": [],
        "timeout": ["-k", "-s"], "stdbuf": ["-i", "-o", "-e"], "sudo": ["-u", "-g"], "gosu": [], "su-exec": [],
        "setpriv": ["--reuid", "--regid"], "chrt": [], "taskset": [], "time": [], "tini": [], "dumb-init": [],
        "catchsegv": [], "unbuffer": [], "xvfb-run": [],
    ]
    /// Starters whose first word is not the program yet: a time, a user, a mask.
    private static let takingWord: Set = ["timeout", "gosu", "su-exec", "taskset", "chrt"]

    /// The program's line without its values.
    ///
    /// - Parameters:
    ///   - command: as it was given to the recorder.
    ///   - process: of the process that failed; empty where that is not known.
    ///   - isShellScript: whether a file is a script for a shell.
    static func of(command: [String], process: [String], isShellScript: (String) -> Bool) -> String {
        let started = script(behindStarters(command))
        let own = behindStarters(process)
        guard let program = started.first else { return line(command) }
        let isWrapped = isShell(started) || isShellScript(program)
        let isKnown = !own.isEmpty && !isShell(own) && !(own.first.map(isShellScript) ?? false)
        return line(isWrapped && isKnown ? own : started)
    }

    /// What scripts do their work with.
    private static let tools: Set = [
        "curl", "wget", "git", "jq", "rm", "cp", "mv", "cat", "grep", "sed", "awk", "gawk", "mawk", "openssl", "sleep",
        "date", "hostname", "id", "ssh", "scp", "rsync", "nc", "dig", "ping", "tar", "find", "stat", "tee", "psql",
        "mysql", "mariadb", "redis-cli", "sqlite3", "pg_isready", "getent", "logger", "mktemp", "sort", "tr",
    ]

    static func isTool(_ words: [String]) -> Bool { words.first.map { tools.contains(base($0)) } ?? false }

    /// Whether a process is a shell that runs a script.
    static func isShell(_ words: [String]) -> Bool {
        // A login shell's name begins with a dash.
        words.first.map { shells.contains(base($0).drop { $0 == "-" }.description) } ?? false
    }

    /// The one command that a shell is given in words and becomes.
    private static func script(_ words: [String]) -> [String] {
        guard isShell(words), words.count == 3, ["-c", "-ec", "-lc"].contains(words[1]),
            !words[2].contains(where: { "'\"\\$`(){}<>|&;*?#!~\n".contains($0) })
        else { return words }
        return behindStarters(words[2].split(whereSeparator: \.isWhitespace).map(String.init))
    }

    private static func behindStarters(_ words: [String]) -> [String] {
        var rest = words[...]
        for _ in 0..<8 {
            guard let first = rest.first, let takes = starters[base(first)] else { break }
            let name = base(first)
            var next = rest.dropFirst()
            while let word = next.first {
                if word == "--" {
                    next = next.dropFirst()
                    break
                }
                if word.hasPrefix("-") {
                    next = next.dropFirst(takes.contains(word) ? 2 : 1)
                } else if name == "env", word.contains("=") {
                    next = next.dropFirst()
                } else {
                    break
                }
            }
            if takingWord.contains(name) { next = next.dropFirst() }
            guard !next.isEmpty else { break }
            rest = next
        }
        return Array(rest)
    }

    private static func line(_ words: [String]) -> String {
        var words = words[...]
        // What a script of a `bin` directory runs in is no part of its name: `flask run`.
        if words.count > 1, isInterpreter(base(words[words.startIndex])),
            isInstalled(words[words.startIndex + 1])
        {
            words = words.dropFirst()
        }
        var made = ""
        for (place, word) in words.prefix(wordsMax).enumerated() {
            // A script given in words may be long: its beginning tells it.
            let flat = word.split(whereSeparator: \.isWhitespace).joined(separator: " ")
            let shown = place == 0 ? base(flat) : value(flat)
            if made.count + shown.count > lengthMax { return made + " …" }
            made += made.isEmpty ? shown : " " + shown
        }
        return words.count > wordsMax ? made + " …" : made
    }

    private static func base(_ path: String) -> String {
        path.split(separator: "/").last.map(String.init) ?? path
    }

    private static func isInterpreter(_ name: String) -> Bool {
        ["python", "pypy", "node", "nodejs", "ruby", "perl", "php", "bun", "deno"].contains { known in
            name.hasPrefix(known) && name.dropFirst(known.count).allSatisfy { $0.isNumber || $0 == "." }
        }
    }

    /// Whether a script stands where programs are installed.
    private static func isInstalled(_ path: String) -> Bool {
        let parts = path.split(separator: "/")
        guard parts.count > 1, !base(path).contains(".") else { return false }
        return ["bin", "sbin", ".bin"].contains(String(parts[parts.count - 2]))
    }

    /// A word without what changes from run to run: directories, numbers, times, ids.
    private static func value(_ word: String) -> String {
        if let sign = word.firstIndex(of: "="), sign > word.startIndex {
            return word[...sign] + plain(String(word[word.index(after: sign)...]))
        }
        return plain(word)
    }

    private static func plain(_ word: String) -> String {
        // Of an address the place.
        if let scheme = word.range(of: "://") {
            let place = word[scheme.upperBound...].prefix { $0 != "/" && $0 != "?" }
            return String(word[..<scheme.upperBound] + (place.split(separator: "@").last ?? ""))
        }
        let name = word.contains(" ") ? word : base(word)
        let isValue =
            name.contains(where: \.isNumber) && !name.hasPrefix("-")
            && (name.allSatisfy { $0.isHexDigit || "-:._+,TZ".contains($0) })
        return isValue ? "{n}" : name
    }
}
