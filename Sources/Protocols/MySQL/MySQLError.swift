/// Why bytes could not be decoded. The one error of this module.
struct MySQLError: Error, Equatable, CustomStringConvertible {
    /// What is wrong, without the bytes' values.
    var description: String
    init(_ description: String) { self.description = description }
}
