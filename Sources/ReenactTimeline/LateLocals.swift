import Synchronization

/// Variables of a call that are read from where they stand when somebody first asks for them.
///
/// For reports in floods: most are judged without a look at most of their variables.
public final class LateLocals: Sendable {
    private let made = Mutex<[ExceptionRecord.Local]?>(nil)
    private let read: @Sendable () -> [ExceptionRecord.Local]

    /// - Parameter read: gives the same each time; called once.
    public init(_ read: @escaping @Sendable () -> [ExceptionRecord.Local]) { self.read = read }

    var list: [ExceptionRecord.Local] {
        made.withLock { made in
            if let made { return made }
            let list = read()
            made = list
            return list
        }
    }
}
