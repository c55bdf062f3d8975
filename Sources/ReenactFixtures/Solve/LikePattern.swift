/// A `LIKE` pattern as a recipe for texts that it accepts.
struct LikePattern: Sendable, Hashable {
    private var before = ""
    private var after = ""
    private var hasRoom = false

    /// Texts that begin so.
    init(prefix: String) {
        before = prefix
        hasRoom = true
    }

    init(_ pattern: String, _ escape: Character) {
        var escaped = false
        for character in pattern {
            if !escaped, character == escape {
                escaped = true
                continue
            }
            if !escaped, character == "%" {
                // The last one: what is made up comes as late as it can.
                before += after
                after = ""
                hasRoom = true
            } else {
                after.append(!escaped && character == "_" ? "a" : character)
            }
            escaped = false
        }
    }

    /// What all its texts begin with is all that is known of them.
    var isBeginning: Bool { hasRoom && after.isEmpty }

    /// What all its texts begin with.
    var beginning: String { hasRoom ? before : before + after }

    /// A text of that length, where there is room for it.
    func text(_ count: Int64, filling length: Int) -> String {
        let bare = text(count)
        let more = length - bare.unicodeScalars.count
        return more > 0 ? before + String(repeating: "x", count: more) + after : bare
    }

    /// The n-th text; the 0-th is the shortest. All are the same where the pattern leaves no room.
    func text(_ count: Int64) -> String {
        hasRoom && count > 0 ? before + String(count, radix: 36) + after : before + after
    }
}
