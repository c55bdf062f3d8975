import GRDBSQLite

/// Functions that drivers add to SQLite and recorded statements call. Django's, for UTC: any other zone is refused, so
/// that nothing is ever claimed on the strength of a guess.
enum DriverFunctions {
    static func register(_ handle: OpaquePointer) {
        let flags = SQLITE_UTF8 | SQLITE_DETERMINISTIC
        sqlite3_create_function_v2(
            handle, "django_datetime_trunc", 4, flags, nil,
            { context, _, arguments in
                guard let context, let arguments else { return }
                guard let lookup = DriverFunctions.text(arguments[0]), let zone = DriverFunctions.text(arguments[2]),
                    let own = DriverFunctions.text(arguments[3])
                else { return sqlite3_result_null(context) }
                guard let moment = DriverFunctions.text(arguments[1]) else { return sqlite3_result_null(context) }
                guard zone == "UTC", own == "UTC", let result = DriverFunctions.truncated(moment, lookup) else {
                    return sqlite3_result_error(context, "a zone or unit that is not built in", -1)
                }
                // Safety: -1 is SQLITE_TRANSIENT: SQLite copies the text before this returns.
                sqlite3_result_text(context, result, -1, unsafeBitCast(-1, to: sqlite3_destructor_type.self))
            }, nil, nil, nil)
    }

    private static func text(_ value: OpaquePointer?) -> String? {
        guard let start = sqlite3_value_text(value) else { return nil }
        return String(cString: start)
    }

    /// `2026-11-21 06:15:01.9` cut down to its day, and so on.
    static func truncated(_ moment: String, _ unit: String) -> String? {
        guard moment.utf8.count >= 19, moment.utf8.allSatisfy({ $0 < 0x80 }) else { return nil }
        let rest = "0000-01-01 00:00:00"
        let kept = ["year": 4, "month": 7, "day": 10, "hour": 13, "minute": 16, "second": 19]
        return kept[unit].map { String(moment.prefix($0)) + String(rest.dropFirst($0)) }
    }
}
