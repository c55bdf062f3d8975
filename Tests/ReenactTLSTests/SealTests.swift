import ReenactTLS
import Testing

struct SealTests {
    @Test func `what was sealed opens with the same key only`() throws {
        let key = try Seal.randomBytes(32)
        for text in ["", "x", String(repeating: "secret ", count: 1000)] {
            let sealed = try Seal.seal(Array(text.utf8), key: key)
            #expect(sealed.count == text.utf8.count + 28)
            #expect(try Seal.open(sealed, key: key) == Array(text.utf8))
            #expect(throws: TLSError.self) { try Seal.open(sealed, key: Seal.randomBytes(32)) }
            for index in stride(from: 0, to: sealed.count, by: max(1, sealed.count / 40)) {
                var changed = sealed
                changed[index] ^= 1
                #expect(throws: TLSError.self) { try Seal.open(changed, key: key) }
            }
        }
        #expect(throws: TLSError.self) { try Seal.seal([1], key: [1, 2, 3]) }
        #expect(throws: TLSError.self) { try Seal.open([1], key: key) }
    }

    @Test func `the digest is FIPS 180-4's`() {
        #expect(SHA256.hex(Array("abc".utf8)) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
        #expect(SHA256.hex([]) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
        #expect(SHA256.digest("abc".utf8).count == 32)
    }
}
