import ReenactTimeline

/// One failure in one self-contained file: an SQLite database with a fixed schema.
///
/// Nothing in a case is ever executed: a file whose schema holds any SQL but ours is refused.
public enum CaseFile {
    /// Writes the case under a name of its own beside `path`, makes it durable, and renames it.
    ///
    /// Readers see the old file, none, or the whole new one. On failure nothing is left behind.
    public static func write(_ value: Case, to path: String) throws(CaseFileError) {
        try write(value, to: path, pagesMax: nil)
    }

    /// - Parameter pagesMax: makes SQLite believe that the disk is full at so many pages.
    static func write(_ value: Case, to path: String, pagesMax: Int?) throws(CaseFileError) {
        let pending = try PendingFile(besides: path)
        do {
            try CaseFileWriter.write(value, to: pending.path, pagesMax: pagesMax)
            try pending.commit()
        } catch {
            pending.discard()
            switch error {
            case let error as CaseFileError: throw error
            case let error as SQLiteError: throw CaseFileWriter.explain(error, path: path)
            default:
                throw CaseFileError(.notWritable, path: path, reason: "\(error)", remedy: "this is a bug: report it")
            }
        }
    }

    /// The case in a file, checked in every part.
    public static func read(_ path: String, limits: CaseFileLimits = .init()) throws(CaseFileError) -> Case {
        try CaseFileReader.open(path, limits: limits) { try $0.wholeCase() }
    }

    /// What a list of cases needs, without reading timeline or bytes.
    public static func summary(_ path: String, limits: CaseFileLimits = .init()) throws(CaseFileError) -> CaseSummary {
        try CaseFileReader.open(path, limits: limits) { try $0.summary() }
    }
}

/// The head of a case.
public struct CaseSummary: Sendable, Equatable {
    public var id: String
    public var anchor: WallClockAnchor
    public var failureTime: Instant
    public var signature: Signature
    public var trigger: Trigger
    public var runtime: String
    public var exitStatus: Int32?
    /// Where the last exception was raised; without locals.
    public var throwSite: ExceptionRecord.Frame?
    public var eventCount: Int
}
