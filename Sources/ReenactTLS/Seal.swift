import CTLS

/// Authenticated encryption of small secrets: AES-256-GCM.
///
/// Sealed bytes are 12 bytes of nonce, the ciphertext, and 16 bytes of tag. Source: NIST SP 800-38D.
public enum Seal {
    /// Bytes in a key.
    public static let keyBytes = 32
    private static let nonceBytes = 12
    private static let tagBytes = 16

    /// Bytes from OpenSSL's random generator, fit for keys.
    ///
    /// - Throws: `seal`, where the system has no randomness to give.
    public static func randomBytes(_ count: Int) throws(TLSError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: max(0, count))
        guard bytes.isEmpty || RAND_bytes(&bytes, Int32(clamping: bytes.count)) == 1 else {
            throw .last(.seal, "random bytes")
        }
        return bytes
    }

    /// Encrypts under a key of 32 bytes, with a fresh nonce.
    ///
    /// - Throws: `seal`, for a key of another length.
    public static func seal(_ plaintext: [UInt8], key: [UInt8]) throws(TLSError) -> [UInt8] {
        let nonce = try randomBytes(nonceBytes)
        var tag = [UInt8](repeating: 0, count: tagBytes)
        let ciphertext = try run(plaintext[...], key: key, nonce: nonce, tag: &tag, encrypt: true)
        return nonce + ciphertext + tag
    }

    /// Decrypts what `seal` gave.
    ///
    /// - Throws: `seal`, where the key is another or the bytes were changed.
    public static func open(_ sealed: [UInt8], key: [UInt8]) throws(TLSError) -> [UInt8] {
        guard sealed.count >= nonceBytes + tagBytes else {
            throw TLSError(code: .seal, operation: "open seal", reason: "too short")
        }
        var tag = Array(sealed.suffix(tagBytes))
        return try run(
            sealed.dropFirst(nonceBytes).dropLast(tagBytes), key: key, nonce: Array(sealed.prefix(nonceBytes)),
            tag: &tag, encrypt: false)
    }

    private static func run(
        _ input: ArraySlice<UInt8>, key: [UInt8], nonce: [UInt8], tag: inout [UInt8], encrypt: Bool
    ) throws(TLSError) -> [UInt8] {
        let operation = encrypt ? "seal" : "open seal"
        guard key.count == keyBytes, let length = Int32(exactly: input.count) else {
            throw TLSError(code: .seal, operation: operation, reason: "the key has not 32 bytes, or too much to seal")
        }
        guard let context = EVP_CIPHER_CTX_new() else { throw .last(.seal, operation) }
        defer { EVP_CIPHER_CTX_free(context) }
        let input = Array(input)
        var output = [UInt8](repeating: 0, count: input.count)
        var written: Int32 = 0
        var rest: Int32 = 0
        var scratch = [UInt8](repeating: 0, count: 16)
        var fine = EVP_CipherInit_ex(context, EVP_aes_256_gcm(), nil, key, nonce, encrypt ? 1 : 0) == 1
        if fine, !encrypt {
            fine = EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, Int32(tagBytes), &tag) == 1
        }
        if fine, length > 0 { fine = EVP_CipherUpdate(context, &output, &written, input, length) == 1 }
        if fine { fine = EVP_CipherFinal_ex(context, &scratch, &rest) == 1 }
        if fine, encrypt {
            fine = EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, Int32(tagBytes), &tag) == 1
        }
        guard fine else {
            var error = TLSError.last(.seal, operation)
            // GCM's mismatch leaves no reason behind.
            if error.reason.isEmpty { error.reason = "the key is another, or the bytes were changed" }
            throw error
        }
        return output
    }
}

/// SHA-256. Source: FIPS 180-4.
public enum SHA256 {
    /// The 32 bytes of the digest.
    public static func digest(_ bytes: some Collection<UInt8>) -> [UInt8] {
        var result = [UInt8](repeating: 0, count: 32)
        let hash = { (buffer: UnsafeBufferPointer<UInt8>) in
            _ = CTLS.SHA256(buffer.baseAddress, buffer.count, &result)
        }
        if bytes.withContiguousStorageIfAvailable(hash) == nil { Array(bytes).withUnsafeBufferPointer(hash) }
        return result
    }

    /// The digest in 64 hexadecimal digits, lower case.
    public static func hex(_ bytes: some Collection<UInt8>) -> String {
        let digits = Array("0123456789abcdef".utf8)
        return String(decoding: digest(bytes).flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }
}
