/// Other code for the recorded code: a directory of this machine, and the recorded directory that it stands for.
public struct CodeReplacement: Codable, Sendable, Equatable {
    public var directory: String
    public var target: String

    public init(directory: String, target: String) {
        self.directory = directory
        self.target = target
    }
}
