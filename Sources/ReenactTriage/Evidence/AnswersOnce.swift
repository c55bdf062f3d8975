import Synchronization

/// Answers to questions that many rules ask of one failure: each is found out once, by whoever asks first.
final class AnswersOnce: Sendable {
    /// Two bits a question: whether it was answered, and how.
    private let bits = Atomic<UInt64>(0)

    /// - Parameter number: which question it is, from 0 to 31.
    func of(_ number: UInt64, _ find: () -> Bool) -> Bool {
        let known = bits.load(ordering: .relaxed) >> (2 * number)
        if known & 1 != 0 { return known & 2 != 0 }
        let answer = find()
        bits.bitwiseOr((answer ? 3 : 1) << (2 * number), ordering: .relaxed)
        return answer
    }
}
