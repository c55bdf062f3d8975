/// How languages print a mapping or an object that holds nothing under a name.
enum NullNotation {
    /// `'email': None`, `"email": null`, `email: null`, `email=None`, `[email] => NULL`, `email:nil`.
    static func holds(_ text: String, under name: String) -> Bool {
        guard !name.isEmpty, text.count <= 20_000, text.contains(name) else { return false }
        for open in ["'\(name)'", "\"\(name)\"", " \(name)", "{\(name)", "(\(name)", "[\(name)]", ":\(name)"] {
            for join in [": ", ":", "=", " => ", "=>"] {
                for nothing in ["None", "null", "NULL", "nil", "<nil>", "undefined"]
                where text.contains(open + join + nothing) {
                    return true
                }
            }
        }
        return false
    }
}
