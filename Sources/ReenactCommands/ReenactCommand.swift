import ArgumentParser
import Foundation
import ReenactCapture

/// The root command.
public struct ReenactCommand: ParsableCommand {
    public static let configuration = CommandConfiguration(
        commandName: "reenact", abstract: "Makes failures happen again, and proves their cause.",
        subcommands: [RecordCommand.self, RunCommand.self])
    public init() {}
}

/// Runs the program that the arguments ask for.
public enum Entry {
    /// Never returns.
    public static func main() -> Never {
        let arguments = CommandLine.arguments
        if arguments.count == 3, arguments[1] == Guardian.command, let channel = Int32(arguments[2]) {
            exit(Guardian.main(channel: channel))
        }
        do {
            var command = try ReenactCommand.parseAsRoot()
            guard var task = command as? any AsyncParsableCommand else {
                // On the main thread, before there is any other: the recorder must be the one that signals reach.
                try command.run()
                exit(0)
            }
            Task {
                do {
                    try await task.run()
                    exit(0)
                } catch {
                    ReenactCommand.exit(withError: error)
                }
            }
            dispatchMain()
        } catch {
            ReenactCommand.exit(withError: error)
        }
    }
}
