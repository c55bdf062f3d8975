import CTLS
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// What engines of one role share: settings, callbacks, and for clients the trusted authorities.
///
/// Making one that reads a bundle of authorities takes tens of milliseconds, so they are kept.
final class Context: @unchecked Sendable {
    // Safety: changed only in `init`; `SSL_new` on a shared SSL_CTX is safe by OpenSSL's own locking.
    let pointer: OpaquePointer

    private init(server: Bool, verify: TLSEngine.Verification = .nothing, caFile: String? = nil) throws(TLSError) {
        guard let pointer = ctls_context(server ? 1 : 0) else { throw .last(.certificate, "make context") }
        self.pointer = pointer
        SSL_CTX_set_info_callback(pointer, noteAlert)
        if server {
            SSL_CTX_set_cert_cb(pointer, chooseIdentity, nil)
            SSL_CTX_set_alpn_select_cb(pointer, chooseProtocol, nil)
        }
        ctls_set_verify(pointer, verify == .full ? 1 : 0)
        guard verify != .nothing else { return }
        let loaded =
            if let caFile {
                SSL_CTX_load_verify_file(pointer, caFile)
            } else {
                SSL_CTX_set_default_verify_paths(pointer)
            }
        // `pointer` is freed by `deinit`, as all members are set.
        guard loaded == 1 else { throw .last(.certificate, "read authorities") }
    }

    deinit { SSL_CTX_free(pointer) }

    private struct Key: Hashable {
        var verify: TLSEngine.Verification
        var caFile: String?
        /// Size, time and number of the file: one that was rewritten is read again.
        var stamp: [Int]
    }

    private static let server = Result { () throws(TLSError) in try Context(server: true) }
    private static let clients = Mutex<[Key: Context]>([:])

    static func forServers() throws(TLSError) -> Context { try server.get() }

    static func forClients(verify: TLSEngine.Verification, caFile: String?) throws(TLSError) -> Context {
        let caFile = verify == .nothing ? nil : caFile
        let key = Key(verify: verify, caFile: caFile, stamp: caFile.map(stamp) ?? [])
        if let known = clients.withLock({ $0[key] }) { return known }
        let made = try Context(server: false, verify: verify, caFile: caFile)
        clients.withLock { clients in
            if clients.count >= 16 { clients.removeAll() }
            clients[key] = made
        }
        return made
    }

    private static func stamp(_ path: String) -> [Int] {
        var status = stat()
        guard stat(path, &status) == 0 else { return [] }
        return [Int(status.st_size), status.st_mtim.tv_sec, status.st_mtim.tv_nsec, Int(status.st_ino)]
    }
}

/// The engine that a callback is about. The engine outlives its SSL, which holds it unretained.
private func engine(of ssl: OpaquePointer?) -> TLSEngine? {
    guard let ssl, let owner = ctls_owner(ssl) else { return nil }
    return Unmanaged<TLSEngine>.fromOpaque(owner).takeUnretainedValue()
}

private let noteAlert: @convention(c) (OpaquePointer?, Int32, Int32) -> Void = { ssl, place, value in
    guard place & SSL_CB_ALERT != 0 else { return }
    engine(of: ssl)?.noteAlert(number: value & 0xff, received: place & SSL_CB_READ != 0)
}

/// Called once per handshake when the client's hello has been read: the server's leaf is chosen here, by name.
private let chooseIdentity: @convention(c) (OpaquePointer?, UnsafeMutableRawPointer?) -> Int32 = { ssl, _ in
    guard let ssl, let engine = engine(of: ssl) else { return 0 }
    return engine.presentIdentity(ssl) ? 1 : 0
}

/// Called with the client's protocols; the server's own order decides. Source: RFC 7301 section 3.2.
private let chooseProtocol:
    @convention(c) (
        OpaquePointer?, UnsafeMutablePointer<UnsafePointer<UInt8>?>?, UnsafeMutablePointer<UInt8>?,
        UnsafePointer<UInt8>?, UInt32, UnsafeMutableRawPointer?
    ) -> Int32 = { ssl, out, outLength, offered, offeredLength, _ in
        guard let engine = engine(of: ssl), let out, let outLength, let offered else { return SSL_TLSEXT_ERR_NOACK }
        let list = UnsafeBufferPointer(start: offered, count: Int(offeredLength))
        for wanted in engine.offeredProtocols {
            var at = 0
            while at < list.count {
                let length = Int(list[at])
                guard at + 1 + length <= list.count else { return SSL_TLSEXT_ERR_NOACK }
                if wanted.utf8.elementsEqual(list[(at + 1)..<(at + 1 + length)]) {
                    out.pointee = offered + at + 1
                    outLength.pointee = UInt8(length)
                    return SSL_TLSEXT_ERR_OK
                }
                at += 1 + length
            }
        }
        // A server that knows none of them goes on without: the stubs then speak what was recorded.
        return SSL_TLSEXT_ERR_NOACK
    }
