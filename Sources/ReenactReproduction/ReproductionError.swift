/// Why a case could not be re-enacted at all: a set-up error, not an outcome.
public struct ReproductionError: Error, Sendable, Equatable, CustomStringConvertible {
    public enum Code: String, Sendable {
        /// The case lacks what a plan needs.
        case plan
        /// Cases that do not belong together.
        case group
        /// `--code` does not say enough, or names nothing.
        case code
        /// A fixture can't be had, or can't be.
        case fixture
        /// The sandbox or the runner cannot be started on this machine.
        case sandbox
    }

    public var code: Code
    /// What it is about, the reason, and the way out.
    public var description: String

    init(_ code: Code, _ description: String) {
        self.code = code
        self.description = description
    }
}
