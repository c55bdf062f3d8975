import FoundationEssentials
import ReenactCaseFile
import ReenactTimeline
import ReenactTriage

/// A directory of case files with an index that can always be made again from them.
///
/// Files are named `<id>.reenact`; the index is `index.db` beside them. Several processes may add at once. What the
/// files do not hold, and an index made anew therefore forgets, is how often a failure came again.
public struct Store: Sendable {
    /// What became of a case that was added.
    public enum Addition: Sendable, Equatable {
        /// Nothing like it was here: it was written to that file.
        case new(path: String)
        /// It is the same as that one, which is counted up; no file was written.
        case same(as: String, count: Int)
    }

    /// Where a failure was put.
    public struct Placement: Sendable, Equatable {
        public var addition: Addition
        /// What `reenact issues` calls its issue.
        public var issue: String
        /// When the issue had been resolved, where this failure reopened it.
        public var resolved: String?
        /// The first case of the same cause, where this is not the first: then nothing is novel, and it is tier 1.
        public var knownAs: String?
    }

    /// What is in the store.
    public struct Listing: Sendable {
        /// In order of time, the latest last.
        public var cases: [StoredCase]
        /// Files that could not be read, with the reason.
        public var unreadable: [CaseFileError]
    }

    public static let fileExtension = ".reenact"
    /// As many ids of a repeated failure are kept.
    static let samplesMax = 5

    public let directory: String

    /// The store in that directory, which is made when the first case is added.
    public init(_ directory: String) {
        var directory = directory
        while directory.count > 1, directory.hasSuffix("/") { directory.removeLast() }
        self.directory = directory
    }

    /// Where cases are kept unless told otherwise: `$REENACT_CASES`, else `.reenact/cases` here.
    public static func defaultDirectory(_ environment: [String: String]) -> String {
        environment["REENACT_CASES"].flatMap { $0.isEmpty ? nil : $0 } ?? ".reenact/cases"
    }

    /// Keeps the case, or counts up the one that is the same.
    public func add(_ value: Case) throws -> Addition { try place(value).addition }

    /// Keeps the case, or counts up the one that is the same, and tells which issue it belongs to.
    public func place(_ value: Case) throws -> Placement {
        let entry = StoredCase(value, path: "")
        let addition = try add(value, entry)
        return try settle(entry, addition)
    }

    private func add(_ value: Case, _ entry: StoredCase) throws -> Addition {
        do {
            try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        } catch {
            throw StoreError(
                .unusable, thing: directory, reason: "the directory can't be made",
                remedy: "choose another with --cases")
        }
        let index = try openIndex()
        try update(index)
        var entry = entry
        if let known = try index.countUp(entry, samplesMax: Self.samplesMax) { return known }
        let path = freePath(value.id)
        try CaseFile.write(value, to: path)
        entry.path = path
        // Someone may have written the same failure meanwhile: theirs counts, ours goes.
        if let known = try index.insert(entry, fileName(path), state(path), samplesMax: Self.samplesMax) {
            try? FileManager.default.removeItem(atPath: path)
            return known
        }
        return .new(path: path)
    }

    /// All cases; files that came, went or changed since are noticed.
    public func list() throws -> Listing {
        guard FileManager.default.fileExists(atPath: directory) else { return Listing(cases: [], unreadable: []) }
        // A directory that we may only read is read without an index.
        let index = try (try? openIndex()) ?? Index.inMemory()
        let unreadable = try update(index)
        var cases = try index.entries()
        let causes = ConfirmedCauses(directory: directory).read()
        for place in cases.indices {
            cases[place].path = "\(directory)/\(cases[place].path)"
            if let cause = causes[cases[place].id] {
                cases[place].verdict = cause.verdict(cases[place].verdict)
            }
        }
        return Listing(cases: try settled(cases), unreadable: unreadable)
    }

    /// The case file that a person means: a path, an id, the beginning of one, or `latest`.
    public func resolve(_ name: String) throws -> String {
        if name.contains("/") || name.hasSuffix(Self.fileExtension) {
            if FileManager.default.fileExists(atPath: name) { return name }
            if !name.contains("/"), FileManager.default.fileExists(atPath: "\(directory)/\(name)") {
                return "\(directory)/\(name)"
            }
            throw StoreError(
                .notFound, thing: name, reason: "no such file", remedy: "`reenact list` shows what there is")
        }
        let cases = try list().cases
        if name == "latest", let last = cases.max(by: { ($0.lastTime, $0.id) < ($1.lastTime, $1.id) }) {
            return last.path
        }
        if let exact = cases.first(where: { $0.id == name || $0.samples.contains(name) }) { return exact.path }
        let matches = name.isEmpty ? [] : cases.filter { $0.id.hasPrefix(name) }
        switch matches.count {
        case 1: return matches[0].path
        case 0:
            // A file by another name: whoever reads it says whether it is a case.
            var isDirectory = false
            if FileManager.default.fileExists(atPath: name, isDirectory: &isDirectory), !isDirectory {
                return name
            }
            throw StoreError(
                .notFound, thing: name.isEmpty ? "an empty name" : name, reason: "no such case in \(directory)",
                remedy: cases.isEmpty
                    ? "record one with `reenact record -- COMMAND`, or name another directory with --cases"
                    : "`reenact list` shows what there is")
        default:
            let ids = matches.prefix(4).map(\.id).joined(separator: ", ")
            throw StoreError(
                .ambiguous, thing: name,
                reason: "\(matches.count) cases begin like that (\(ids)\(matches.count > 4 ? "…" : ""))",
                remedy: "give more of the id")
        }
    }

    /// The entry of a case file, from the index where it stands there.
    public func entry(path: String) throws -> StoredCase? {
        guard path == "\(directory)/\(fileName(path))" || path == "./\(directory)/\(fileName(path))" else { return nil }
        return try list().cases.first { fileName($0.path) == fileName(path) }
    }

    private func openIndex() throws -> Index {
        do {
            return try Index("\(directory)/index.db")
        } catch {
            throw StoreError(
                .unusable, thing: "\(directory)/index.db", reason: "the index can't be opened (\(error))",
                remedy: "check the directory's permissions, or choose another with --cases")
        }
    }

    /// Brings the index up to date with the directory; the files that can't be read.
    @discardableResult
    private func update(_ index: Index) throws -> [CaseFileError] {
        // Before the directory is read: a file is written first and entered then, so what is known and not there has
        // gone, and was not merely too new for us.
        let known = try index.states()
        let names: [String]
        do {
            names = try FileManager.default.contentsOfDirectory(atPath: directory)
                .filter { $0.hasSuffix(Self.fileExtension) && !$0.hasPrefix(".") }.sorted()
        } catch {
            var isDirectory = false
            if FileManager.default.fileExists(atPath: directory, isDirectory: &isDirectory), !isDirectory {
                throw StoreError(
                    .unusable, thing: directory, reason: "it is a file",
                    remedy: "name the directory that it is in with --cases")
            }
            throw StoreError(
                .unusable, thing: directory, reason: "the directory can't be read",
                remedy: "check its permissions, or choose another with --cases")
        }
        try index.forget(Set(known.keys).subtracting(names))
        var unreadable: [CaseFileError] = []
        for name in names {
            let path = "\(directory)/\(name)"
            let state = state(path)
            if known[name] == state { continue }
            do {
                var entry = StoredCase(try CaseFile.read(path), path: name)
                entry.path = name
                try index.replace(entry, name, state)
            } catch let error as CaseFileError {
                // One that has gone meanwhile is no news.
                if error.code != .notFound { unreadable.append(error) }
                try index.forget([name])
            }
        }
        return unreadable
    }

    /// What tells that a file has changed, or that triage has.
    private func state(_ path: String) -> String {
        let attributes = try? FileManager.default.attributesOfItem(atPath: path)
        let size = (attributes?[.size] as? UInt64) ?? 0
        let modified = (attributes?[.modificationDate] as? Date)?.timeIntervalSince1970 ?? 0
        let versions = "triage \(Triage.version) fingerprint \(Fingerprint.version) entry \(StoredCase.version)"
        return "\(size) \(modified) \(versions)"
    }

    private func fileName(_ path: String) -> String { path.split(separator: "/").last.map(String.init) ?? path }

    /// Ids are made by us, but a case may come from elsewhere: only harmless characters reach the file system.
    private func freePath(_ id: String) -> String {
        let safe = String(
            id.map { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-" || $0 == "_") ? $0 : "-" }.prefix(80))
        let base = safe.isEmpty ? "case" : safe
        var path = "\(directory)/\(base)\(Self.fileExtension)"
        var number = 2
        while FileManager.default.fileExists(atPath: path) {
            path = "\(directory)/\(base)-\(number)\(Self.fileExtension)"
            number += 1
        }
        return path
    }
}
