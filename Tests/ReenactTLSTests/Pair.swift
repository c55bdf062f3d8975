import ReenactTLS
import ReenactTesting

/// Two engines joined in memory, with cuts drawn from a seed.
struct Pair {
    let client: TLSEngine
    let server: TLSEngine
    var random: SeededGenerator

    /// Moves ciphertext until neither side has any.
    mutating func settle() {
        while true {
            let up = client.takeCiphertext()
            let down = server.takeCiphertext()
            if up.isEmpty, down.isEmpty { return }
            deliver(up, to: server)
            deliver(down, to: client)
        }
    }

    private mutating func deliver(_ bytes: [UInt8], to engine: TLSEngine) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let part = rest.prefix(Int.random(in: 1...3000, using: &random))
            engine.receive(ciphertext: part)
            rest = rest.dropFirst(part.count)
        }
    }
}
