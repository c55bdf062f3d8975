import ReenactTimeline

/// Finds which recorded directory a directory with other code stands for.
struct CodeInference: Sendable {
    let environment: Environment
    let host: HostView

    private struct Candidate {
        var directory: String
        /// How many recorded code files the new directory has at the same relative path.
        var matches: Int
        /// How alike the two directories' entries are, from 0 to 1.
        var similarity: Double
        /// Someone else's code: a package that has files of the same names (`server.py`) is meant only where nothing else fits.
        var isPackage: Bool
    }

    /// - Parameter text: `DIR` or `DIR=TARGET`.
    /// - Throws: `ReproductionError` that says what to write instead.
    func replacement(_ text: String) throws(ReproductionError) -> CodeReplacement {
        // A directory's name may hold a `=`.
        if !host.isDirectory(text), let sign = text.lastIndex(of: "=") {
            let directory = String(text[..<sign])
            let target = String(text[text.index(after: sign)...])
            guard host.isDirectory(directory) else { throw missing(directory) }
            guard target.hasPrefix("/") else {
                throw ReproductionError(.code, "--code \(text): the recorded directory must begin with /.")
            }
            return .init(
                directory: directory.hasPrefix("/") ? Paths.normal(directory) : directory, target: Paths.normal(target))
        }
        guard host.isDirectory(text) else { throw missing(text) }
        return .init(directory: text, target: try infer(text))
    }

    private func infer(_ directory: String) throws(ReproductionError) -> String {
        let all = candidates(for: directory)
        let candidates = (all.contains { !$0.isPackage } ? all.filter { !$0.isPackage } : all).sorted {
            ($1.matches, $1.similarity, $0.directory) < ($0.matches, $0.similarity, $1.directory)
        }
        guard let best = candidates.first else {
            let examples = codeFiles.prefix(3).joined(separator: ", ")
            throw ReproductionError(
                .code,
                "--code \(directory): none of the recorded code files is in it at the same place"
                    + (examples.isEmpty ? "" : " (recorded: \(examples)…)")
                    + ". Name the recorded directory that it stands for: --code \(directory)=/recorded/directory.")
        }
        if candidates.count > 1, candidates[1].matches == best.matches, candidates[1].similarity == best.similarity {
            throw ReproductionError(
                .code,
                "--code \(directory) could stand for \(best.directory) or for \(candidates[1].directory). "
                    + "Say which: --code \(directory)=\(best.directory).")
        }
        return best.directory
    }

    private func candidates(for directory: String) -> [Candidate] {
        var matches: [String: Int] = [:]
        for file in codeFiles {
            for ancestor in Paths.ancestors(of: file).dropFirst() {
                guard let relative = Paths.relative(file, to: ancestor), host.isFile("\(directory)/\(relative)") else {
                    continue
                }
                matches[ancestor, default: 0] += 1
            }
        }
        let present = Set(host.names(directory))
        return matches.map { ancestor, count in
            let recorded = Set(host.names(ancestor))
            let union = recorded.union(present).count
            let similarity = union == 0 ? 0 : Double(recorded.intersection(present).count) / Double(union)
            return Candidate(
                directory: ancestor, matches: count, similarity: similarity, isPackage: Self.isPackage(ancestor))
        }
    }

    private static func isPackage(_ directory: String) -> Bool {
        ["/site-packages/", "/dist-packages/", "/node_modules/", "/nodejs/", "/vendor/"].contains {
            "\(directory)/".contains($0)
        } || directory.hasPrefix("/usr/lib/")
    }

    /// All recorded files that hold the program's code, absolute, each once.
    private var codeFiles: [String] {
        let directory = environment.workingDirectory
        let named = environment.arguments + environment.command
        let arguments = named.map { Paths.normal($0, in: directory) }.filter { host.isFile($0) }
        var seen: Set<String> = []
        return (environment.codeFiles + [environment.executable].filter { !$0.isEmpty } + arguments)
            .map { Paths.normal($0, in: directory) }
            .filter { seen.insert($0).inserted }
    }

    private func missing(_ directory: String) -> ReproductionError {
        ReproductionError(.code, "--code \(directory): there is no such directory.")
    }
}
