import ReenactTimeline
enum TraceText { static func exceptions(in text: String) -> [ExceptionRecord] { [] } }
