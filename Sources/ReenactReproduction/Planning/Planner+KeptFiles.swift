import ReenactRunner
import ReenactSandbox
import ReenactTimeline

/// Files that the program read outside its code, on a machine that does not have them.
extension Planner {
    private static let keptPath = "/run/reenact/databases/kept"
    private static let notesMax = 3

    /// What is to be put in place. A file that is here stays as it is: it may have been mended to see what comes of that.
    ///
    /// - Parameter behind: how many places the plan has before these.
    func keptFiles(
        _ secrets: SecretText, behind: Int, _ replacement: CodeReplacement?
    ) -> (files: [SandboxSpec.File], places: [Plan.File], notes: [String]) {
        var files: [SandboxSpec.File] = []
        var places: [Plan.File] = []
        var notes: [String] = []
        let hashes = Dictionary(
            failure.environment.files.map { ($0.path, $0.sha256) }, uniquingKeysWith: { first, _ in first })
        var changed: [String] = []
        for file in failure.keptFiles {
            let path = Paths.normal(file.path, in: failure.environment.workingDirectory)
            let isReplaced = replacement.map { path.hasPrefix($0.target + "/") } ?? false
            guard !isReplaced, !SandboxSecrets.covers(path) else { continue }
            if let here = host.read(path) {
                if let hash = hashes[file.path], SHA256.hex(here) != hash { changed.append(path) }
                continue
            }
            let source = "\(Self.keptPath)-\(behind + places.count)"
            files.append(.init(path: source, bytes: secrets.restore(file.bytes)))
            places.append(.init(path: path, source: source, isOptional: true))
        }
        let kept = Set(failure.keptFiles.map(\.path))
        let data = Set((failure.databases + failure.changedFiles).map(\.path))
        let gone = failure.environment.files.map(\.path).filter { path in
            !kept.contains(path) && !data.contains(path) && !SandboxSecrets.covers(path) && !host.isFile(path)
                && !failure.environment.madeFiles.contains { path == $0 || path.hasPrefix($0 + "/") }
        }
        for path in changed.prefix(Self.notesMax) {
            notes.append("\(path) is not as it was when the program read it; the one that is here is used.")
        }
        for path in gone.prefix(Self.notesMax) {
            notes.append("\(path), which the program read, is not here and was too large for the case.")
        }
        if !places.isEmpty {
            notes.append(
                "\(places.count) file\(places.count == 1 ? " that is" : "s that are") not here \(places.count == 1 ? "was" : "were") taken from the case."
            )
        }
        return (files, places, notes)
    }
}
