import Synchronization

/// The words of a text, taken apart when the first one that stands in it at all is asked for: nearly no value that
/// might have flowed into a local did, and most reports are never asked.
final class LazyWords: Sendable {
    private let text: String
    private let words = Mutex<Set<String>?>(nil)

    init(_ text: String) { self.text = text }

    func contains(_ word: String) -> Bool {
        guard text.contains(word) else { return false }
        return words.withLock { words in
            if let words { return words.contains(word) }
            let made = SourceText.words(text)
            words = made
            return made.contains(word)
        }
    }
}
