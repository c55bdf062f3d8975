/// What SQLite answered where it should have answered otherwise.
package struct SQLiteError: Error, Equatable, CustomStringConvertible {
    /// The extended result code.
    package var code: Int32
    package var message: String

    /// The result code without its extension: 13 is a full disk.
    package var primary: Int32 { code & 0xFF }

    package init(code: Int32, message: String) {
        self.code = code
        self.message = message
    }

    package var description: String { "SQLite \(code): \(message)" }
}
