import ArgumentParser

/// `reenact record --exec`: the exact execution of a program, for `reenact replay`.
public struct ExecutionOptions: ParsableArguments {
    @Flag(name: .long, help: "Record the whole execution exactly, to replay it bit for bit.")
    var exec = false

    @Option(name: .shortAndLong, help: .init("The recording's file.", valueName: "file"))
    var output: String?

    @Option(name: .long, help: .init("Vary the order of threads and processes by this seed.", valueName: "seed"))
    var chaos: UInt64?

    @Flag(name: .long, help: "Keep a copy of every mapped file, so that it replays on another machine.")
    var pack = false

    @Option(
        name: .long,
        help: .init("Fingerprint memory after every so many calls; 0: as often as costs little.", valueName: "n"))
    var checkEvery = 0

    @Flag(
        name: .long,
        help: "Stop at every system call, and make none from a buffer inside the program: slower, for comparison.")
    var noBuffer = false

    public init() {}

    func check() throws {
        guard exec || (output == nil && chaos == nil && !pack && checkEvery == 0 && !noBuffer) else {
            throw ValidationError("--output, --chaos, --pack, --check-every and --no-buffer belong to --exec")
        }
        guard checkEvery >= 0 else { throw ValidationError("--check-every takes 0 or more") }
    }

    /// Records, and returns the program's own exit status.
    func record(_ command: [String], quiet: Bool, json: Bool) throws -> Int32 {
        var request = ExecutionRequest(command: command)
        request.output = output
        request.chaos = chaos
        request.isPacked = pack
        request.checkEvery = checkEvery
        request.isBuffered = !noBuffer
        (request.isQuiet, request.isJSON) = (quiet, json)
        return try request.record()
    }
}
