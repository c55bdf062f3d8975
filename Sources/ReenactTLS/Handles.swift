import CTLS

/// A certificate of OpenSSL's, freed with its last owner.
final class Certificate: @unchecked Sendable {
    // Safety: the certificate is complete when it gets here and is only read afterwards; OpenSSL 3 counts references
    // atomically and locks its lazily decoded parts (https://docs.openssl.org/3.0/man7/openssl-threads/).
    let pointer: OpaquePointer

    init(owning pointer: OpaquePointer) { self.pointer = pointer }

    init(pem: String) throws(TLSError) {
        let memory = try Memory(pem)
        guard let pointer = PEM_read_bio_X509(memory.pointer, nil, nil, nil) else {
            throw .last(.certificate, "read certificate")
        }
        self.pointer = pointer
    }

    var pem: String {
        get throws(TLSError) {
            let memory = try Memory()
            guard PEM_write_bio_X509(memory.pointer, pointer) == 1 else {
                throw .last(.certificate, "write certificate")
            }
            return memory.text
        }
    }

    deinit { X509_free(pointer) }
}

/// A private key of OpenSSL's, freed with its last owner.
final class PrivateKey: @unchecked Sendable {
    // Safety: as `Certificate`.
    let pointer: OpaquePointer

    /// A fresh key on P-256.
    init() throws(TLSError) {
        guard let pointer = ctls_key() else { throw .last(.certificate, "make key") }
        self.pointer = pointer
    }

    init(pem: String) throws(TLSError) {
        let memory = try Memory(pem)
        guard let pointer = PEM_read_bio_PrivateKey(memory.pointer, nil, refusePassphrase, nil) else {
            throw .last(.certificate, "read private key")
        }
        self.pointer = pointer
    }

    var pem: String {
        get throws(TLSError) {
            let memory = try Memory()
            guard PEM_write_bio_PrivateKey(memory.pointer, pointer, nil, nil, 0, nil, nil) == 1 else {
                throw .last(.certificate, "write private key")
            }
            return memory.text
        }
    }

    deinit { EVP_PKEY_free(pointer) }
}

/// An encrypted key is refused: without this OpenSSL would ask on the terminal.
private let refusePassphrase:
    @convention(c) (
        UnsafeMutablePointer<CChar>?, Int32, Int32, UnsafeMutableRawPointer?
    ) -> Int32 = { _, _, _, _ in -1 }

/// A memory BIO. Source: https://docs.openssl.org/3.0/man3/BIO_s_mem/
final class Memory {
    let pointer: OpaquePointer

    init(_ text: String = "") throws(TLSError) {
        guard let pointer = BIO_new(BIO_s_mem()) else { throw .last(.certificate, "make buffer") }
        self.pointer = pointer
        var text = text
        text.withUTF8 { _ = BIO_write(pointer, $0.baseAddress, Int32(clamping: $0.count)) }
    }

    var text: String { String(decoding: Memory.take(from: pointer), as: UTF8.self) }

    /// All bytes that a memory BIO holds.
    static func take(from pointer: OpaquePointer?) -> [UInt8] {
        let count = BIO_ctrl_pending(pointer)
        guard count > 0 else { return [] }
        return [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
            initialized = max(0, Int(BIO_read(pointer, buffer.baseAddress, Int32(clamping: count))))
        }
    }

    deinit { BIO_free(pointer) }
}
