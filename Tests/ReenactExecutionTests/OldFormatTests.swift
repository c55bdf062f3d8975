import Testing

@testable import ReenactExecution

struct OldFormatTests {
    /// Recordings of a static program without a library, made by builds of then: `Tests/Conformance/recordings`.
    @Test(arguments: [(2, 96, 31), (4, 100, 38), (5, 97, 53)] as [(Int, Int, Int32)])
    func `a recording of an older format replays`(format: Int, events: Int, status: Int32) throws {
        let path = "\(Laboratory.root)/Conformance/recordings/format-\(format).rexec"
        let header = try RecordingReader(path).header
        // Its vector registers are those of the processor that recorded it.
        guard RecordingHeader.Processor.here().differences(from: header.processor).isEmpty else { return }
        let report = try Laboratory.replay(path)
        #expect(report.events == events && report.status == status && report.registerChecks == 94)
    }
}
