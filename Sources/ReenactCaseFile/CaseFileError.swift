/// Why a case file could not be read or written: names the file, the reason and the way out.
public struct CaseFileError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What went wrong, in words that a caller may compare.
    public enum Code: String, Sendable {
        /// There is no such file.
        case notFound
        /// The system does not let us read it: permissions, an I/O error, a directory.
        case notReadable
        /// It is some other file.
        case notACase
        /// Its end is missing.
        case truncated
        /// Its content contradicts itself.
        case damaged
        /// It was written by a newer build.
        case newerFormat
        /// It holds what a case never holds: a view, a trigger, a foreign table.
        case refused
        /// It is larger than this build is willing to open.
        case tooLarge
        /// Reading took longer than allowed.
        case tookTooLong
        /// The disk is full.
        case noSpace
        /// It could not be written for another reason.
        case notWritable
        /// The case contradicts itself, so that it can't be written.
        case inconsistent
    }

    public var code: Code
    /// The file.
    public var path: String
    /// What is wrong with it.
    public var reason: String
    /// What to do about it.
    public var remedy: String

    public init(_ code: Code, path: String, reason: String, remedy: String) {
        self.code = code
        self.path = path
        self.reason = reason
        self.remedy = remedy
    }

    public var description: String { "\(path): \(reason); \(remedy)" }
}
