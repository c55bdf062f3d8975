import ReenactTimeline
import Testing

@testable import ReenactCapture

struct ExceptionPickerTests {
    private func caught(_ type: String, at files: [(String, inApp: Bool)]) -> ExceptionRecord {
        ExceptionRecord(
            type: type, message: "x", language: "python", handling: .caught, time: 0, process: 1,
            frames: files.map { .init(function: "f", file: $0.0, line: 1, inApp: $0.inApp) })
    }

    @Test func `what a library raises and catches by itself does not end the program`() {
        let site = "/venv/lib/python3.11/site-packages"
        let tool = ("\(site)/httpie/core.py", inApp: false)
        #expect(!ExceptionPicker.mayEnd(caught("KeyError", at: [tool, ("\(site)/requests/structures.py", false)])))
        #expect(ExceptionPicker.mayEnd(caught("ValueError", at: [tool, ("\(site)/httpie/cli.py", false)])))
        #expect(ExceptionPicker.mayEnd(caught("ValueError", at: [("/srv/app.py", true)])))
        #expect(!ExceptionPicker.mayEnd(caught("queue.Empty", at: [("/srv/app.py", true)])))
    }
}
