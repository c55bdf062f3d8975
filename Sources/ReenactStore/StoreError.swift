/// Why the store could not do what it was asked: names the thing, the reason and the way out.
public struct StoreError: Error, Sendable, Equatable, CustomStringConvertible {
    public enum Code: String, Sendable {
        /// No case by that name.
        case notFound
        /// More than one case by that beginning of a name.
        case ambiguous
        /// The directory or its index can't be used.
        case unusable
    }

    public var code: Code
    /// A directory, or the name that was asked for.
    public var thing: String
    public var reason: String
    /// The way out.
    public var remedy: String

    public init(_ code: Code, thing: String, reason: String, remedy: String) {
        self.code = code
        self.thing = thing
        self.reason = reason
        self.remedy = remedy
    }

    public var description: String { "\(thing): \(reason); \(remedy)" }
}
