/// Something that keeps the recorder from recording.
public struct CaptureError: Error, Sendable, CustomStringConvertible {
    /// The thing, the reason and the way out, in one sentence.
    public var message: String

    public init(_ message: String) { self.message = message }

    public var description: String { message }
}
