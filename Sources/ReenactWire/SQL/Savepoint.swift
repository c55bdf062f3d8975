/// Statements of savepoints, whose names programs number as they go (`s139646157877888_x3`).
public enum Savepoint {
    /// What is left out by `nameless`.
    public static let relaxation = "name of a savepoint"

    /// The statement without the savepoint's name; nil where it is no such statement.
    ///
    /// - Parameter sql: without comments, with single spaces.
    public static func nameless(_ sql: String) -> String? {
        guard sql.utf8.count < 300 else { return nil }
        var words = sql.uppercased().split { $0 == " " || $0 == ";" }
        guard words.count >= 2, words.removeLast() != "SAVEPOINT" else { return nil }
        if words.last == "SAVEPOINT", words.count > 1 { words.removeLast() }
        switch words {
        case ["SAVEPOINT"]: return "SAVEPOINT"
        case ["RELEASE"]: return "RELEASE SAVEPOINT"
        case ["ROLLBACK", "TO"], ["ROLLBACK", "WORK", "TO"], ["ROLLBACK", "TRANSACTION", "TO"]:
            return "ROLLBACK TO SAVEPOINT"
        default: return nil
        }
    }
}
