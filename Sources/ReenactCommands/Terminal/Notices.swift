import Foundation

/// Standard error, for what is told to the person: colours only on a terminal, and never with NO_COLOR.
public struct Notices: Sendable {
    private let isColoured: Bool

    public init() {
        isColoured = isatty(2) == 1 && ProcessInfo.processInfo.environment["NO_COLOR"] == nil
    }

    /// A line of progress.
    public func note(_ text: String) { raw(isColoured ? "\u{1b}[2mreenact:\u{1b}[0m \(text)" : "reenact: \(text)") }

    /// An error.
    public func complain(_ text: String) {
        raw(isColoured ? "\u{1b}[31mreenact:\u{1b}[0m \(text)" : "reenact: \(text)")
    }

    /// A line as it is.
    public func raw(_ line: String) { FileHandle.standardError.write(Data((line + "\n").utf8)) }
}
