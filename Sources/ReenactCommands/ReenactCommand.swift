import ArgumentParser
import Foundation
import ReenactCapture

/// The root command.
public struct ReenactCommand: ParsableCommand {
    public static let configuration = CommandConfiguration(
        commandName: "reenact", abstract: "Makes failures happen again, and proves their cause.",
        subcommands: [RecordCommand.self])
    public init() {}
}

/// Runs the program that the arguments ask for.
public enum Entry {
    public static func main() {
        let arguments = CommandLine.arguments
        if arguments.count == 3, arguments[1] == Guardian.command, let channel = Int32(arguments[2]) {
            exit(Guardian.main(channel: channel))
        }
        ReenactCommand.main()
    }
}
